"""What a drill came to, told wherever it has to be: on its page, in a step summary, in lines.

A report that cannot be made changes no verdict; it is said which is missing, and why.
"""

import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from harness.core import writing
from harness.core.errors import TRACEBACK_VARIABLE
from harness.core.paths import from_here
from harness.core.verdict import Verdict
from harness.report import page, proofs, summary
from harness.report.rejudge import Rejudged

PAGE = "report.html"
EVIDENCE = "evidence.json"
_ATTRIBUTE = "drill"


@dataclass(frozen=True, slots=True)
class Told:
    """What a drill came to, as it is printed: `notes` say which of its reports are missing."""

    word: str
    verdict: Verdict
    lines: tuple[str, ...]
    page: str
    notes: tuple[str, ...]


def tell(judged: Rejudged, directory: Path) -> Told:
    """Leave a drill's page, and its part of a step summary, beside its evidence.

    Neither changes its verdict: whatever could not be made is a note.
    """
    notes: list[str] = []
    target, evidence = directory / PAGE, directory / EVIDENCE

    def attempt(what: str, make: Callable[[], None], hint: str = "") -> None:
        try:
            make()
        except OSError as error:
            notes.append(f"{what} could not be written: {writing.reason(error)}{hint}")
        except Exception as error:
            if os.environ.get(TRACEBACK_VARIABLE):
                raise
            notes.append(f"{what} could not be made: {type(error).__name__}: {error}{hint}")

    attempt(
        "the page",
        lambda: page.write(judged, target, proofs.last_proven(directory.parents[1])),
        f"; make it with drill report {writing.shown(evidence)}" if evidence.is_file() else "",
    )
    if step_summary := os.environ.get("GITHUB_STEP_SUMMARY"):
        attempt(
            "GITHUB_STEP_SUMMARY",
            lambda: writing.append(Path(step_summary), summary.markdown(judged)),
        )
    return replace(told_again(judged, directory), notes=tuple(notes))


def told_again(judged: Rejudged, directory: Path) -> Told:
    """Return what a drill came to, from what it left."""
    target = directory / PAGE
    judgement = judged.evidence.judgement
    kept = writing.shown(from_here(target)) if target.is_file() else ""
    return Told(judgement.word, judgement.verdict, tuple(summary.lines(judged)), kept, ())


def attach(report: object, told: Told) -> None:
    """Put it on a pytest report as plain data, which pytest-xdist carries between processes."""
    vars(report)[_ATTRIBUTE] = {
        **asdict(told),
        "verdict": told.verdict.value,
        "lines": list(told.lines),
        "notes": list(told.notes),
    }


def told_by(report: object) -> Told | None:
    """Return what a drill came to; None where it could not be played."""
    told = vars(report).get(_ATTRIBUTE)
    if told is None:
        return None
    return Told(
        told["word"],
        Verdict(told["verdict"]),
        tuple(told["lines"]),
        told["page"],
        tuple(told["notes"]),
    )

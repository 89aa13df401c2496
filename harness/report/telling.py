"""What a drill came to, told wherever it has to be: on its page, and in lines.

A report that cannot be made changes no verdict; it is said which is missing, and why.
"""

import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from harness.core import writing
from harness.core.errors import TRACEBACK_VARIABLE, in_words
from harness.core.paths import from_here
from harness.core.verdict import Verdict
from harness.report import page, proofs, runbook, summary
from harness.report.rejudge import Rejudged

PAGE = "report.html"
EVIDENCE = "evidence.json"
_ATTRIBUTE = "drill"


@dataclass(frozen=True, slots=True)
class Told:
    """What a drill came to, as it is printed: `notes` say which of its reports are missing, and
    `rerun` is the command that plays it again.
    """

    word: str
    verdict: Verdict
    lines: tuple[str, ...]
    page: str
    notes: tuple[str, ...]
    rerun: str


def tell(judged: Rejudged, directory: Path) -> Told:
    """Leave a drill's page beside its evidence.

    It changes no verdict: why it could not be made is a note.
    """
    note = ""
    try:
        runbook.write(judged, directory)
        page.write(judged, directory / PAGE, proofs.last_proven(directory.parents[1]))
    except OSError as error:
        note = f"the page could not be written: {writing.reason(error)}"
    except Exception as error:
        if os.environ.get(TRACEBACK_VARIABLE):
            raise
        note = f"the page could not be made: {in_words(error)}"
    if note and (evidence := directory / EVIDENCE).is_file():
        note += f"; make it with drill report {writing.shown(evidence)}"
    return replace(told_again(judged, directory), notes=(note,) if note else ())


def told_again(judged: Rejudged, directory: Path) -> Told:
    """Return what a drill came to, from what it left."""
    target = directory / PAGE
    evidence, judgement = judged.evidence, judged.evidence.judgement
    kept = writing.shown(from_here(target)) if target.is_file() else ""
    lines = tuple(summary.lines(judged))
    return Told(judgement.word, judgement.verdict, lines, kept, (), evidence.run.rerun)


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
        told["rerun"],
    )

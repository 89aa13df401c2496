"""The runbook that a drill proved, or did not: what it did, as commands, in order, each timed.

Markdown, so that it can be read, kept and reviewed beside the scenario. A place of the drill's is
a variable of the shell; a secret is never more than that.
"""

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count as count_from
from pathlib import Path

from harness.core import writing
from harness.core.evidence import Evidence
from harness.core.history import Command, StepRecord
from harness.core.verdict import Verdict
from harness.report import digests
from harness.report.brief import valid_until
from harness.report.rejudge import Rejudged
from harness.report.wording import count, day, duration, sentence

RUNBOOK = "runbook.md"

_PLACE = re.compile(r"(?<!\$)\{([a-z]+(?:\.[a-z]+)?)\}")
_OF_THE_DRILL = "--snapshot="
"""An option of pg_dump by which a drill looks at the moment that is dumped."""

_HOW_TO_READ_IT = (
    "What is marked *ran* ran in this form, places aside; what is marked *not run in this form*"
    " does in a shell what the drill did by a protocol, or by itself."
)
_SERVER = "PGHOST PGPORT PGUSER PGPASSWORD PGDATABASE"
_MEANINGS = {
    "backups": "the directory of your backups",
    "directory": "where your scripts leave backups",
    "platform": (
        "the directory of your platform's SQL files; one that asks for drill.role_password takes"
        ' it from PGOPTIONS="-c drill.role_password=…"'
    ),
    "drill": "a directory for what is needed in between",
    "work": "the directory that you work in, as the server reaches it",
}
_PARTS = {"volume": "the directory of its data", "config": "the directory of its configuration"}


@dataclass(frozen=True, slots=True)
class Failing:
    """The first command that did not end well: its number, of how many, and as a shell takes it."""

    number: int
    of: int
    said: str
    status: int | None

    def __str__(self) -> str:
        ended = "it did not end" if self.status is None else f"status {self.status}"
        return f"command {self.number} of {self.of}, {self.said}: {ended}"


def commands(evidence: Evidence) -> list[Command]:
    """Return the commands of the procedure in the order in which they were begun."""
    return sorted(evidence.history.commands, key=lambda command: command.begun_seconds)


def failing(evidence: Evidence) -> Failing | None:
    """Return the command at which a drill that is no PASS went wrong, if one did."""
    if evidence.judgement.verdict is Verdict.PASS:
        return None
    asked = commands(evidence)
    for number, command in enumerate(asked, 1):
        if command.status != 0:
            return Failing(number, len(asked), _first_line(command), command.status)
    return None


def standing(evidence: Evidence) -> str:
    """Return what the drill proved of the procedure, in one sentence."""
    servers = ", ".join(f"{s.product} {s.version}" for s in evidence.runtime.servers)
    when = f"on {day(evidence.run.ended_utc)} with {servers or 'no server'}"
    judgement = evidence.judgement
    if judgement.verdict is Verdict.PASS:
        return f"Proven {when}: {judgement.word}."
    failed = failing(evidence)
    at = f"it failed at {failed}" if failed else judgement.sentence
    return f"NOT PROVEN {when}: {judgement.word}, {at.rstrip('.')}."


def render(judged: Rejudged, folder: Path | None = None) -> str:
    """Return the runbook as Markdown; `folder` is where its evidence lies."""
    evidence = judged.evidence
    asked = commands(evidence)
    lines = [f"# Runbook: {_plain(evidence.scenario.title)}", "", f"**{standing(evidence)}**", ""]
    if (until := valid_until(evidence)) and not judged.contradictions:
        lines += [f"The proof is valid until {day(until)}.", ""]
    sha256 = digests.of_file(folder / "evidence.json") if folder else ""
    kept = f", SHA-256 `{sha256}`" if sha256 else ""
    of = f"From `evidence.json` of drill `{evidence.run.drill_id}`{kept}."
    lines += [f"{of} {_HOW_TO_READ_IT}", ""]
    if not asked:
        return "\n".join([*lines, "No command was given.", ""])
    lines += _block(_preface(asked))
    numbers = count_from(1)
    for step, given in _by_step(evidence, asked):
        lines += _step(numbers, step, given, evidence.scenario.path)
    return "\n".join(lines)


def write(judged: Rejudged, folder: Path) -> None:
    """Write it beside the evidence. Raises: OSError."""
    writing.whole(folder / RUNBOOK, render(judged, folder))


def as_shell(command: Command) -> str:
    """Return a command as a shell takes it."""
    if command.text:
        return _PLACE.sub(lambda place: _variable(place[1]), command.text.strip("\n"))
    words = [_word(part) for part in command.argv if not part.startswith(_OF_THE_DRILL)]
    words += [f"{sign} {_word(file)}" for sign, file in _files(command) if file]
    return " ".join(words)


def _files(command: Command) -> Sequence[tuple[str, str]]:
    return ("<", command.stdin), (">", command.stdout)


def _by_step(
    evidence: Evidence, asked: Sequence[Command]
) -> list[tuple[StepRecord | None, list[Command]]]:
    """Return each step with its commands; those before any step first, and those of a step that did
    not come to its end last.
    """
    steps = sorted(evidence.history.steps, key=lambda s: (s.begun_seconds, -s.ended_seconds))
    found: list[tuple[StepRecord | None, list[Command]]] = [(None, [])]
    found += [(step, []) for step in steps]
    unended: list[Command] = []
    for command in asked:
        begun = command.begun_seconds
        within = [n for n, s in enumerate(steps, 1) if s.begun_seconds <= begun <= s.ended_seconds]
        is_first = not steps or begun < steps[0].begun_seconds
        place = found[within[-1]][1] if within else found[0][1] if is_first else unended
        place.append(command)
    return [*found, (None, unended)]


def _step(
    numbers: Iterator[int], step: StepRecord | None, given: Sequence[Command], scenario: str
) -> list[str]:
    if step is None and not given:
        return []
    number = next(numbers) if given else 0
    if step is None:
        title = "Before the first row" if number == 1 else "The step that did not come to its end"
        return [f"## {number}. {title}", "", *_blocks(given)]
    took = duration(step.ended_seconds - step.begun_seconds)
    if not given:
        return [f"*The drill: {_plain(step.title)}, {took}.*", ""]
    at = f"Line {step.line} of `{scenario}`, {took}, {count(len(given), 'command')}."
    return [f"## {number}. {_plain(sentence(step.title)).rstrip('.')}", "", at, "", *_blocks(given)]


def _blocks(given: Sequence[Command]) -> list[str]:
    lines: list[str] = []
    for command in given:
        lines += ["", *_remarks(command), as_shell(command)]
    return _block(lines[1:])


def _remarks(command: Command) -> list[str]:
    took = duration(command.ended_seconds - command.begun_seconds)
    said = "ran" if command.was_run else "not run in this form; the drill's own way"
    ended = {0: "", None: ", did not end"}.get(command.status, f", status {command.status}")
    lines = [f"# {said}, {took}{ended}"]
    aside = [part for part in command.argv if part.startswith(_OF_THE_DRILL)]
    if aside:
        lines.append(f"# it had {aside[0]} too, by which the drill looked at the same moment")
    return lines


def _preface(asked: Sequence[Command]) -> list[str]:
    """Return the lines that say what must be set before the first command."""
    lines = []
    if any(c.was_run and not c.text and c.store == "postgres" for c in asked):
        lines.append(f"export {_SERVER}  # of your server")
    texts = [part for c in asked for part in (*c.argv, c.stdin, c.stdout, c.text)]
    places = dict.fromkeys(place for text in texts for place in _PLACE.findall(text))
    for place in places:
        store, _, part = place.partition(".")
        meaning = _MEANINGS.get(place) or f"of {store}: {_PARTS.get(part, f'its {part}')}"
        if store == "backup":
            meaning = f"the directory of the backup's files of {part}"
        lines.append(f"{_name(place)}=…  # {meaning}")
    return ["# Set these to yours.", *lines] if lines else ["# Nothing has to be set."]


def _block(lines: Sequence[str]) -> list[str]:
    # A block of a runbook may hold a fence of its own.
    ticks = max((len(run) for line in lines for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, ticks + 1)
    return [f"{fence}sh", *lines, fence, ""]


def _word(text: str) -> str:
    if not _PLACE.search(text) and "'" not in text:
        return shlex.quote(text)
    quoted = re.sub(r'(["$`\\])', r"\\\1", text)
    return '"' + _PLACE.sub(lambda place: _variable(place[1]), quoted) + '"'


def _name(place: str) -> str:
    return place.upper().replace(".", "_")


def _variable(place: str) -> str:
    return f"${{{_name(place)}}}"


def _first_line(command: Command) -> str:
    return as_shell(command).strip().partition("\n")[0]


def _plain(text: str) -> str:
    """Return text that Markdown takes for nothing else."""
    return re.sub(r"([\\`*_\[\]<>#])", r"\\\1", " ".join(text.split()))

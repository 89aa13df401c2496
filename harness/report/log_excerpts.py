"""What servers complained of when a drill went wrong, from their logs beside its evidence.

Lines that tell a row's content are left out, as everywhere on a page.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from harness.core.contents import hidden
from harness.core.evidence import Evidence
from harness.core.verdict import Verdict
from harness.report.overview import Overview
from harness.report.wording import moment

_LINES_AT_MOST = 10
_CHARACTERS_AT_MOST = 240
_STORES_AT_MOST = 3
_READ_AT_MOST_BYTES = 1 << 20
_AROUND = timedelta(seconds=1)
_LAST_SECONDS = 5.0

_STAMPS = (
    (re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+) UTC"), "%Y-%m-%d %H:%M:%S.%f", True),
    (re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,6})\d*Z"), "%Y-%m-%dT%H:%M:%S.%f", True),
    (re.compile(r"\[\d+\] (\d{4}/\d\d/\d\d \d\d:\d\d:\d\d\.\d+)"), "%Y/%m/%d %H:%M:%S.%f", False),
    (
        re.compile(r"\d+:[A-Z] (\d\d \w{3} \d{4} \d\d:\d\d:\d\d\.\d+)"),
        "%d %b %Y %H:%M:%S.%f",
        False,
    ),
)
"""How PostgreSQL, Meilisearch, NATS and Redis begin a line, and whether in UTC or by the clock."""

_COMPLAINT = re.compile(
    r"\b(?:ERROR|FATAL|PANIC|WARNING|WARN|ERR|FTL|WRN)\b|\] # |[Ff]ail|denied|cannot|No such"
)
_OF_A_ROW = re.compile(r"\b(?:DETAIL|STATEMENT|CONTEXT|QUERY|HINT):  |^\t")
_ALWAYS_SAID = ("Memory overcommit", "the database system is starting up")
"""What servers complain of on any machine, and at any start."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Lines of one server's log, and from when to when they are."""

    store: str
    when: str
    lines: tuple[str, ...]


def excerpts(seen: Overview, logs: Path) -> tuple[Excerpt, ...]:
    """Return what those servers complained of whose checks or steps failed; nothing of a drill that
    passes, and nothing where no log lies in the folder.
    """
    if seen.judgement.verdict is Verdict.PASS:
        return ()
    begun_seconds, ended_seconds = _moment(seen.evidence)
    started = datetime.fromisoformat(seen.evidence.run.started_utc)
    window = (
        started + timedelta(seconds=begun_seconds) - _AROUND,
        started + timedelta(seconds=ended_seconds) + _AROUND,
    )
    when = f"{moment(begun_seconds)} to {moment(ended_seconds)}"
    stores = list(dict.fromkeys(_stores(seen)))[:_STORES_AT_MOST]
    told = {store: _lines(logs / f"{store}.log", *window) for store in stores}
    return tuple(Excerpt(store, when, lines) for store, lines in told.items() if lines)


def _stores(seen: Overview) -> Iterator[str]:
    """Yield stores in the order in which somebody would look at them."""
    yield from (failure.store for failure in seen.evidence.history.failures)
    for cause in seen.causes:
        yield from (finding.store for finding in cause.findings)
    yield from (finding.store for finding in seen.unexplained)
    yield from (gap.store for gap in seen.unverified)


def _moment(evidence: Evidence) -> tuple[float, float]:
    """Return when it went wrong: in the first step that failed, or at the end of a drill that ended
    early, or else in its last restore or start.
    """
    history = evidence.history
    failed = {failure.step for failure in history.failures}
    steps = [step for step in history.steps if step.title in failed][:1]
    if not steps and evidence.failure:
        began, ended = map(
            datetime.fromisoformat, (evidence.run.started_utc, evidence.run.ended_utc)
        )
        ended_seconds = (ended - began).total_seconds()
        return max(0.0, ended_seconds - _LAST_SECONDS), ended_seconds
    steps = steps or [step for step in history.steps if step.verb in ("restore", "start")][-1:]
    steps = steps or history.steps[-1:]
    return (steps[0].begun_seconds, steps[0].ended_seconds) if steps else (0.0, 0.0)


def _lines(log: Path, begin: datetime, end: datetime) -> tuple[str, ...]:
    """Return complaints within a time; of a log without times, those of all of it."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - _READ_AT_MOST_BYTES))
            text = file.read().decode(errors="replace")
    except OSError:
        return ()
    dated = [(_stamp(line), line) for line in text.splitlines() if not _OF_A_ROW.search(line)]
    has_times = any(stamp for stamp, _ in dated)
    lines = [
        "".join(filter(str.isprintable, line))[:_CHARACTERS_AT_MOST]
        for stamp, line in dated
        if (begin <= stamp <= end if stamp else not has_times) and line.strip()
    ]
    complaints = [
        hidden(line)
        for line in lines
        if _COMPLAINT.search(line) and not any(said in line for said in _ALWAYS_SAID)
    ]
    return tuple(complaints[:_LINES_AT_MOST])


def _stamp(line: str) -> datetime | None:
    for pattern, form, is_utc in _STAMPS:
        if found := pattern.match(line):
            told = datetime.strptime(found[1], form)  # noqa: DTZ007 - the zone follows
            return told.replace(tzinfo=UTC) if is_utc else told.astimezone(UTC)
    return None

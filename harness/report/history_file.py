"""What is remembered from run to run: `history.jsonl`, a line a drill, only ever appended to.

A line is what the drill's evidence said when it was judged, with that evidence's SHA-256. Files of
several machines may be put one after the other: a drill that is told twice counts once.
"""

import contextlib
import fcntl
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import file_digest
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from harness.core.errors import UsageError
from harness.core.verdict import Verdict
from harness.report.brief import Brief
from harness.report.run_folder import EVIDENCE

HISTORY = "history.jsonl"
VERSION = 1


class Backing(StrEnum):
    """What a line rests on today."""

    KEPT = "evidence kept"
    GONE = "as recorded"
    DIFFERS = "evidence differs"


@dataclass(frozen=True, slots=True)
class Entry:
    """One drill, as it was judged when it ended. Times are UTC in ISO 8601.

    `stores` and `procedures` are those of its Brief; `rpa_seconds` and `rpa_rows` are by store.
    `evidence` is the way from the history to the evidence.
    """

    version: int
    run_id: str
    drill_id: str
    slug: str
    title: str
    started_utc: str
    ended_utc: str
    verdict: Verdict
    word: str
    runtime: str
    harness_version: str
    stores: dict[str, str]
    procedures: dict[str, str]
    rta_seconds: float | None
    rpa_seconds: dict[str, float]
    rpa_rows: dict[str, int]
    owed_rows: int
    lost_rows: int
    size_bytes: int
    took_seconds: float
    proof_seconds: float | None
    evidence: str
    evidence_sha256: str

    @property
    def key(self) -> tuple[str, str]:
        """What tells one drill from every other."""
        return self.run_id, self.drill_id

    @property
    def ended(self) -> datetime:
        """When the drill ended."""
        return datetime.fromisoformat(self.ended_utc)


@dataclass(frozen=True, slots=True)
class History:
    """Every drill that is remembered, the oldest first; `problems` tell lines that say nothing."""

    entries: tuple[Entry, ...] = ()
    problems: tuple[str, ...] = field(default=())


_ENTRY: TypeAdapter[Entry] = TypeAdapter(Entry)


def entry_of(drill: Brief, folder: Path) -> Entry:
    """Return a drill's line; its evidence lies in `folder`, which is reports/RUN/DRILL.

    Raises: OSError: the evidence cannot be read.
    """
    rto = drill.rto
    return Entry(
        version=VERSION,
        run_id=drill.run.run_id,
        drill_id=drill.run.drill_id,
        slug=drill.slug,
        title=drill.title,
        started_utc=drill.run.started_utc,
        ended_utc=drill.run.ended_utc,
        verdict=drill.verdict,
        word=drill.word,
        runtime=drill.runtime.name,
        harness_version=drill.run.harness_version,
        stores=drill.stores,
        procedures=drill.procedures,
        rta_seconds=rto.seconds if rto else None,
        rpa_seconds={m.store: m.seconds for m in drill.rpo if m.seconds is not None},
        rpa_rows={m.store: m.rows for m in drill.rpo},
        owed_rows=drill.rows.owed,
        lost_rows=drill.rows.lost,
        size_bytes=drill.size_bytes,
        took_seconds=drill.took_seconds,
        proof_seconds=drill.proof_seconds,
        evidence=f"{folder.parent.name}/{folder.name}/{EVIDENCE}",
        evidence_sha256=digest(folder / EVIDENCE),
    )


def append(path: Path, entries: Iterable[Entry]) -> int:
    """Append the drills that are not told yet, in one write under a lock; return how many.

    Raises: OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b", buffering=0) as file:
        # Where a file system has no locks, one write at the end is still whole.
        with contextlib.suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        content = file.readall() or b""
        told = {entry.key for entry in _parsed(content.decode("utf-8", "replace"), path, [])}
        fresh = {entry.key: entry for entry in entries if entry.key not in told}
        lines = b"".join(_ENTRY.dump_json(entry) + b"\n" for entry in fresh.values())
        # A process that was killed may have left half a line.
        torn = b"\n" if content and not content.endswith(b"\n") else b""
        if lines:
            file.write(torn + lines)
            os.fsync(file.fileno())
    return len(fresh)


def read(path: Path) -> History:
    """Read a history; there is none before the first run. A line that cannot be read is a problem.

    Raises: UsageError: the file cannot be read.
    """
    problems: list[str] = []
    try:
        content = path.read_bytes().decode("utf-8", "replace")
    except FileNotFoundError:
        return History()
    except OSError as error:
        raise UsageError(f"{path}: {(error.strerror or str(error)).lower()}") from None
    told = list(_parsed(content, path, problems))
    entries: dict[tuple[str, str], Entry] = {}
    for entry in told:
        entries.setdefault(entry.key, entry)
    problems += [
        f"{path}: two lines tell drill {entry.drill_id} differently; the first one counts"
        for entry in told
        if entries[entry.key] != entry
    ]
    ordered = sorted(entries.values(), key=lambda entry: (entry.ended, entry.slug))
    return History(tuple(ordered), tuple(problems))


def _parsed(content: str, path: Path, problems: list[str]) -> Iterator[Entry]:
    for number, line in enumerate(content.split("\n"), 1):
        if not line.strip():
            continue
        try:
            entry = _ENTRY.validate_json(line)
            if entry.ended.tzinfo is None:
                problems.append(f"{path}:{number}: its time has no zone")
                continue
            _ = datetime.fromisoformat(entry.started_utc)
        except ValueError as error:
            what = "no line of this history's" if isinstance(error, ValidationError) else str(error)
            problems.append(f"{path}:{number}: {what}")
        else:
            yield entry


def backings(entries: Iterable[Entry], reports: Path) -> dict[tuple[str, str], Backing]:
    """Return what each line rests on: its evidence is read, all of it, and its digest compared."""
    told = list(entries)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        found = pool.map(lambda entry: backing(entry, reports), told)
        return {entry.key: backed for entry, backed in zip(told, found, strict=True)}


def backing(entry: Entry, reports: Path) -> Backing:
    """Return what a line rests on. Evidence is looked for below the reports only."""
    path = reports / entry.evidence
    if not path.resolve().is_relative_to(reports.resolve()):
        return Backing.GONE
    try:
        return Backing.KEPT if digest(path) == entry.evidence_sha256 else Backing.DIFFERS
    except OSError:
        return Backing.GONE


def digest(path: Path) -> str:
    """Return a file's SHA-256. Raises: OSError."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()

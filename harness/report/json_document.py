"""A run as one JSON document: for programs, with a schema that is kept beside this module."""

from dataclasses import dataclass
from importlib.resources import files
from json import dumps
from pathlib import Path
from typing import ClassVar

from pydantic import ConfigDict, TypeAdapter

from harness import __version__
from harness.core.paths import from_here
from harness.core.ports import ServerIdentity
from harness.core.verdict import Verdict
from harness.report import digests, run_page
from harness.report.brief import Brief, Rows, Trouble
from harness.report.run_folder import EVIDENCE, Run, Unplayed

VERSION = 1
SCHEMA = "run.schema.json"

_STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True)
class Loss:
    """How much of a store was gone; `seconds` is null where it could not be measured, and
    `objective_seconds` where there is no objective.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    seconds: float | None
    objective_seconds: float | None
    rows: int
    standing: str


@dataclass(frozen=True, slots=True)
class Drill:
    """A drill that left evidence, judged again. `word` is its verdict with what a PASS leaves open;
    `stores` has the word of each area; paths are from where the run was started.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    slug: str
    title: str
    path: str
    verdict: Verdict
    word: str
    rows_gone: str
    conclusion: str
    lines: tuple[str, ...]
    troubles: tuple[Trouble, ...]
    rows: Rows
    rta_seconds: float | None
    rto_seconds: float | None
    rpa: dict[str, Loss]
    stores: dict[str, str]
    procedures: dict[str, str]
    checks: int
    checks_failed: int
    backups_bytes: int
    random: int
    runtime: str
    servers: tuple[ServerIdentity, ...]
    missing: dict[str, str]
    trigger: str
    git_sha: str
    harness_version: str
    started_utc: str
    ended_utc: str
    took_seconds: float
    proof_valid_until_utc: str | None
    rerun: str
    evidence: str
    evidence_sha256: str | None
    page: str


@dataclass(frozen=True, slots=True)
class Document:
    """A run. `sentence` is its verdict as its page says it; `unplayed` are the drills that left no
    evidence: each counts as UNVERIFIED.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    version: int
    run_id: str
    verdict: Verdict
    word: str
    sentence: str
    harness_version: str
    started_utc: str | None
    ended_utc: str | None
    page: str
    drills: tuple[Drill, ...]
    unplayed: tuple[Unplayed, ...]


_DOCUMENT: TypeAdapter[Document] = TypeAdapter(Document)


def render(run: Run, folder: Path) -> str:
    """Return a run, whose folder this is, as JSON."""
    return _DOCUMENT.dump_json(document(run, folder), indent=1).decode() + "\n"


def document(run: Run, folder: Path) -> Document:
    """Return a run, whose folder this is, as plain data."""
    return Document(
        version=VERSION,
        run_id=run.run_id,
        verdict=run.verdict,
        word=run_page.word(run),
        sentence=run_page.sentence(run),
        harness_version=__version__,
        started_utc=min((d.run.started_utc for d in run.drills), default=None),
        ended_utc=max((d.run.ended_utc for d in run.drills), default=None),
        page=shown(folder / run_page.PAGE),
        drills=tuple(_drill(drill, folder / drill.slug) for drill in run.drills),
        unplayed=run.unplayed,
    )


def generated_schema() -> str:
    """Return the document's JSON Schema, as its classes say it."""
    schema = _DOCUMENT.json_schema(mode="serialization")
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return dumps({**head, **schema}, indent=1) + "\n"


def schema_text() -> str:
    """Return the document's JSON Schema, as it is kept."""
    return files("harness.report").joinpath(SCHEMA).read_text(encoding="utf-8")


def shown(path: Path) -> str:
    """Return a path as a document has it: from here, and text whatever its bytes are."""
    return from_here(path).as_posix().encode(errors="backslashreplace").decode()


def _drill(drill: Brief, folder: Path) -> Drill:
    rto, until = drill.rto, drill.valid_until
    return Drill(
        slug=drill.slug,
        title=drill.title,
        path=drill.path,
        verdict=drill.verdict,
        word=drill.word,
        rows_gone=drill.rows_gone,
        conclusion=drill.conclusion,
        lines=drill.lines,
        troubles=drill.troubles,
        rows=drill.rows,
        rta_seconds=rto.seconds if rto else None,
        rto_seconds=rto.objective_seconds if rto else None,
        rpa={m.store: Loss(m.seconds, m.objective_seconds, m.rows, m.standing) for m in drill.rpo},
        stores=drill.stores,
        procedures=drill.procedures,
        checks=drill.checks,
        checks_failed=drill.checks_failed,
        backups_bytes=drill.size_bytes,
        random=drill.random,
        runtime=drill.runtime.name,
        servers=drill.runtime.servers,
        missing=drill.runtime.missing,
        trigger=drill.run.trigger,
        git_sha=drill.run.git_sha,
        harness_version=drill.run.harness_version,
        started_utc=drill.run.started_utc,
        ended_utc=drill.run.ended_utc,
        took_seconds=drill.took_seconds,
        proof_valid_until_utc=until.isoformat() if until else None,
        rerun=drill.run.rerun,
        evidence=shown(folder / EVIDENCE),
        evidence_sha256=digests.of_file(folder / EVIDENCE) or None,
        page=shown(folder / run_page.DRILL_PAGE),
    )

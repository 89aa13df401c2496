"""The one source of every rendering: what a drill did, saw and concluded, as plain data.

No row contents and no secrets: keys, counts, digests, definitions and times only.
"""

from dataclasses import dataclass, field
from typing import Any

from harness.core.case import Objectives
from harness.core.history import History
from harness.core.judgement import Expectation, Judgement
from harness.core.ledger import Ledger
from harness.core.platform import Platform
from harness.core.ports import Cleanup, ServerIdentity

EVIDENCE_VERSION = 1


@dataclass(frozen=True, slots=True)
class RunInfo:
    """Which run this was. Times are UTC in ISO 8601; `trigger` is `ci`, `manual` or what
    DRILL_TRIGGER says; `rerun` is the command that plays this drill again.
    """

    run_id: str
    drill_id: str
    started_utc: str
    ended_utc: str
    trigger: str
    git_sha: str
    harness_version: str
    python: str
    platform: str
    cpus: int
    rerun: str


@dataclass(frozen=True, slots=True)
class ScenarioInfo:
    """The scenario as it was played; `text` is the file, `sha256` is over it."""

    slug: str
    path: str
    title: str
    why: str
    tags: tuple[str, ...]
    sha256: str
    text: str
    random: int
    seed: dict[str, int]
    expectation: Expectation
    objectives: Objectives
    skip: dict[str, str]


@dataclass(frozen=True, slots=True)
class RuntimeInfo:
    """Where the platform ran and why there; `missing` maps stores that could not run to reasons."""

    name: str
    why: str
    servers: tuple[ServerIdentity, ...]
    missing: dict[str, str]


@dataclass(frozen=True, slots=True)
class Observed:
    """Observations as JSON by probe id, and for those that could not be made, the reason."""

    seen: dict[str, Any] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Evidence:
    """One drill. `failure` says why the drill could not be played to its end; empty when it was.
    `spoiled` says what the machine did to it, as filling its disk; empty when it did nothing.
    `platform` is what was drilled; older evidence, which does not say, is of the one that comes
    along.
    """

    version: int
    run: RunInfo
    scenario: ScenarioInfo
    runtime: RuntimeInfo
    ledger: Ledger
    history: History
    before: Observed
    after: Observed
    judgement: Judgement
    cleanup: Cleanup
    failure: str = ""
    spoiled: str = ""
    platform: Platform = field(default_factory=lambda: Platform("made-open"))

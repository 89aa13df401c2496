"""A scenario as it is played: checked, immutable, nothing of the file's syntax left."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from harness.core.platform import Platform
from harness.core.ports import ComposeFile
from harness.core.terms import Terms
from harness.scenario.platform_file import made_open
from harness.scenario.steps import Step


@dataclass(frozen=True, slots=True)
class Seed:
    """What the platform is filled with. `random` and a row's number determine the row; `counts`
    holds the number of rows of every ledger table, 0 included.
    """

    random: int
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class HubCommand:
    """A real hub in place of the reference hub: how to start it, and where it says it is well."""

    command: tuple[str, ...]
    health_url: str


@dataclass(frozen=True, slots=True)
class Scenario:
    """One drill. `slug` is ASCII and made from the file's name; `text` is the file and `sha256`
    is over its bytes; `terms` are what its judge goes by. `platform` is what is drilled. `hub`,
    `images` (by store) and `compose` say what runs in place of the harness's own servers.
    """

    slug: str
    path: Path
    text: str
    sha256: str
    title: str
    why: str
    tags: tuple[str, ...]
    seed: Seed
    timeline: tuple[Step, ...]
    terms: Terms
    platform: Platform = field(default_factory=made_open)
    hub: HubCommand | None = None
    images: Mapping[str, str] = field(default_factory=dict)
    compose: ComposeFile | None = None

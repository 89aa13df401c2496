"""A seeded platform is made once and copied from then on: drills begin where seeding ended.

A server is never kept from one drill to the next: what one drill killed, emptied or set is no
fresh platform for another. Each starts on volumes of its own, copies of those that a platform had
when it was seeded and stopped in order.
"""

import secrets
import shutil
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from harness.backups import METHODS
from harness.core.history import Along
from harness.core.ledger import Attempt
from harness.core.platform import Platform
from harness.core.ports import STORES
from harness.core.progress import Watcher
from harness.drill.play import BringUp
from harness.drill.seeding import bring_up
from harness.kinds import Armed
from harness.platform.kept import KeptRows
from harness.prove.thawing import make_like
from harness.runtime import workdir
from harness.runtime.embedded.stack import EmbeddedRuntime, EmbeddedStack
from harness.runtime.embedded.volume import DirectoryVolume
from harness.scenario.model import Scenario
from harness.scenario.steps import Backup
from harness.site import Site

_LEDGER = "ledger"


@dataclass(frozen=True, slots=True)
class _Seeded:
    """What seeding left: volumes in `folder`, and what the harness knows of the rows in them."""

    folder: Path
    attempts: tuple[Attempt, ...]
    along: tuple[Along, ...]
    kept: Mapping[str, KeptRows]


class _SameSecrets(EmbeddedRuntime):
    """Servers whose passwords are those that the copied volumes know."""

    def __init__(
        self,
        passwords: Mapping[str, str],
        binaries: Mapping[str, str],
        hub_command: Sequence[str],
        platform: Platform,
    ) -> None:
        super().__init__("timelines are explored on it", binaries, hub_command, platform=platform)
        self._passwords = passwords

    def open(
        self,
        drill_id: str,
        secrets: Mapping[str, str],  # noqa: ARG002 - the volumes know others
        logs: Path,
    ) -> EmbeddedStack:
        return super().open(drill_id, self._passwords, logs)


class Warm:
    """The seeded platforms of one process, which plays one drill at a time."""

    def __init__(self, binaries: Mapping[str, str]) -> None:
        self._binaries = binaries
        self._passwords = {store: secrets.token_urlsafe(24) for store in STORES}
        self._directory = workdir.create(f"explore-{secrets.token_hex(4)}")
        self._seeded: dict[str, _Seeded] = {}

    def runtime(self, scenario: Scenario) -> EmbeddedRuntime:
        """Return what a drill is played on."""
        hub = scenario.platform.hub
        return _SameSecrets(
            self._passwords, self._binaries, hub.command if hub else (), scenario.platform
        )

    def seeding(self, scenario: Scenario) -> BringUp:
        """Return what brings a drill's platform up: a copy, where that is the same.

        What must be at work before the first row is written meets an empty server, as ever.
        """
        is_armed = any(
            isinstance(METHODS[choice.method], Armed)
            for step in scenario.timeline
            if isinstance(step, Backup)
            for choice in step.methods
        )
        if is_armed:
            return bring_up
        counts = sorted(scenario.seed.counts.items())
        key = repr((scenario.platform.path, scenario.platform.sha256, scenario.seed.random, counts))

        def warm(
            site: Site, counts: Mapping[str, int], arm: Callable[[], None], watcher: Watcher
        ) -> None:
            if key in self._seeded:
                watcher.phase("start the servers on what was seeded")
                _thaw(self._seeded[key], site, arm)
            else:
                bring_up(site, counts, arm, watcher)
                watcher.phase("keep what was seeded")
                folder = self._directory.path / str(len(self._seeded))
                self._seeded[key] = _freeze(site, folder)

        return warm

    def close(self) -> None:
        """Remove what was kept. Raises: DrillError: something is left."""
        self._directory.remove()


def _freeze(site: Site, folder: Path) -> _Seeded:
    """Keep the volumes of a platform that was just seeded, and start it again."""
    for store in reversed(site.present):
        site.stack.services[store].stop()
    for store in site.present:
        shutil.copytree(_root(site, store), folder / store, symlinks=True)
    if site.kept:
        shutil.copytree(site.directory / _LEDGER, folder / _LEDGER)
    seeded = _Seeded(
        folder, tuple(site.ledger.attempts), tuple(site.history.along), dict(site.kept)
    )
    _start(site)
    return seeded


def _thaw(seeded: _Seeded, site: Site, arm: Callable[[], None]) -> None:
    for store in site.present:
        make_like(seeded.folder / store, _root(site, store))
    if seeded.kept:
        shutil.copytree(seeded.folder / _LEDGER, site.directory / _LEDGER)
    for name, kept in seeded.kept.items():
        site.kept[name] = again = KeptRows(
            kept.relation, kept.columns, kept.key, site.directory / _LEDGER / name
        )
        again.taken = kept.taken
    _start(site, arm)
    # They were acknowledged before this drill's clock began.
    now = site.clock.now_seconds()
    site.ledger.attempts += [
        replace(attempt, begun_seconds=now, ended_seconds=now) for attempt in seeded.attempts
    ]
    site.history.along += [replace(along, at_seconds=now) for along in seeded.along]


def _start(site: Site, arm: Callable[[], None] = lambda: None) -> None:
    first = [store for store in site.present if store != "hub"]
    with ThreadPoolExecutor(max_workers=len(first)) as starters:
        list(starters.map(site.start, first))
    arm()
    if "hub" in site.present:
        site.start("hub")


def _root(site: Site, store: str) -> Path:
    volume = site.stack.services[store].volume
    assert isinstance(volume, DirectoryVolume)
    return volume.root

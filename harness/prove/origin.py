"""The platform that every plant starts from: seeded, backed up, destroyed, restored and stopped."""

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from harness.core import environment
from harness.core.case import Case
from harness.core.clock import Clock
from harness.core.errors import DrillError, UsageError
from harness.core.interruption import uninterrupted
from harness.core.ledger import Ledger
from harness.core.observation import Observations
from harness.core.platform import Platform
from harness.core.ports import STORES, Runtime, Stack
from harness.core.progress import Watcher
from harness.core.redact import Redactor
from harness.drill.observing import observe
from harness.drill.seeding import bring_up
from harness.drill.shelf import Shelf
from harness.drill.timeline import Timeline
from harness.platform import own_code
from harness.prove.thawing import Frozen, freeze
from harness.scenario.kinds import Kinds
from harness.scenario.load import load
from harness.scenario.model import Scenario
from harness.site import Site


@dataclass(slots=True)
class Origin:
    """The restored platform as it stood when it was stopped, and how it was judged then.

    `frozen` holds each store's volume; the site's servers no longer run.
    """

    scenario: Scenario
    passwords: dict[str, str]
    site: Site
    shelf: Shelf
    before: Observations
    after: Observations
    frozen: dict[str, Frozen] = field(default_factory=dict)

    def case(self) -> Case:
        """Return the undamaged case."""
        return Case(
            self.site.ledger,
            self.site.history,
            self.before,
            self.after,
            objectives=self.scenario.terms.objectives,
            missing=dict(self.site.missing),
            platform=self.scenario.platform,
        )


@contextmanager
def restored(
    platform: Platform, runtime: Runtime, logs: Path, watcher: Watcher, opened: list[Stack]
) -> Iterator[Origin]:
    """Play the scenario of the proof, stop every server, and remove everything at the end.

    What it is played on is added to `opened`.

    No password stays in the servers' logs, those of clones included.

    Raises: DrillError: the platform could not be seeded or restored.
    """
    scenario = load(scenario_of(platform), Kinds.installed().on(platform))
    passwords = {store: secrets.token_urlsafe(16) for store in STORES}
    stack = runtime.open(f"prove-{secrets.token_hex(4)}", passwords, logs)
    opened.append(stack)
    try:
        site = Site(
            stack, Clock(), Ledger(scenario.seed.random), stack.directory, scenario.platform
        )
        origin = _play(scenario, passwords, site, watcher)
        _freeze(origin)
        yield origin
    finally:
        with uninterrupted():
            stack.close()
            redactor = Redactor([*stack.secrets, *environment.secrets()])
            for log in logs.rglob("*.log"):
                redactor.file(log)


def _play(scenario: Scenario, passwords: dict[str, str], site: Site, watcher: Watcher) -> Origin:
    shelf = Shelf(site)
    present = {*site.present}
    bring_up(site, scenario.seed.counts, partial(shelf.arm, scenario), watcher)
    if (widen := own_code.hook(site.platform, "plants", "widen")) is not None:
        widen(site)
    before = observe(site, present, Observations(), at_backup=True)
    Timeline(site, watcher, shelf).play(scenario.timeline)
    if site.history.failures:
        failure = site.history.failures[0]
        raise DrillError(f"the platform was not restored: {failure.step}: {failure.message}")
    for seen in shelf.seen.values():
        before.update(seen)
    # What a step took back is compared with the backup that it was taken back from.
    for restoration in site.history.restorations:
        before.update(shelf.seen[restoration.backup, restoration.store])
    watcher.phase("observe what came back")
    after = observe(site, {*present, "platform"}, before, at_backup=False)
    return Origin(scenario, passwords, site, shelf, before, after)


def scenario_of(platform: Platform) -> Path:
    """Return the scenario that restores a platform for its plants. Raises: UsageError."""
    module = own_code.module(platform, "plants")
    scenario = getattr(module, "SCENARIO", None)
    if not isinstance(scenario, Path):
        raise UsageError(
            f"{platform.name} brings no plants, and no scenario to restore it by",
            "Write PLANTS and SCENARIO, the path of a scenario, into plants.py in the folder that"
            " its `code` names.",
        )
    return scenario


def _freeze(origin: Origin) -> None:
    site = origin.site
    for store in reversed(site.present):
        site.service(store).stop()
    for store in site.present:
        archive = site.directory / f"{store}.frozen.tar.gz"
        origin.frozen[store] = freeze(site.stack.services[store].volume, archive)


def copied_backups(origin: Origin, site: Site) -> None:
    """Give a clone its own copy of the backups, to be damaged."""
    shutil.rmtree(site.backups, ignore_errors=True)
    shutil.copytree(origin.site.backups, site.backups, symlinks=True)

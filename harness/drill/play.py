"""One drill from an empty machine to its evidence: seed, play, observe, remove, judge."""

import secrets
import shutil
import traceback
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from harness.core.case import Case
from harness.core.clock import Clock
from harness.core.errors import DrillError
from harness.core.evidence import EVIDENCE_VERSION, Evidence, RuntimeInfo
from harness.core.finding import ROWS
from harness.core.ledger import Ledger
from harness.core.observation import Observations
from harness.core.patience import Unresponsive
from harness.core.ports import STORES, Runtime, ServerIdentity
from harness.core.progress import Remembering, Unwatched, Watcher
from harness.core.redact import Redactor
from harness.drill.observing import observe
from harness.drill.provenance import describe_run, describe_scenario
from harness.drill.room import Room
from harness.drill.seeding import bring_up
from harness.drill.shelf import Shelf
from harness.drill.timeline import Timeline
from harness.evidence_file import masked, observed, save
from harness.judge import judge
from harness.scenario.model import Scenario
from harness.scenario.steps import Backup
from harness.site import Site


@dataclass(frozen=True, slots=True)
class DrillSettings:
    """How to play, beside what: `accepted` maps stores whose gap a person accepted to the reason;
    `run_id` names the run this drill belongs to; `rerun` is the command that plays it again.
    """

    run_id: str
    accepted: Mapping[str, str] = field(default_factory=dict)
    rerun: str = ""


@dataclass(slots=True)
class _Played:
    """What playing left in memory. `failure` says why it ended early, if it did."""

    before: Observations = field(default_factory=Observations)
    after: Observations = field(default_factory=Observations)
    failure: str = ""


def play(
    scenario: Scenario,
    runtime: Runtime,
    directory: Path,
    settings: DrillSettings,
    watcher: Watcher | None = None,
) -> Evidence:
    """Play a drill and write `evidence.json` and the servers' logs into `directory`.

    What cannot be played to its end is UNVERIFIED with the reason. Whatever was started is
    removed in any case, an interruption included.
    Raises: DrillError: the runtime could not prepare anything; nothing was started.
    """
    watcher = Remembering(watcher or Unwatched())
    clock = Clock()
    drill_id = f"{scenario.slug}-{secrets.token_hex(4)}"
    passwords = {store: secrets.token_urlsafe(24) for store in STORES}
    logs = directory / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    room = Room(runtime.disks(), logs)
    room.require(scenario)
    watcher.phase("prepare")
    stack = runtime.open(drill_id, passwords, logs)
    redactor = Redactor(stack.secrets)
    health_url = scenario.hub.health_url if scenario.hub else ""
    site = Site(stack, clock, Ledger(scenario.seed.random), stack.directory, health_url)
    played = _Played()
    servers: tuple[ServerIdentity, ...] = ()
    try:
        servers = tuple(service.identity for service in stack.services.values())
        with room.watched():
            _play(scenario, site, played, watcher)
        if (rows := stack.directory / ROWS).is_dir():
            shutil.copytree(rows, directory / ROWS, dirs_exist_ok=True)
    except Unresponsive as error:
        said = f"{error.message}, during: {watcher.title}"
        played.failure = redactor.text(str(DrillError(said, error.hint)))
    except DrillError as error:
        played.failure = redactor.text(str(error))
    except Exception as error:  # noqa: BLE001 - a drill that broke is UNVERIFIED, and says why
        played.failure = redactor.text(_broken(site, error, watcher.title))
        (logs / "harness.log").write_text(traceback.format_exc(), encoding="utf-8")
    finally:
        watcher.phase("clean up")
        cleanup = stack.close()
        for log in logs.iterdir():
            redactor.file(log)
    if cleanup.left and not played.failure:
        played.failure = f"not everything could be removed: {', '.join(cleanup.left)}"
    watcher.phase("judge")
    spoiled = redactor.text(room.lack(_said(site, played)))
    case = Case(
        ledger=site.ledger,
        history=site.history,
        before=played.before,
        after=played.after,
        objectives=scenario.terms.objectives,
        missing=dict(stack.missing),
        failure=played.failure,
        spoiled=spoiled,
    )
    evidence = Evidence(
        version=EVIDENCE_VERSION,
        run=describe_run(settings.run_id, drill_id, clock, settings.rerun),
        scenario=describe_scenario(scenario),
        runtime=RuntimeInfo(runtime.name, runtime.why, servers, dict(stack.missing)),
        ledger=site.ledger,
        history=site.history,
        before=observed(played.before),
        after=observed(played.after),
        judgement=judge(case, scenario.terms, settings.accepted),
        cleanup=cleanup,
        failure=played.failure,
        spoiled=spoiled,
    )
    evidence = masked(evidence, redactor)
    save(evidence, directory / "evidence.json")
    return evidence


def _said(site: Site, played: _Played) -> Iterator[str]:
    """Yield every message of what failed, and of what could not be read."""
    yield played.failure
    yield from (failure.message for failure in site.history.failures)
    for seen in (played.before, played.after):
        yield from (reason for _, reason in seen.unread())


def _broken(site: Site, error: Exception, phase: str) -> str:
    """Return what broke the drill: a server that was halted, before what its client says of it."""
    try:
        site.refuse_halted()
    except Unresponsive as halted:
        return f"{halted.message}, during: {phase}\nHINT: {halted.hint}"
    return f"{type(error).__name__}: {error}, during: {phase}"


def _play(scenario: Scenario, site: Site, played: _Played, watcher: Watcher) -> None:
    shelf = Shelf(site)
    with closing(shelf.keeping):
        _play_with(shelf, scenario, site, played, watcher)


def _play_with(
    shelf: Shelf, scenario: Scenario, site: Site, played: _Played, watcher: Watcher
) -> None:
    present = [store for store in STORES if store not in site.missing]
    bring_up(site, scenario.seed.counts, partial(shelf.arm, scenario), watcher)
    timeline = Timeline(site, watcher, shelf)
    never_backed_up = set(present) - _backed_up(scenario)
    watcher.phase("observe what is not backed up")
    seeded = observe(site, never_backed_up, Observations(), at_backup=True)
    try:
        timeline.play(scenario.timeline)
    finally:
        played.before.update(seeded)
        for seen in shelf.seen.values():
            played.before.update(seen)
        for restoration in site.history.restorations:
            played.before.update(shelf.seen[restoration.backup, restoration.store])
    # Of what was halted, a receiver of the log say, less would have come back.
    site.refuse_halted()
    watcher.phase("observe what came back")
    played.after.update(observe(site, [*present, "platform"], played.before, at_backup=False))


def _backed_up(scenario: Scenario) -> set[str]:
    return {
        choice.store
        for step in scenario.timeline
        if isinstance(step, Backup)
        for choice in step.methods
    }

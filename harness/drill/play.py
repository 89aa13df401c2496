"""One drill from an empty machine to its evidence: seed, play, observe, remove, judge."""

import secrets
import shutil
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from harness.checks import checks_of
from harness.core import environment, writing
from harness.core.case import Case
from harness.core.clock import Clock
from harness.core.errors import DrillError, in_words
from harness.core.evidence import EVIDENCE_VERSION, Evidence, RuntimeInfo
from harness.core.finding import ROWS
from harness.core.history import History
from harness.core.interruption import Interrupted, interruptible, uninterrupted
from harness.core.ledger import Ledger
from harness.core.observation import Observations
from harness.core.patience import Unresponsive
from harness.core.ports import STORES, Cleanup, Runtime, ServerIdentity, Stack
from harness.core.progress import Remembering, Unwatched, Watcher
from harness.core.redact import Redactor
from harness.drill.halts import Halts
from harness.drill.observing import observe
from harness.drill.provenance import describe_run, describe_scenario
from harness.drill.room import Room
from harness.drill.seeding import bring_up
from harness.drill.shelf import Shelf
from harness.drill.timeline import Timeline
from harness.evidence_file import masked, observed, save
from harness.judge import judge
from harness.observations.ledger_rows import LedgerRows
from harness.scenario.model import Scenario
from harness.scenario.steps import Backup
from harness.site import Site

BringUp = Callable[[Site, Mapping[str, int], Callable[[], None], Watcher], None]
"""Starts every store, arms the backup methods, seeds, and starts the hub: see `seeding`."""


@dataclass(frozen=True, slots=True)
class DrillSettings:
    """How to play, beside what: `accepted` maps stores whose gap a person accepted to the reason;
    `run_id` names the run this drill belongs to; `rerun` is the command that plays it again;
    `bring_up` is called in place of what brings the platform up from nothing.
    """

    run_id: str
    accepted: Mapping[str, str] = field(default_factory=dict)
    rerun: str = ""
    bring_up: BringUp = bring_up


class DrillInterrupted(Interrupted):
    """A drill that somebody ended; its evidence says so, and in which step."""

    def __init__(self, evidence: Evidence) -> None:
        super().__init__(evidence.cleanup)
        self.evidence = evidence


def play(
    scenario: Scenario,
    runtime: Runtime,
    directory: Path,
    settings: DrillSettings,
    watcher: Watcher | None = None,
) -> Evidence:
    """Play a drill and write `evidence.json` and the servers' logs into `directory`.

    What cannot be played to its end is UNVERIFIED with the reason, and so is a drill whose
    evidence cannot be kept. Whatever was started is removed in any case.
    Raises: DrillError: nothing could be prepared or written; nothing was started.
    DrillInterrupted: somebody ended it, by Ctrl-C or by cancelling a job.
    """
    logs = directory / "logs"
    writing.folder(logs, "Name another folder for reports, with free space.")
    # Up to the end they may tell a secret.
    with suppress(OSError):
        logs.chmod(0o700)
    watching = Remembering(watcher or Unwatched())
    drill = _Drill(scenario, runtime, settings, logs)
    interrupted = False
    with interruptible():
        try:
            drill.play(watching)
        except KeyboardInterrupt:
            interrupted = True
            during = f"interrupted by the user during {watching.title}"
            drill.failure = f"{during}\nHINT: run the drill again, and let it end"
        try:
            with uninterrupted():
                evidence = drill.concluded(watching, directory / "evidence.json")
        except KeyboardInterrupt:
            interrupted = True
        if interrupted:
            raise DrillInterrupted(evidence)
    return evidence


def _broken(site: Site, error: Exception, phase: str) -> str:
    """Return what broke the drill: a server that was halted, before what its client says of it."""
    try:
        site.refuse_halted()
    except Unresponsive as halted:
        return f"{halted.message}, during: {phase}\nHINT: {halted.hint}"
    return f"{in_words(error)}, during: {phase}"


class _Drill:
    """One drill: what it plays on, and what playing left in memory. `failure` says why it ended
    early, if it did.
    """

    def __init__(
        self, scenario: Scenario, runtime: Runtime, settings: DrillSettings, logs: Path
    ) -> None:
        self.failure = ""
        self._scenario, self._runtime, self._settings = scenario, runtime, settings
        self._logs = logs
        self._room = Room(runtime.disks(), logs)
        self._halts = Halts()
        self._clock = Clock()
        self._id = f"{scenario.slug}-{secrets.token_hex(4)}"
        self._passwords = {store: secrets.token_urlsafe(24) for store in STORES}
        self._redactor = Redactor([*self._passwords.values(), *environment.secrets()])
        self._stack: Stack | None = None
        self._site: Site | None = None
        self._servers: tuple[ServerIdentity, ...] = ()
        self._before, self._after = Observations(), Observations()

    def play(self, watcher: Remembering) -> None:
        """Prepare a stack and play on it. Raises: DrillError: it cannot be prepared."""
        scenario = self._scenario
        self._room.require(scenario)
        watcher.phase("prepare")
        platform = scenario.platform
        stack = self._stack = self._runtime.open(self._id, self._passwords, self._logs)
        self._redactor = Redactor([*stack.secrets, *environment.secrets()])
        health_url = scenario.hub.health_url if scenario.hub else ""
        ledger = Ledger(scenario.seed.random)
        here = scenario.path.absolute().parent
        own = tuple(replace(own, folder=str(here / own.folder)) for own in scenario.terms.own)
        site = self._site = Site(stack, self._clock, ledger, stack.directory, platform, health_url)
        site.own_checks = own
        try:
            self._servers = tuple(service.identity for service in stack.services.values())
            shelf = Shelf(site)
            try:
                with self._room.watched(), self._halts.watched(stack.stopped):
                    arm = partial(shelf.arm, scenario)
                    self._settings.bring_up(site, scenario.seed.counts, arm, watcher)
                    _play_with(shelf, scenario, site, (self._before, self._after), watcher)
                if (rows := stack.directory / ROWS).is_dir():
                    shutil.copytree(rows, self._logs.parent / ROWS, dirs_exist_ok=True)
            finally:
                with uninterrupted():
                    shelf.keeping.close()
        except Unresponsive as error:
            said = f"{error.message}, during: {watcher.title}"
            self.failure = self._redactor.text(str(DrillError(said, error.hint)))
        except DrillError as error:
            self.failure = self._redactor.text(str(error))
        except Exception as error:  # noqa: BLE001 - a drill that broke is UNVERIFIED, and says why
            self.failure = self._redactor.text(_broken(site, error, watcher.title))
            with suppress(OSError):
                (self._logs / "harness.log").write_text(traceback.format_exc(), encoding="utf-8")

    def concluded(self, watcher: Watcher, path: Path) -> Evidence:
        """Remove whatever was started, judge, and keep the evidence in a file."""
        watcher.phase("clean up")
        cleanup = self._stack.close() if self._stack else Cleanup((), ())
        self._mask_logs()
        if cleanup.left and not self.failure:
            self.failure = f"not everything could be removed: {', '.join(cleanup.left)}"
        watcher.phase("judge")
        evidence = self._judged(cleanup)
        try:
            save(evidence, path)
        except OSError as error:
            lost = f"its evidence could not be written: {writing.reason(error)}"
            self.failure = "; ".join(filter(None, [lost, self.failure]))
            evidence = self._judged(cleanup)
        return evidence

    def _judged(self, cleanup: Cleanup) -> Evidence:
        scenario, site = self._scenario, self._site
        ledger = site.ledger if site else Ledger(scenario.seed.random)
        history = site.history if site else History()
        missing = dict(self._stack.missing) if self._stack else {}
        spoiled = self._redactor.text(self._room.lack(self._said()) or self._halts.told())
        case = Case(
            ledger=ledger,
            history=history,
            before=self._before,
            after=self._after,
            objectives=scenario.terms.objectives,
            missing=missing,
            failure=self.failure,
            spoiled=spoiled,
            platform=scenario.platform,
        )
        settings, runtime = self._settings, self._runtime
        evidence = Evidence(
            version=EVIDENCE_VERSION,
            run=describe_run(settings.run_id, self._id, self._clock, settings.rerun),
            scenario=describe_scenario(scenario),
            runtime=RuntimeInfo(runtime.name, runtime.why, self._servers, missing),
            ledger=ledger,
            history=history,
            before=observed(self._before, scenario.platform),
            after=observed(self._after, scenario.platform),
            judgement=judge(
                case,
                scenario.terms,
                settings.accepted,
                checks_of(scenario.platform),
                f"{self._clock.started_utc:%Y-%m-%d}",
            ),
            cleanup=cleanup,
            failure=self.failure,
            spoiled=spoiled,
            platform=scenario.platform.recorded,
        )
        return masked(evidence, self._redactor)

    def _said(self) -> Iterator[str]:
        """Yield every message of what failed, and of what could not be read."""
        yield self.failure
        if self._site:
            yield from (failure.message for failure in self._site.history.failures)
        for seen in (self._before, self._after):
            yield from (reason for _, reason in seen.unread())

    def _mask_logs(self) -> None:
        """Mask every secret in the servers' logs; a log in which that fails is not kept."""
        with suppress(OSError):
            for log in [*self._logs.iterdir()]:
                try:
                    self._redactor.file(log)
                except OSError:
                    log.unlink(missing_ok=True)
            self._logs.chmod(self._logs.parent.stat().st_mode & 0o777)


def _play_with(
    shelf: Shelf,
    scenario: Scenario,
    site: Site,
    observations: tuple[Observations, Observations],
    watcher: Watcher,
) -> None:
    before, after = observations
    present = site.present
    shelf.ask()
    timeline = Timeline(site, watcher, shelf)
    never_backed_up = set(present) - _backed_up(scenario)
    watcher.phase("observe what is not backed up")
    seeded = observe(site, never_backed_up, Observations(), at_backup=True)
    try:
        timeline.play(scenario.timeline)
    finally:
        before.update(seeded)
        for seen in shelf.seen.values():
            before.update(seen)
        before.update(shelf.migrated)
        for answers in shelf.own.values():
            before.put(answers)
        for restoration in site.history.restorations:
            before.update(shelf.seen[restoration.backup, restoration.store])
            if restoration.backup in shelf.own:
                before.put(shelf.own[restoration.backup])
    # Of what was halted, a receiver of the log say, less would have come back.
    site.refuse_halted()
    watcher.phase("observe what came back")
    after.update(observe(site, [*present, "platform"], before, at_backup=False))
    # What a migration made of the database is not the restore's doing. Rows of the ledger stay
    # owed, whatever migrates them.
    accounted = after.get(LedgerRows)
    after.update(timeline.unmigrated)
    if accounted is not None:
        after.put(accounted)


def _backed_up(scenario: Scenario) -> set[str]:
    return {
        choice.store
        for step in scenario.timeline
        if isinstance(step, Backup)
        for choice in step.methods
    }

"""Play the steps of a scenario in order, on the drill's clock, and keep what happened."""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import partial, singledispatchmethod
from itertools import repeat

from harness.backups import METHODS
from harness.core.contents import hidden
from harness.core.errors import DrillError, Unavailable
from harness.core.history import DELETED, Mark, StepFailure, StepRecord
from harness.core.observation import Observations
from harness.core.points import HALF
from harness.core.ports import STORES
from harness.core.progress import Watcher
from harness.drill.by_hand import restore_by_hand
from harness.drill.meanwhile import in_the_middle
from harness.drill.migrating import migrated
from harness.drill.observing import observe
from harness.drill.retention import retain
from harness.drill.shelf import Shelf
from harness.drill.writing import WRITE_BATCH, follow, write
from harness.faults import FAULTS
from harness.kinds import Look, Pointed
from harness.probes import PROBES
from harness.scenario.steps import (
    Adopt,
    Backup,
    Damage,
    Disaster,
    MarkMoment,
    Meanwhile,
    MethodChoice,
    Migrate,
    Read,
    Restore,
    RestoreByHand,
    Retention,
    Start,
    Step,
    Stop,
    Wait,
    Write,
    is_strike,
    meanwhile_of,
)
from harness.site import Site

_MESSAGE_CHARACTERS_AT_MOST = 4_000

_PROCEDURE = (Backup, MarkMoment, Migrate, Restore, RestoreByHand, Retention, Start, Stop)
"""What an operator does; all else happens to the platform."""


@dataclass(slots=True)
class Timeline:
    """The steps, played one after the other on one site, with the backups on its shelf.

    `unmigrated` is what was seen of a restored database before a migration changed it.
    """

    site: Site
    watcher: Watcher
    shelf: Shelf
    unmigrated: Observations = field(default_factory=Observations)

    def play(self, steps: Sequence[Step]) -> None:
        """Play all steps. A backup, restore or start that fails is recorded and the rest goes on,
        as it would for the operator; any other failure ends the drill.
        """
        for step in steps:
            self.watcher.phase(step.title)
            begun_seconds = self.site.clock.now_seconds()
            meanwhile = meanwhile_of(step)
            # What is struck in its middle is no example to follow.
            is_procedure = isinstance(step, _PROCEDURE) and meanwhile is None
            with self.site.recorder.on() if is_procedure else nullcontext():
                detail = self._played(step)
            struck = meanwhile.strikes if meanwhile else ()
            self.site.history.steps.append(
                StepRecord(
                    verb=step.verb,
                    title=step.title,
                    line=step.line,
                    begun_seconds=begun_seconds,
                    ended_seconds=self.site.clock.now_seconds(),
                    detail=detail,
                    stores=step.stores,
                    strikes=step.stores if is_strike(step) else struck,
                )
            )

    def _played(self, step: Step) -> str:
        """Play a step with what happens in the middle of it; return what became of both."""
        meanwhile = meanwhile_of(step)
        if meanwhile is None:
            return self._play(step)
        if not self._is_here(step, meanwhile):
            return "not played: what it works on cannot run here"
        if meanwhile.at == HALF and isinstance(step, Backup):
            self.site.points.whole_bytes = self._rehearsed(step)
        return in_the_middle(self.site, step, meanwhile, self._play)

    def _is_here(self, step: Step, meanwhile: Meanwhile) -> bool:
        return not {*step.stores, *meanwhile.strikes} & self.site.missing.keys()

    def _rehearsed(self, step: Backup) -> int:
        """Return how much the first artefact that tells of its half comes to."""
        for choice in step.methods:
            method = METHODS[choice.method]
            if isinstance(method, Pointed) and HALF in method.points("backup", choice.options):
                return self.shelf.rehearse(choice)
        return 0

    @singledispatchmethod
    def _play(self, step: Step) -> str:
        raise TypeError(f"no way to play a {type(step).__name__}")

    @_play.register
    def _(self, step: Backup) -> str:
        self.shelf.ask(step.name)
        first = self._next(step.during)
        writing: list[Future[str]] = []
        with ThreadPoolExecutor(max_workers=1) as writer:

            def begin_writing() -> None:
                if step.during and not writing:
                    writing.append(writer.submit(self._write_rows, step.during))

            taken = [
                choice.store
                for choice in step.methods
                if choice.store not in self.site.missing
                and self._succeeds(
                    step, choice.store, partial(self._back_up, step, choice, begin_writing)
                )
            ]
        # It may have been stopped for its own backup meanwhile.
        self._follow(step.during, first)
        if step.keep is not None:
            keep = partial(self.shelf.keeping.put_away, step.name, keep=step.keep)
            taken = [s for s in taken if self._succeeds(step, s, partial(keep, s))]
            self.shelf.keeping.sweep(step.name)
        during = "".join(f"; meanwhile written: {written.result()}" for written in writing)
        return f"{len(taken)} of {len(step.methods)} stores backed up{during}"

    @_play.register
    def _(self, step: Adopt) -> str:
        return self.shelf.adopt(step)

    @_play.register
    def _(self, step: Write) -> str:
        return self._write(step.counts)

    @_play.register
    def _(self, step: Migrate) -> str:
        if (restored := self.site.history.restored("postgres")) is None:
            self._migrate(step)
            # As long as nothing brings back what was before, this is what there is to keep.
            self.shelf.migrated = observe(self.site, ["postgres"], Observations(), at_backup=True)
            return ""
        # The restore is judged by what was there before the migration.
        known = self.shelf.seen[restored.backup, "postgres"]
        if not any(self.unmigrated.seen()):
            self.unmigrated.update(observe(self.site, ["postgres"], known, at_backup=False))
        look = Look(self.site, self.site.ledger, self.site.history, known)
        then = PROBES["postgres_tables"].observe(look)
        self._migrate(step)
        now = PROBES["postgres_tables"].observe(look)
        self.site.history.migrated.append(migrated(step, then, now))
        return f"{len(self.site.history.migrated[-1].changed)} tables with other rows"

    @_play.register
    def _(self, step: MarkMoment) -> str:
        asked = f"SELECT pg_create_restore_point('{step.name}')"
        with self.site.instead("postgres", "psql", "-c", asked):
            server_time = self.site.postgres.mark(step.name)
        mark = Mark(step.name, self.site.clock.now_seconds(), server_time)
        self.site.history.marks.append(mark)
        return server_time

    @_play.register
    def _(self, step: Damage) -> str:
        return self.shelf.damage(step) if step.store not in self.site.missing else ""

    @_play.register
    def _(self, step: Read) -> str:
        told: list[str] = []
        for table, count in step.counts.items():
            newest = self.site.ledger.next_number(table) - 1
            numbers = range(max(1, newest - count + 1), newest + 1)
            found = [n for n in numbers if self.site.hub.read(table, n) is not None]
            told.append(f"{len(found)} of {len(numbers)} {table} found")
        return ", ".join(told)

    @_play.register
    def _(self, step: Disaster) -> str:
        fault = FAULTS[step.fault]
        struck = [store for store in step.stores if store not in self.site.missing]
        # A disaster does not take one store after the other.
        inject = partial(fault.inject, self.site, options=step.options)
        with ThreadPoolExecutor(max_workers=len(STORES)) as strikers:
            strikes = [strikers.submit(inject, store) for store in struck]
        # What was struck is told, whatever went wrong elsewhere.
        proofs = [strike.result() for strike in strikes if strike.exception() is None]
        self.site.history.disasters.extend(proofs)
        for unfinished in strikes:
            unfinished.result()
        return f"{len(struck)} stores struck"

    @_play.register
    def _(self, step: Restore) -> str:
        self._stop_hub()
        notes = self.site.notes
        notes.clear()
        order = [store for store in step.order if store not in self.site.missing]
        back = [
            store
            for store in order
            if self._succeeds(step, store, partial(self._restore, step, store))
        ]
        return "; ".join([f"{len(back)} of {len(order)} stores restored", *notes])

    @_play.register
    def _(self, step: RestoreByHand) -> str:
        self._stop_hub()
        said: list[str] = []
        restore = partial(restore_by_hand, self.site, self.shelf, step, said.append)
        self._succeeds(step, "platform", restore)
        return "\n".join(said)

    @_play.register
    def _(self, step: Start) -> str:
        wanted = self.site.present
        if "hub" not in step.services:
            wanted = [store for store in wanted if store in step.services]
        idle = [store for store in wanted if not self.site.service(store).is_running]
        # The hub comes last, as in the guide; the stores do not need each other.
        for together in ([store for store in idle if store != "hub"], {"hub"} & {*idle}):
            starts = {store: partial(self.site.start, store) for store in together}
            with ThreadPoolExecutor(max_workers=len(STORES)) as starters:
                failures = starters.map(self._failure, repeat(step), starts, starts.values())
                self.site.history.failures.extend(filter(None, failures))
        if "hub" in wanted and "hub" not in idle:
            # It may have missed a store that is back.
            self._succeeds(step, "hub", partial(self._well, "hub"))
        return ", ".join(wanted)

    @_play.register
    def _(self, step: Stop) -> str:
        for store in reversed(self.site.present):
            if store in step.services:
                self.site.service(store).stop()
                if step.delete_volumes:
                    self.site.empty(store, DELETED)
        return ", ".join(step.services)

    @_play.register
    def _(self, step: Retention) -> str:
        self._succeeds(step, "platform", partial(retain, self.site, step))
        return ""

    @_play.register
    def _(self, step: Wait) -> str:
        time.sleep(step.seconds)
        return ""

    def _stop_hub(self) -> None:
        # A hub that ran on would serve, and write, from before the restore.
        if "hub" in self.site.platform.stores:
            self.site.service("hub").stop()

    def _write(self, counts: Mapping[str, int]) -> str:
        first = self._next(counts)
        written = self._write_rows(counts)
        self._follow(counts, first)
        return written

    def _next(self, counts: Mapping[str, int]) -> dict[str, int]:
        return {table: self.site.ledger.next_number(table) for table in counts}

    def _write_rows(self, counts: Mapping[str, int]) -> str:
        for table, count in counts.items():
            write(self.site, table, count, WRITE_BATCH, self.watcher)
        return ", ".join(f"{count} {table}" for table, count in counts.items())

    def _follow(self, counts: Mapping[str, int], first: Mapping[str, int]) -> None:
        up = {store for store in self.site.present if self.site.service(store).is_wanted}
        tables = self.site.platform.tables
        follow(
            self.site,
            {
                table: count
                for table, count in counts.items()
                if table in tables and {"postgres", *tables[table].written_to} <= up
            },
            first,
        )

    def _back_up(self, step: Backup, choice: MethodChoice, meanwhile: Callable[[], None]) -> None:
        self.watcher.phase(f"{step.title}: {choice.store}")
        self.shelf.take(step.name, choice, meanwhile)

    def _restore(self, step: Restore, store: str) -> None:
        self.watcher.phase(f"restore {step.backup}: {store}")
        self.shelf.restore(step, store)

    def _migrate(self, step: Migrate) -> None:
        self.site.run_scripts(step.scripts)

    def _well(self, store: str) -> None:
        self.site.wait_ready(store)
        self.site.history.ready_seconds[store] = self.site.clock.now_seconds()

    def _succeeds(self, step: Step, store: str, act: Callable[[], None]) -> bool:
        failure = self._failure(step, store, act)
        if failure is not None:
            self.site.history.failures.append(failure)
        return failure is None

    def _failure(self, step: Step, store: str, act: Callable[[], None]) -> StepFailure | None:
        try:
            act()
        except Unavailable:
            raise
        except DrillError as error:
            # What somebody else halted is no fault of the procedure.
            self.site.refuse_halted()
            return StepFailure(step.title, store, _shortened(hidden(error.message)))
        return None


def _shortened(message: str) -> str:
    """Return a message without its middle: psql may complain of every row it reads."""
    if len(message) <= _MESSAGE_CHARACTERS_AT_MOST:
        return message
    half = _MESSAGE_CHARACTERS_AT_MOST // 2
    left_out = len(message) - 2 * half
    return f"{message[:half]}\n… {left_out} characters …\n{message[-half:]}"

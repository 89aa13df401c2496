"""Play the steps of a scenario in order, on the drill's clock, and keep what happened."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial, singledispatchmethod
from pathlib import Path

from harness.backups import METHODS
from harness.core.errors import DrillError
from harness.core.history import Artefact, Restoration, StepFailure, StepRecord
from harness.core.observation import Observations
from harness.core.ports import STORES
from harness.core.progress import Watcher
from harness.drill.artefacts import weigh
from harness.drill.observing import observe
from harness.drill.writing import WRITE_BATCH, index_contacts, write
from harness.faults import FAULTS
from harness.scenario.model import (
    Backup,
    Disaster,
    MethodChoice,
    Restore,
    Start,
    Step,
    Wait,
    Write,
)
from harness.site import Site


@dataclass(slots=True)
class Timeline:
    """The steps, played one after the other on one site.

    `seen` holds what was observed at each backup, by (backup, store); `choices` how each was taken.
    """

    site: Site
    watcher: Watcher
    seen: dict[tuple[str, str], Observations] = field(default_factory=dict)
    choices: dict[tuple[str, str], MethodChoice] = field(default_factory=dict)

    def play(self, steps: Sequence[Step]) -> None:
        """Play all steps. A backup, restore or start that fails is recorded and the rest goes on,
        as it would for the operator; any other failure ends the drill.
        """
        for step in steps:
            self.watcher.phase(step.title)
            begun_seconds = self.site.clock.now_seconds()
            detail = self._play(step)
            self.site.history.steps.append(
                StepRecord(
                    verb=step.verb,
                    title=step.title,
                    line=step.line,
                    begun_seconds=begun_seconds,
                    ended_seconds=self.site.clock.now_seconds(),
                    detail=detail,
                    stores=step.stores,
                )
            )

    @singledispatchmethod
    def _play(self, step: Step) -> str:
        raise TypeError(f"no way to play a {type(step).__name__}")

    @_play.register
    def _(self, step: Backup) -> str:
        taken = [
            choice.store
            for choice in step.methods
            if choice.store not in self.site.missing
            and self._succeeds(step, choice.store, partial(self._back_up, step, choice))
        ]
        return f"{len(taken)} of {len(step.methods)} stores backed up"

    @_play.register
    def _(self, step: Write) -> str:
        first_contact = self.site.ledger.next_number("contacts")
        for table, count in step.counts.items():
            write(self.site, table, count, WRITE_BATCH, self.watcher)
        if step.counts.get("contacts") and "meilisearch" not in self.site.missing:
            index_contacts(self.site, first_contact)
        return ", ".join(f"{count} {table}" for table, count in step.counts.items())

    @_play.register
    def _(self, step: Disaster) -> str:
        fault = FAULTS[step.fault]
        struck = [store for store in step.stores if store not in self.site.missing]
        for store in struck:
            proof = fault.inject(self.site, store, step.options)
            self.site.history.disasters.append(proof)
        return f"{len(struck)} stores struck"

    @_play.register
    def _(self, step: Restore) -> str:
        # A hub that ran on would serve, and write, from before the restore.
        self.site.service("hub").stop()
        order = [store for store in step.order if store not in self.site.missing]
        back = [
            store
            for store in order
            if self._succeeds(step, store, partial(self._restore, step, store))
        ]
        return f"{len(back)} of {len(order)} stores restored"

    @_play.register
    def _(self, step: Start) -> str:
        wanted = [store for store in STORES if store not in self.site.missing]
        if "hub" not in step.services:
            wanted = [store for store in wanted if store in step.services]
        for store in wanted:
            if not self.site.service(store).is_running:
                self._succeeds(step, store, partial(self.site.start, store))
        return ", ".join(wanted)

    @_play.register
    def _(self, step: Wait) -> str:
        time.sleep(step.seconds)
        return ""

    def _succeeds(self, step: Step, store: str, act: Callable[[], None]) -> bool:
        try:
            act()
        except DrillError as error:
            failure = StepFailure(step.title, store, error.message)
            self.site.history.failures.append(failure)
            return False
        return True

    def _files(self, backup: str, store: str) -> Path:
        return self.site.directory / "backups" / backup / store

    def _back_up(self, step: Backup, choice: MethodChoice) -> None:
        site, store = self.site, choice.store
        self.watcher.phase(f"{step.title}: {store}")
        directory = self._files(step.name, store)
        directory.mkdir(parents=True, mode=0o700)

        def observe_at_cut(snapshot: str | None) -> None:
            self.seen[step.name, store] = observe(
                site, {store}, Observations(), at_backup=True, snapshot=snapshot
            )

        begun_seconds = site.clock.now_seconds()
        tool = METHODS[choice.method].take(site, store, directory, choice.options, observe_at_cut)
        ended_seconds = site.clock.now_seconds()
        files, size_bytes, sha256 = weigh(directory)
        self.choices[step.name, store] = choice
        site.history.artefacts.append(
            Artefact(
                backup=step.name,
                store=store,
                method=choice.method,
                path=f"{step.name}/{store}",
                files=files,
                size_bytes=size_bytes,
                sha256=sha256,
                tool=tool,
                begun_seconds=begun_seconds,
                ended_seconds=ended_seconds,
                options=choice.options.model_dump(by_alias=True),
            )
        )

    def _restore(self, step: Restore, store: str) -> None:
        site = self.site
        self.watcher.phase(f"{step.title}: {store}")
        choice = self.choices.get((step.backup, store))
        if choice is None:
            raise DrillError(f"backup {step.backup} holds nothing of {store}: it failed")
        cut_seconds = next(
            artefact.begun_seconds
            for artefact in site.history.artefacts
            if (artefact.backup, artefact.store) == (step.backup, store)
        )
        begun_seconds = site.clock.now_seconds()
        said = METHODS[choice.method].restore(
            site, store, self._files(step.backup, store), choice.options
        )
        # An empty server answered before; what counts is when the restored one does.
        site.wait_ready(store)
        site.history.ready_seconds[store] = site.clock.now_seconds()
        site.history.restorations.append(
            Restoration(
                backup=step.backup,
                store=store,
                method=choice.method,
                cut_seconds=cut_seconds,
                begun_seconds=begun_seconds,
                ended_seconds=site.clock.now_seconds(),
                said=said,
            )
        )

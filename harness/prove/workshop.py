"""Clones of the restored platform: volumes copied, servers started on the copies, looked at."""

import secrets
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

from harness.core.case import Case
from harness.core.interruption import uninterrupted
from harness.core.observation import Observations
from harness.core.ports import Runtime, Stack
from harness.drill.observing import observe
from harness.drill.shelf import Shelf
from harness.kinds import Probe
from harness.probes import probes_of
from harness.prove.origin import Origin, copied_backups
from harness.site import Site


@dataclass(slots=True)
class Clone:
    """A platform of its own with the origin's data; `running` names the stores that run in it, and
    the platform where its backups are there too.
    """

    origin: Origin
    site: Site
    running: tuple[str, ...]

    def restart(self, store: str, between: Callable[[], None] = lambda: None) -> None:
        """Stop a store in order, do something to its volume, and start it."""
        self.site.service(store).stop()
        between()
        self.site.start(store)

    def shelf(self) -> Shelf:
        """Return the clone's own copy of the backups; the plant needs the platform for that."""
        return Shelf(self.site, dict(self.origin.shelf.seen), dict(self.origin.shelf.choices))

    def case(self) -> Case:
        """Look at the stores that run, and take of the others what was seen at the origin."""
        origin, site = self.origin, self.site
        # A server that a plant starts again is no restore, however late in the proof that is.
        site.history.ready_seconds = dict(origin.site.history.ready_seconds)
        seen = observe(site, self.running, origin.before, at_backup=False)
        after = Observations()
        after.update(origin.after)
        reasons = dict(seen.unread())
        for probe in probes_of(site.platform):
            if not needs_of(probe) <= set(self.running):
                continue
            observation = seen.get(probe.observation)
            if observation is not None:
                after.put(observation)
            elif probe.observation in reasons:
                after.put_unread(probe.observation, reasons[probe.observation])
        return Case(
            site.ledger,
            site.history,
            origin.before,
            after,
            origin.scenario.terms.objectives,
            dict(origin.site.missing),
            platform=origin.scenario.platform,
        )


def needs_of(probe: Probe[object]) -> set[str]:
    """Return the stores that must run for this probe to see anything."""
    return {probe.store, *probe.beside}


class Workshop:
    """One worker's stack, in which one clone stands at a time."""

    def __init__(self, runtime: Runtime, origin: Origin, logs: Path, opened: list[Stack]) -> None:
        self._origin = origin
        self._stack: Stack = runtime.open(
            f"prove-{secrets.token_hex(4)}", origin.passwords, logs / secrets.token_hex(2)
        )
        opened.append(self._stack)

    def clone(self, stores: Collection[str]) -> Clone:
        """Return a fresh clone in which these stores run.

        Raises: DrillError: a volume could not be copied, or a store did not start.
        """
        origin, stack = self._origin, self._stack
        self.stop()
        site = Site(
            stack,
            origin.site.clock,
            deepcopy(origin.site.ledger),
            stack.directory,
            origin.scenario.platform,
        )
        site.history, site.kept = deepcopy(origin.site.history), origin.site.kept
        # A hub is well only with every store that it uses.
        every = "hub" in stores
        wanted = [store for store in site.present if every or store in stores]
        # A key may lie in the hub's volume.
        for store in {*wanted, "hub"} & {*site.present}:
            origin.frozen[store].thaw(stack.services[store].volume)
        first = [store for store in wanted if store != "hub"]
        if first:
            with ThreadPoolExecutor(max_workers=len(first)) as starters:
                list(starters.map(site.start, first))
        if "hub" in wanted:
            site.start("hub")
        if "platform" in stores:
            copied_backups(origin, site)
            wanted.append("platform")
        site.history.ready_seconds = dict(origin.site.history.ready_seconds)
        return Clone(origin, site, tuple(wanted))

    def stop(self) -> None:
        """Stop whatever runs; its data is of no more use."""
        for service in self._stack.services.values():
            service.kill()

    def close(self) -> None:
        """Remove everything; safe to call twice."""
        with uninterrupted():
            self._stack.close()

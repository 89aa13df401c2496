"""A real NATS server with the platform's streams, to be damaged, and what the checks say of it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import cast

from ours import CHECKS, our_case
from real_servers import Server, site_of

from harness.core.case import Case, NotApplicable
from harness.core.finding import Finding
from harness.core.ledger import Attempt, Outcome
from harness.core.observation import Observations
from harness.core.verdict import Verdict
from harness.kinds import Look
from harness.observations.streams import StreamRows
from harness.platform.fingerprint import vectors
from harness.platforms.made_open import rows
from harness.probes import PROBES
from harness.site import Site

EVENTS = 300
STREAM_CHECKS = [check for check in CHECKS.values() if check.store == "nats"]


@dataclass
class Platform:
    """A seeded NATS server, what was seen of it then, and the means to damage it."""

    server: Server
    site: Site
    directory: Path
    before: Observations

    def restart(self, between: Callable[[], None] = lambda: None) -> None:
        """Stop the server in order, do something to its directory, and start it."""
        self.server.stop()
        between()
        self.server.start(self.site.nats.ready)

    def write(self, first: int, last: int) -> None:
        """Publish events and record them as acknowledged."""
        messages = rows.messages(7, first, last)
        assert all(self.site.nats.publish(messages))
        now_seconds = self.site.clock.now_seconds()
        groups = vectors(first, [message.line for message in messages])
        self.site.ledger.record(
            Attempt("events", first, last, 0, now_seconds, Outcome.ACKNOWLEDGED, groups)
        )

    def until(self, answer: Callable[[], object], expected: object) -> None:
        """Ask until the answer is the expected one."""
        deadline_seconds = time.monotonic() + 10
        while (last := answer()) != expected:
            assert time.monotonic() < deadline_seconds, last
            time.sleep(0.02)

    def look(self) -> StreamRows:
        """Read the streams now."""
        look = Look(self.site, self.site.ledger, self.site.history, self.before)
        seen = PROBES["stream_rows"].observe(look)
        assert isinstance(seen, StreamRows)
        return seen

    def case(self) -> Case:
        """Look at the streams as at the end of a drill."""
        look = Look(self.site, self.site.ledger, self.site.history, self.before)
        after = Observations()
        for probe in ("stream_rows", "stream_live"):
            after.put(PROBES[probe].observe(look))
        return our_case(self.site.ledger, self.site.history, self.before, after)

    def failures(self) -> dict[str, str]:
        """Return the summary of each check that fails now, by its id."""
        found = {f.check: f for f in findings(self.case())}
        assert Verdict.UNVERIFIED not in {f.verdict for f in found.values()}
        return {name: f.summary for name, f in found.items() if f.verdict is Verdict.FAIL}


def findings(case: Case) -> list[Finding]:
    """Return what each stream check finds, those that apply."""
    found = []
    for check in STREAM_CHECKS:
        try:
            found.append(check.judge(check, case))
        except NotApplicable:
            continue
    return found


def seen_at_backup(site: Site) -> Observations:
    """Look at the streams as at a backup."""
    before = Observations()
    look = Look(site, site.ledger, site.history, before)
    before.put(PROBES["stream_rows"].observe(look))
    return before


def seeded(server: Server, directory: Path, **streams: dict[str, object]) -> Platform:
    """Return a platform with 300 events, its consumers part-way, as it is at a backup.

    `streams` are further ones, by name.
    """
    site = site_of(directory, nats=server.at)
    store = directory / "jetstream"
    volume = SimpleNamespace(read=lambda path: (store / path).read_bytes())
    service = cast(SimpleNamespace, site.stack.services["nats"])
    service.volume, service.log = volume, server._log
    found = Platform(server, site, store, Observations())
    site.nats.create()
    found.write(1, EVENTS)
    site.nats.advance_consumers()
    with site.nats.connect() as jetstream:
        for name, config in streams.items():
            jetstream.ask(f"STREAM.CREATE.{name}", {"name": name, **config})
    found.before = seen_at_backup(site)
    return found

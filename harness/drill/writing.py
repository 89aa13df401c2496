"""Write rows and events as acknowledged work: every attempt goes into the ledger."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import pairwise

import psycopg

from harness.core.history import store_of
from harness.core.ledger import GROUP_BITS, Attempt, Outcome
from harness.core.points import HALF
from harness.core.progress import Watcher
from harness.drill.acknowledged import write_made
from harness.drill.reaching import reached
from harness.platform import own_code
from harness.platform.fingerprint import vectors
from harness.platform.rows import RowSource
from harness.site import Site
from harness.stores.postgres import Connection

SEED_BATCH = 4 << GROUP_BITS
"""Rows in one transaction while seeding: whole comparison groups."""

WRITE_BATCH = 100
"""Rows in one transaction of a write step: small enough for outcomes to differ."""


def write(site: Site, table: str, count: int, batch: int, watcher: Watcher) -> None:
    """Write the table's next `count` rows, `batch` in a transaction, and record each attempt.

    What meets a store that the scenario has stopped is refused.
    Raises: DrillError: a store was not to be reached, and not by the scenario's doing.
    """
    if count == 0:
        return
    store, first = store_of(table), site.ledger.next_number(table)
    ranges = list(_ranges(first, first + count - 1, batch))
    if store == "nats":
        attempts = _write_events(site, table, ranges)
    elif table in site.kept:
        attempts = write_made(site, table, ranges)
    else:
        attempts = _write_rows(site, table, ranges)
    for attempt in attempts:
        site.ledger.record(attempt)
        if attempt.outcome is not Outcome.ACKNOWLEDGED:
            site.refuse_gone(store)
        if attempt.table != table:
            continue
        tried = attempt.last - first + 1
        if 2 * tried >= count:
            site.points.reached(HALF)
        if tried + batch >= count:
            site.points.before_the_end()
        watcher.advance(attempt.last - first + 1, count)


def follow(site: Site, counts: Mapping[str, int], first: Mapping[str, int]) -> None:
    """Let the platform's own code carry rows from number `first` of each table on into the other
    stores, as the application would.

    Raises: DrillError: a store does not answer.
    """
    written = own_code.hook(site.platform, "filling", "written")
    if written is not None:
        for table, count in counts.items():
            if count:
                written(site, table, first[table])


def _ranges(first: int, last: int, batch: int) -> Iterator[tuple[int, int]]:
    # Borders lie on multiples of the batch, so that seeding fills whole groups.
    borders = [first, *range((first // batch + 1) * batch, last + 1, batch), last + 1]
    return ((low, high - 1) for low, high in pairwise(borders))


def _write_rows(site: Site, table: str, ranges: list[tuple[int, int]]) -> Iterator[Attempt]:
    source = own_code.sources(site.platform)[table]
    connection: Connection | None = None

    def load(lines: list[str]) -> Outcome:
        nonlocal connection
        if connection is None or connection.closed:
            connection = reached(site, "postgres", site.postgres.connect, opened)
        return _loaded(site, connection, source, lines) if connection else Outcome.REFUSED

    # The next rows are made while the server still takes in the last ones.
    with ExitStack() as opened, ThreadPoolExecutor(max_workers=1) as loader:
        lines = source.lines(site.ledger.random, *ranges[0])
        for here, following in zip(ranges, [*ranges[1:], None], strict=True):
            begun_seconds = site.clock.now_seconds()
            loading = loader.submit(load, lines)
            groups = vectors(here[0], lines)
            if following is not None:
                lines = source.lines(site.ledger.random, *following)
            outcome = loading.result()
            yield Attempt(table, *here, begun_seconds, site.clock.now_seconds(), outcome, groups)


def _loaded(site: Site, connection: Connection, source: RowSource, lines: list[str]) -> Outcome:
    try:
        site.postgres.load(connection, source, lines)
    except psycopg.Error:
        # A broken connection leaves open whether the commit was carried out.
        return Outcome.INDETERMINATE if connection.broken else Outcome.REFUSED
    return Outcome.ACKNOWLEDGED


def _write_events(site: Site, table: str, ranges: list[tuple[int, int]]) -> Iterator[Attempt]:
    made = own_code.messages_of(site.platform)
    for first, last in ranges:
        messages = made(site.ledger.random, first, last)
        begun_seconds = site.clock.now_seconds()
        with ExitStack() as opened:
            jetstream = reached(site, "nats", site.nats.connect, opened)
            outcomes = (
                [
                    Outcome.ACKNOWLEDGED if stored else Outcome.INDETERMINATE
                    for stored in jetstream.publish(messages)
                ]
                if jetstream
                else [Outcome.REFUSED] * len(messages)
            )
        ended_seconds = site.clock.now_seconds()
        for (low, high), outcome in _runs(first, outcomes):
            lines = [message.line for message in messages[low - first : high - first + 1]]
            groups = vectors(low, lines)
            yield Attempt(table, low, high, begun_seconds, ended_seconds, outcome, groups)


def _runs(first: int, outcomes: list[Outcome]) -> Iterator[tuple[tuple[int, int], Outcome]]:
    """Yield runs of consecutive numbers with the same outcome."""
    start = 0
    for at in range(1, len(outcomes) + 1):
        if at == len(outcomes) or outcomes[at] is not outcomes[start]:
            yield (first + start, first + at - 1), outcomes[start]
            start = at

"""A PASS is earned: something was at stake, destroyed, brought back and judged.

Destroyed is what a disaster took, what was deleted, and what a restore found or made empty.
Brought back is what was restored, or rebuilt by the platform itself.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from harness.core.case import Case
from harness.core.check import Check
from harness.core.finding import Finding
from harness.core.history import Takes, store_of
from harness.core.ports import REBUILT
from harness.core.terms import Terms
from harness.core.verdict import Verdict
from harness.observations.cache import CacheEntries
from harness.observations.postgres_tables import Tables
from harness.observations.search import SearchIndexes
from harness.observations.streams import StreamRows


def unearned(
    case: Case, terms: Terms, findings: Sequence[Finding], checks: Mapping[str, Check]
) -> Iterator[str]:
    """Yield each thing that keeps this drill from a PASS though nothing failed."""
    for store in terms.subjects:
        if store in case.missing:
            yield f"{store}, which the scenario is about, cannot run here"
    struck = struck_stores(case)
    if struck and struck <= case.missing.keys():
        yield f"all that was struck cannot run here ({', '.join(sorted(struck))})"
    elif terms.expectation.passes and (lack := _lack(case)):
        yield lack
    judged = {f.store for f in findings if f.verdict is not Verdict.UNVERIFIED}
    for store in sorted(struck - case.missing.keys() - judged):
        yield f"{store} was struck and nothing of it was judged"
    made = {f.check for f in findings if f.verdict is not Verdict.UNVERIFIED}
    # What cannot be read of a store that is not here is a gap of its own.
    made |= {f.check for f in findings if f.store in case.missing}
    claimed = {table for check in checks.values() if check.id in made for table in check.claims}
    for table in case.ledger.tables():
        owed = sum(attempt.rows for attempt in case.history.owed(case.ledger, table))
        if owed and table not in claimed:
            yield f"no check accounts for {owed} owed rows of {table}"


def struck_stores(case: Case) -> set[str]:
    """Return the stores whose data the scenario took, whether or not they run here."""
    return {store for step in case.history.steps for store in step.strikes}


def _lack(case: Case) -> str:
    """Say which of destroyed, brought back and at stake no store has in one; empty if one has."""
    destroyed = _destroyed(case)
    back = [store for store, at_seconds in destroyed.items() if _came_back(case, store, at_seconds)]
    if not destroyed:
        return "nothing was destroyed"
    if not back:
        return f"nothing that was destroyed came back ({', '.join(destroyed)})"
    if not any(_at_stake(case, store) for store in back):
        return f"nothing was at stake in what was destroyed ({', '.join(back)})"
    return ""


def _destroyed(case: Case) -> dict[str, float]:
    """Return when each store was last known to hold nothing, of those that had held something."""
    moments: dict[str, float] = {}
    for proof in case.history.disasters:
        if not proof.doubts() and proof.takes is not Takes.ROOM:
            moments[proof.store] = proof.ended_seconds
    for emptied in case.history.emptied:
        if emptied.entries_before:
            earlier = moments.get(emptied.store, 0.0)
            moments[emptied.store] = max(earlier, emptied.at_seconds)
    return moments


def _came_back(case: Case, store: str, at_seconds: float) -> bool:
    restored = case.history.restored(store)
    if restored is not None and restored.ended_seconds >= at_seconds:
        return True
    struck = case.history.struck(store)
    recovers = store in REBUILT or (struck is not None and struck.takes is Takes.SERVER)
    return recovers and case.history.ready_seconds.get(store, -1.0) >= at_seconds


def _at_stake(case: Case, store: str) -> bool:
    if any(
        store_of(table) == store and case.history.owed(case.ledger, table)
        for table in case.ledger.tables()
    ):
        return True
    # A hub's volume may hold the key without which rows are lost.
    if store == "hub":
        return any(
            store in table.also_in and case.history.owed(case.ledger, table.name)
            for table in case.platform.tables.values()
        )
    holds = _HELD.get(store)
    return holds is not None and holds(case)


def _tables(case: Case) -> bool:
    # Rows that are derived from the ledger's are nothing beside them.
    tables = None if case.platform.derived else case.before.get(Tables)
    return tables is not None and any(table.rows for table in tables.tables.values())


def _messages(case: Case) -> bool:
    streams = case.before.get(StreamRows)
    return streams is not None and any(s.read for s in streams.streams.values())


def _documents(case: Case) -> bool:
    indexes = case.before.get(SearchIndexes)
    return indexes is not None and any(i.documents for i in indexes.indexes.values())


def _keys(case: Case) -> bool:
    cache = case.before.get(CacheEntries)
    return cache is not None and bool(cache.entries)


_HELD: Mapping[str, Callable[[Case], bool]] = {
    "postgres": _tables,
    "nats": _messages,
    "meilisearch": _documents,
    "redis": _keys,
}
"""What was at stake in a store beside the ledger's rows."""

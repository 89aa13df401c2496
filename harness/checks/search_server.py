"""Check that the engine's other indexes, and what is set up for all of it, are as they were."""

from harness.checks._search import canonical, differences, is_kept, tally, with_lost
from harness.core.case import Case, NotApplicable
from harness.core.check import Check
from harness.core.errors import Unread
from harness.core.finding import EXAMPLES_AT_MOST, Finding, named
from harness.observations.search import IndexSeen, SearchIndexes

_INDEXES = ("other index", "other indexes")
_OBJECTS = ("experiment, webhook, chat or rule", "experiments, webhooks, chats and rules")


def _indexes(check: Check, case: Case) -> Finding:
    """Indexes beside the one made from rows are as they were, where they were brought back or never
    lost. An engine that started empty has none: only that one is rebuilt from PostgreSQL.
    """
    before, after = case.before[SearchIndexes], case.after[SearchIndexes]
    declared = str(after.declared["uid"])
    was = {uid: index for uid, index in before.indexes.items() if uid != declared}
    now = {uid: index for uid, index in after.indexes.items() if uid != declared}
    if not was and not now:
        raise NotApplicable(f"there is no index{f' beside {declared}' if declared else ''}")
    # Another platform's own hub has to bring back whatever was not restored.
    kept = is_kept(case.history) or not case.platform.rebuilt
    changed = {uid: _difference(was[uid], now[uid]) for uid in was.keys() & now.keys()}
    doubts = (
        {uid: "lost" for uid in was.keys() - now.keys() if kept}
        | {uid: difference for uid, difference in changed.items() if difference}
        | dict.fromkeys(now.keys() - was.keys(), "unexpected")
    )
    counts = {
        "indexes": len(was),
        "missing": sum(doubt == "lost" for doubt in doubts.values()),
        "changed": sum(bool(difference) for difference in changed.values()),
        "unexpected": len(now.keys() - was.keys()),
    }
    if not doubts:
        if any(not index.digest for index in (*was.values(), *now.values())):
            raise Unread("documents of other indexes were not looked at, by an older release")
        return check.passed(f"search: {with_lost(len(now), len(was), _INDEXES)}", counts=counts)
    uids = sorted(doubts)
    return check.failed(
        f"search: {tally(len(uids), len(was.keys() | now.keys()), _INDEXES, unlike=True)}"
        + named("uids", uids),
        expected="the indexes that there were, with their primary key, settings and documents",
        actual="; ".join(f"{uid}: {doubts[uid]}" for uid in uids[:EXAMPLES_AT_MOST]),
        examples=tuple(uids[:EXAMPLES_AT_MOST]),
        counts=counts,
        cause="the backup is of another moment or engine, or somebody wrote to it",
        next_step="compare the indexes with those that the application uses",
    )


def _difference(was: IndexSeen, now: IndexSeen) -> str:
    if was.primary_key != now.primary_key:
        return f"primary key {now.primary_key}, was {was.primary_key}"
    if settings := sorted(differences(was.settings, now.settings)):
        return f"other settings{named('', settings)}"
    if was.documents != now.documents:
        return f"{now.documents} documents, were {was.documents}"
    return "other documents" if was.digest != now.digest else ""


def _server(check: Check, case: Case) -> Finding:
    """Experiments, webhooks, network, chats and rules are as they were; in an engine that started
    empty there are none that there were not.
    """
    was, now = case.before[SearchIndexes].set_up, case.after[SearchIndexes].set_up
    if was is None or now is None:
        raise Unread("what is set up was not looked at, by an older release")
    missing = sorted(was.keys() - now.keys()) if is_kept(case.history) else []
    changed = sorted(name for name in was.keys() & now.keys() if was[name] != now[name])
    unexpected = sorted(now.keys() - was.keys())
    counts = {
        "objects": len(was),
        "missing": len(missing),
        "changed": len(changed),
        "unexpected": len(unexpected),
    }
    differing = sorted(missing + changed + unexpected)
    if not differing:
        if not was:
            return check.passed(f"search: no {_OBJECTS[0]} is set up, nor was", counts=counts)
        return check.passed(f"search: {with_lost(len(now), len(was), _OBJECTS)}", counts=counts)
    return check.failed(
        f"search: {tally(len(differing), len(was.keys() | now.keys()), _OBJECTS, unlike=True)}"
        + named("namely", differing),
        expected=canonical({name: was.get(name) for name in differing[:EXAMPLES_AT_MOST]}),
        actual=canonical({name: now.get(name) for name in differing[:EXAMPLES_AT_MOST]}),
        examples=tuple(differing[:EXAMPLES_AT_MOST]),
        counts=counts,
        cause="the backup is of another moment or engine, or somebody set them up",
        next_step="set them up again; remove a webhook that nobody knows, it is told every change",
    )


CHECKS = (
    Check(
        "search_indexes",
        "meilisearch",
        "other indexes lost, changed or made",
        _indexes,
        since="0.2.0",
    ),
    Check(
        "search_server",
        "meilisearch",
        "experiments, webhooks, network, chats or rules of the engine changed",
        _server,
        since="0.2.0",
    ),
)

"""Check that search agrees with PostgreSQL, is set up as declared, and finds what it must."""

from collections.abc import Mapping
from typing import Any

from harness.core.case import Case, NotApplicable
from harness.core.check import Check
from harness.core.finding import Finding, named
from harness.observations.search import SEARCH_KEY, IndexSeen, SearchDocuments, SearchIndexes

_DEFAULT_KEYS = ("Default Admin API Key", SEARCH_KEY)
_UNORDERED = frozenset({"filterableAttributes", "sortableAttributes", "stopWords"})


def _documents(check: Check, case: Case) -> Finding:
    seen = case.after[SearchDocuments]
    doubts = {
        "missing": seen.missing,
        "unlike their row": seen.altered,
        "newer than their row": seen.newer,
        "without a row": seen.extra,
    }
    differing = sum(numbers.count for numbers in doubts.values())
    if not differing:
        return check.passed(f"search: all {seen.rows} contacts are indexed as their rows are")
    numbers = sorted(n for found in doubts.values() for n in found.examples)
    return check.failed(
        f"search: {differing} of {seen.rows} contacts differ from PostgreSQL"
        + _named(numbers, differing),
        expected=f"{seen.rows} documents, each as its row makes it",
        actual=f"{seen.documents} documents; "
        + "; ".join(
            f"{found.count} {what}" + _named(found.examples, found.count)
            for what, found in doubts.items()
            if found.count
        ),
        examples=tuple(str(number) for number in numbers[:10]),
        counts={"rows": seen.rows, "documents": seen.documents, "differing": differing},
        cause="the index survived or came back from another moment; only an empty one is rebuilt",
        next_step="delete the index and start the hub again, which rebuilds it",
    )


def _named(numbers: list[int], of: int) -> str:
    return named("numbers", [str(number) for number in numbers], of)


def _settings(check: Check, case: Case) -> Finding:
    seen = case.after[SearchIndexes]
    uid, settings = str(seen.declared["uid"]), seen.declared["settings"]
    index = seen.indexes.get(uid)
    if index is None:
        return check.failed(
            f"search: the index {uid} does not exist",
            expected=f"an index {uid}",
            actual=f"indexes: {', '.join(sorted(seen.indexes)) or 'none'}",
            examples=(uid,),
            cause="nothing rebuilt it",
            next_step="start the hub, which creates it",
        )
    differing = _differing(index, seen.declared["primaryKey"], settings)
    if not differing:
        return check.passed(f"search: {len(settings) + 1} of {len(settings) + 1} settings hold")
    return check.failed(
        f"search: {len(differing)} of {len(settings) + 1} settings differ"
        + named("namely", sorted(differing)),
        expected="; ".join(f"{name}: {pair[0]}" for name, pair in sorted(differing.items())),
        actual="; ".join(f"{name}: {pair[1]}" for name, pair in sorted(differing.items())),
        examples=tuple(sorted(differing)),
        counts={"settings": len(settings) + 1, "differing": len(differing)},
        cause="the index was created by the first document, not by the application",
        next_step="apply the declared settings and index again",
    )


def _differing(
    index: IndexSeen, primary_key: str, declared: Mapping[str, Any]
) -> dict[str, tuple[Any, Any]]:
    pairs = {name: (value, index.settings.get(name)) for name, value in declared.items()}
    pairs["primaryKey"] = (primary_key, index.primary_key)
    return {name: pair for name, pair in pairs.items() if not _same(name, *pair)}


def _same(name: str, declared: Any, actual: Any) -> bool:
    if name in _UNORDERED and isinstance(actual, list):
        return sorted(declared) == sorted(actual, key=str)
    return bool(declared == actual)


def _keys(check: Check, case: Case) -> Finding:
    after = case.after[SearchIndexes].keys
    restored, struck = case.history.restored("meilisearch"), case.history.struck("meilisearch")
    kept = restored.method != "none" if restored else struck is None
    if kept and any(artefact.store == "meilisearch" for artefact in case.history.artefacts):
        before = case.before[SearchIndexes].keys
        lost = sorted(uid for uid in before if uid not in after)
        dead = sorted(uid for uid in before if uid in after and before[uid] != after[uid])
        if not lost and not dead:
            return check.passed(f"search: all {len(before)} API keys are as they were")
        return check.failed(
            f"search: {len(lost) + len(dead)} of {len(before)} API keys no longer work"
            + named("uids", lost + dead),
            expected="every key with the secret it had at the backup",
            actual=f"{len(lost)} lost, {len(dead)} with another secret",
            examples=tuple((lost + dead)[:10]),
            counts={"keys": len(before), "lost": len(lost), "dead": len(dead)},
            cause="keys are derived from the master key: another one makes them all invalid",
            next_step="start Meilisearch with the master key of the backup",
        )
    names = {key.name for key in after.values()}
    absent = [name for name in _DEFAULT_KEYS if name not in names]
    if not absent:
        return check.passed(
            f"search: {len(_DEFAULT_KEYS)} of {len(_DEFAULT_KEYS)} default keys exist"
        )
    return check.failed(
        f"search: {len(absent)} of {len(_DEFAULT_KEYS)} default keys are missing"
        + named("namely", absent),
        expected=", ".join(_DEFAULT_KEYS),
        actual=", ".join(sorted(names)) or "no keys",
        examples=tuple(absent),
        cause="the server runs without a master key, or the keys were deleted",
        next_step="create the keys that the application uses",
    )


def _finds(check: Check, case: Case) -> Finding:
    seen = case.after[SearchDocuments]
    if seen.canary is None:
        raise NotApplicable("there is no contact to search for")
    if seen.canary in seen.found:
        return check.passed(f"search: contact {seen.canary} is found with the search key")
    return check.failed(
        f"search: contact {seen.canary} is not found by its address",
        expected=f"contact {seen.canary}",
        actual=f"{len(seen.found)} hits" + named("numbers", [str(n) for n in seen.found]),
        examples=(str(seen.canary),),
        cause="the index is empty, or its searchable attributes are others",
        next_step="rebuild the index",
    )


CHECKS = (
    Check(
        "search_documents", "meilisearch", "a search index that contradicts its rows", _documents
    ),
    Check("search_settings", "meilisearch", "an index that lost its settings", _settings),
    Check("search_keys", "meilisearch", "API keys lost or dead", _keys),
    Check("search_finds", "meilisearch", "a search that finds nothing", _finds),
)

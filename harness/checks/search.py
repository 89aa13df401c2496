"""Check that the index made from rows is set up as declared, and that the API keys came back."""

from collections import Counter
from collections.abc import Mapping

from harness.checks._search import canonical, differences, is_kept, tally
from harness.core.case import Case
from harness.core.check import Check
from harness.core.errors import Unread
from harness.core.finding import EXAMPLES_AT_MOST, Finding, named
from harness.observations.search import SEARCH_KEY, KeySeen, SearchIndexes

_KEY_NOUNS = ("API key", "API keys")
_DEFAULT_KEYS = ("Default Admin API Key", SEARCH_KEY)

Keys = Mapping[str, KeySeen]


def _settings(check: Check, case: Case) -> Finding:
    """Every setting is as the application declares it; what it leaves open is as it was before."""
    before, seen = case.before.get(SearchIndexes), case.after[SearchIndexes]
    uid = str(seen.declared["uid"])
    index = seen.indexes.get(uid)
    was = before.indexes.get(uid) if before else None
    if index is None:
        return check.failed(
            f"search: the index {uid} does not exist",
            expected=f"an index {uid}",
            actual=f"indexes: {', '.join(sorted(seen.indexes)) or 'none'}",
            examples=(uid,),
            counts={"missing": 1},
            cause="nothing rebuilt it",
            next_step="start the hub, which creates it",
        )
    expected = (was.settings if was else {}) | seen.declared["settings"]
    actual = index.settings if was else {name: index.settings.get(name) for name in expected}
    differing = differences(
        expected | {"primaryKey": seen.declared["primaryKey"]},
        actual | {"primaryKey": index.primary_key},
    )
    total = len(expected) + 1
    counts = {"settings": total, "differing": len(differing)}
    if not differing:
        # What the application leaves open cannot be judged where nothing was seen before.
        case.before[SearchIndexes]
        return check.passed(f"search: all {total} settings hold", counts=counts)
    return check.failed(
        f"search: {len(differing)} of {total} settings differ" + named("namely", sorted(differing)),
        expected="; ".join(f"{name}: {pair[0]}" for name, pair in sorted(differing.items())),
        actual="; ".join(f"{name}: {pair[1]}" for name, pair in sorted(differing.items())),
        examples=tuple(sorted(differing)),
        counts=counts,
        cause="the index was created by the first document, not by the application, or changed",
        next_step="apply the declared settings and index again",
    )


def _keys(check: Check, case: Case) -> Finding:
    """Keys that were brought back, or never lost, are as they were. An engine that started empty
    made the usual ones anew, and has no others than there were, by what they may do.
    """
    after = case.after[SearchIndexes].keys
    if is_kept(case.history):
        return _same_keys(check, case.before[SearchIndexes].keys, after)
    names = {key.name for key in after.values()}
    absent = [name for name in _DEFAULT_KEYS if name not in names]
    if absent:
        return check.failed(
            f"search: {len(absent)} of {len(_DEFAULT_KEYS)} default keys"
            f" {'is' if len(absent) == 1 else 'are'} missing" + named("namely", absent),
            expected=", ".join(_DEFAULT_KEYS),
            actual=", ".join(sorted(names)) or "no keys",
            examples=tuple(absent),
            counts={"keys": len(after), "missing": len(absent)},
            cause="the server runs without a master key, or the keys were deleted",
            next_step="create the keys that the application uses",
        )
    before = case.before[SearchIndexes].keys
    allowed = Counter(canonical(key.fields) for key in before.values())
    unexpected = []
    for uid in sorted(after):
        allowed[canonical(after[uid].fields)] -= 1
        if allowed[canonical(after[uid].fields)] < 0:
            unexpected.append(uid)
    counts = {"keys": len(after), "unexpected": len(unexpected)}
    if unexpected:
        shown = tuple(unexpected[:EXAMPLES_AT_MOST])
        return check.failed(
            f"search: {len(unexpected)} of {len(after)} {_KEY_NOUNS[len(after) != 1]}"
            f" {'is' if len(unexpected) == 1 else 'are'} unexpected" + named("uids", unexpected),
            expected="the default keys, and such as there were before",
            actual="; ".join(f"{uid}: {after[uid].name or 'no name'}" for uid in shown),
            examples=shown,
            counts=counts,
            cause="somebody made them, or changed what a default key may do",
            next_step="delete what nobody knows: each is a way in",
        )
    _require_fields(before, after)
    return check.passed(
        f"search: {len(_DEFAULT_KEYS)} of {len(_DEFAULT_KEYS)} default keys exist", counts=counts
    )


def _same_keys(check: Check, before: Keys, after: Keys) -> Finding:
    both = before.keys() & after.keys()
    dead = {uid for uid in both if before[uid].digest != after[uid].digest}
    doubts = {
        "lost": before.keys() - after.keys(),
        "with another secret": dead,
        "with other rights": {
            uid for uid in both if canonical(before[uid].fields) != canonical(after[uid].fields)
        },
        "unexpected": after.keys() - before.keys(),
    }
    names = ("lost", "dead", "changed", "unexpected")
    counts = {"keys": len(before)} | {
        name: len(found) for name, found in zip(names, doubts.values(), strict=True)
    }
    differing = sorted(set().union(*doubts.values()))
    if not differing:
        _require_fields(before, after)
        told = tally(len(before), len(before), _KEY_NOUNS)
        return check.passed(f"search: {told}", counts=counts)
    return check.failed(
        f"search: {tally(len(differing), len({*before, *after}), _KEY_NOUNS, unlike=True)}"
        + named("uids", differing),
        expected="every key with the secret and the rights it had at the backup, and no other",
        actual=", ".join(f"{len(found)} {what}" for what, found in doubts.items() if found),
        examples=tuple(differing[:EXAMPLES_AT_MOST]),
        counts=counts,
        cause="keys are derived from the master key: another one makes them all invalid"
        if dead
        else "the backup is of another moment, or somebody made, changed or deleted keys",
        next_step="start Meilisearch with the master key of the backup"
        if dead
        else "compare the keys with those that the application uses",
    )


def _require_fields(*several: Keys) -> None:
    if any(not key.fields for keys in several for key in keys.values()):
        raise Unread("what the keys may do was not looked at, by an older release")


CHECKS = (
    Check(
        "search_settings",
        "meilisearch",
        "an index that lost its settings",
        _settings,
        of="rebuilt",
    ),
    Check("search_keys", "meilisearch", "API keys lost or dead", _keys),
)

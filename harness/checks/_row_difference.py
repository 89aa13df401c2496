"""How the rows of one table differ between two looks, by key where they were kept by key."""

from dataclasses import dataclass

from harness.core.finding import named
from harness.core.ledger import Vector
from harness.observations.postgres_tables import Apart, TableContents


@dataclass(frozen=True, slots=True)
class Difference:
    """How many rows were lost, unexpected, altered or duplicated, and the same in words."""

    counts: dict[str, int]
    text: str


def differs(before: TableContents, after: TableContents | None) -> bool:
    """Tell whether the table holds other rows than before; None stands for no such table."""
    if after is None:
        return bool(before.rows)
    if not after.is_populated or not before.is_populated:
        # Being populated is a property of the view's, judged with its definition.
        return False
    # pg_dump holds no rows of a materialized view: its restore runs the query again.
    if after.groups in (before.groups, after.fresh):
        return False
    # By another key the same rows fall into other groups; a key that was lost is no lost row.
    then, now = before.total, after.total
    return before.key == after.key or (then.rows, then.digest) != (now.rows, now.digest)


def difference(
    before: TableContents, after: TableContents | None, apart: Apart | None = None
) -> Difference:
    """Tell the rows apart: as they were named one by one (`apart`), else by the fingerprints of
    their keys, else as far as the sums of their groups do.
    """
    if after is None:
        return Difference({"lost": before.rows}, "the table is missing")
    if apart:
        return _told(after, {what: (n, list(names)) for what, (n, names) in apart.items()}, "")
    if before.key != after.key:
        return _told(after, _by_sums([(before.total, after.total)]), "at least")
    if before.by_key is not None and after.by_key is not None:
        found = _by_key(before.by_key, after.by_key)
        return _told(after, {w: (n, _known(after, keys)) for w, (n, keys) in found.items()}, "")
    groups = sorted(before.groups.keys() | after.groups.keys())
    pairs = [(before.groups.get(g, Vector()), after.groups.get(g, Vector())) for g in groups]
    found = _by_sums(pairs)
    if len(before.key) == 1:
        found["lost"][1].extend(_singles(pairs, fewer=1))
        found["unexpected"][1].extend(_singles(pairs, fewer=-1))
        found["altered"][1].extend(_altered(before, after))
    return _told(after, found, "at least")


_Found = dict[str, tuple[int, list[str]]]
"""How many rows, and the keys that are known, by what became of them."""


def _by_key(was: dict[str, int], now: dict[str, int]) -> _Found:
    lost = [key for key in was if key not in now]
    unexpected = [key for key in now if key not in was]
    other = [key for key in was if key in now and was[key] != now[key]]
    # Without its key the table may hold the same row again: its fingerprint is there twice.
    copies = {key: now[key] // was[key] for key in other if was[key] and not now[key] % was[key]}
    duplicated = {key: times - 1 for key, times in copies.items() if times > 1}
    altered = [key for key in other if key not in duplicated]
    return {
        "lost": (len(lost), lost),
        "unexpected": (len(unexpected), unexpected),
        "altered": (len(altered), altered),
        "duplicated": (sum(duplicated.values()), list(duplicated)),
    }


def _known(after: TableContents, keys: list[str]) -> list[str]:
    """Return the keys that were kept as they are: of a row that is gone only its fingerprint is."""
    return [after.names.get(k, k) for k in keys if k in after.names or not k.startswith("#")]


def _by_sums(pairs: list[tuple[Vector, Vector]]) -> _Found:
    altered = sum(was.rows == now.rows and was.digest != now.digest for was, now in pairs)
    return {
        "lost": (sum(max(0, was.rows - now.rows) for was, now in pairs), []),
        "unexpected": (sum(max(0, now.rows - was.rows) for was, now in pairs), []),
        "altered": (altered, []),
    }


def _singles(pairs: list[tuple[Vector, Vector]], *, fewer: int) -> list[str]:
    """Name the rows of the groups that have one row fewer or more: the sums differ by its key."""
    return [
        str(abs(was.keys - now.keys))
        for was, now in pairs
        if was.rows - now.rows == fewer and was.keys != now.keys
    ]


def _altered(before: TableContents, after: TableContents) -> list[str]:
    """Name the rows of the groups in which one was altered: its key is the ratio of two sums."""
    named_ones = []
    for group in sorted(before.weighed.keys() & after.weighed.keys()):
        was, now = before.groups[group], after.groups[group]
        by_digest = now.digest - was.digest
        by_weight = after.weighed[group] - before.weighed[group]
        is_same_keys = (was.rows, was.keys) == (now.rows, now.keys)
        if is_same_keys and by_digest and by_weight % by_digest == 0:
            named_ones.append(str(by_weight // by_digest))
    return named_ones


def _told(after: TableContents, found: _Found, about_altered: str) -> Difference:
    parts = []
    for word, (count, keys) in found.items():
        if count:
            few = f"{about_altered} " if word == "altered" and about_altered else ""
            parts.append(f"{few}{count} {word}{named(', '.join(after.key), keys, count)}")
    counts = {word: count for word, (count, _) in found.items()}
    return Difference(counts, f"{after.rows} rows; {', '.join(parts)}")

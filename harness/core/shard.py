"""Drills shared out among machines, by how long each took before."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median

from harness.core.errors import UsageError
from harness.core.writing import shown

_NAMED = re.compile(r"([0-9]{1,4})/([0-9]{1,4})")
_UNKNOWN_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Shard:
    """The `number`th of so many shards."""

    number: int
    of: int

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"


def shard_of(text: str) -> Shard:
    """Read `2/4`. Raises: UsageError: there is no such shard."""
    found = _NAMED.fullmatch(text)
    if found and 1 <= int(found[1]) <= int(found[2]):
        return Shard(int(found[1]), int(found[2]))
    raise UsageError(f"--shard: {shown(text)} is no shard", "Write which of how many: --shard 2/4.")


def share(slugs: Iterable[str], expected: Mapping[str, float], shard: Shard) -> set[str]:
    """Return the drills of a shard: the longest first, each to the shard with the least to do.

    A drill that was never played is taken for a middling one. Machines that know the same times
    come to the same shares, which hold each drill once.
    """
    unknown_seconds = median(expected.values()) if expected else _UNKNOWN_SECONDS
    seconds = {slug: expected.get(slug, unknown_seconds) for slug in slugs}
    busy_seconds = [0.0] * shard.of
    found: set[str] = set()
    for slug in sorted(seconds, key=lambda slug: (-seconds[slug], slug)):
        least = busy_seconds.index(min(busy_seconds))
        busy_seconds[least] += seconds[slug]
        if least == shard.number - 1:
            found.add(slug)
    return found

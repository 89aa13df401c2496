"""What is played, and in which order: the same seed gives the same schedule."""

from collections.abc import Iterator, Sequence
from random import Random

from harness.explore.composing import MORE_ROWS, composed, drafted
from harness.explore.draft import Draft
from harness.explore.ground import Ground, Meeting
from harness.explore.stand import Stand


def schedule(grounds: Sequence[Ground], random: int) -> Iterator[Draft]:
    """Yield timelines without end, none twice: a meeting by itself and a composed one in turn, and
    composed ones alone when everything has met. The first of `grounds` is where all meet.
    """
    first = grounds[0]
    meetings = list(first.meetings())
    Random(random).shuffle(meetings)  # noqa: S311 - a schedule is no secret
    seen: set[str] = set()
    for draft in _composed(grounds, random):
        if meetings:
            yield met(first, meetings.pop(), random)
        if draft.key not in seen:
            seen.add(draft.key)
            yield draft


def met(ground: Ground, meeting: Meeting, random: int) -> Draft:
    """Return the plainest timeline of a meeting: backup, rows after it, strike, way back."""
    stand = Stand(ground)
    stand.backup({meeting.store: ground.method(meeting.method, None)})
    if stand.writable:
        stand.write(dict.fromkeys(stand.writable, MORE_ROWS[0]))
    stand.end(meeting, lambda values: values[0])
    return drafted(stand, random)


def _composed(grounds: Sequence[Ground], random: int) -> Iterator[Draft]:
    part = 0
    while True:
        yield from composed(grounds, random, part)
        part += 1

"""An order in which tables can be filled: those that are referred to come first."""

from collections.abc import Iterable, Sequence

Reference = tuple[str, str, bool]
"""A table, the one it refers to, and whether it must."""


def in_order(tables: Sequence[str], references: Iterable[Reference]) -> list[str]:
    """Return the tables so that each comes after those it refers to. Where references lead in a
    circle, those that may be empty give way, and of the others the first by name.
    """
    known = set(tables)
    needs: dict[tuple[str, str], bool] = {}
    for a, b, must in references:
        if {a, b} <= known and a != b:
            needs[a, b] = must or needs.get((a, b), False)
    ordered: list[str] = []
    waiting = list(tables)
    while waiting:
        left = set(waiting)
        pending: dict[str, list[bool]] = {name: [] for name in waiting}
        for (a, b), must in needs.items():
            if {a, b} <= left:
                pending[a].append(must)
        free = next((name for name in waiting if not pending[name]), None)
        free = free or next((name for name in waiting if not any(pending[name])), waiting[0])
        ordered.append(free)
        waiting.remove(free)
    return ordered


def circle_of(table: str, references: Iterable[Reference]) -> list[str]:
    """Return the tables of a circle that a table must be in, itself first: no order fills them.

    Empty where there is none.
    """
    needs: dict[str, list[str]] = {}
    for a, b, must in references:
        if must and a != b:
            needs.setdefault(a, []).append(b)
    ways = [[table]]
    seen: set[str] = set()
    for way in ways:
        for other in needs.get(way[-1], []):
            if other == table:
                return way
            if other not in seen:
                seen.add(other)
                ways.append([*way, other])
    return []

"""A table of a page: a caption, named columns, and rows of text."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """How a column is set: the first of a row is its heading, numbers align, code may break."""

    HEADING = "heading"
    TEXT = "text"
    NUMBER = "number"
    CODE = "code"
    STANDING = "standing"


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `title` is repeated beside the cell where the screen is narrow."""

    title: str
    kind: Kind = Kind.TEXT


@dataclass(frozen=True, slots=True)
class Table:
    """Rows have one cell a column. A table without rows shows `empty` instead."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    empty: str = "None."


def columns(**kinds: Kind) -> tuple[Column, ...]:
    """Return columns from keywords: `size=Kind.NUMBER` is titled `Size`; `_` stands for a space."""
    titles = {name: name.replace("_", " ") for name in kinds}
    return tuple(
        Column(titles[name][0].upper() + titles[name][1:], kind) for name, kind in kinds.items()
    )

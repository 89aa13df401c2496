"""A problem is one line: file, line, place, what is wrong, and what would be right."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from harness.core.errors import UsageError
from harness.core.paths import from_here
from harness.core.writing import shown as shown_as

Loc = tuple[str | int, ...]
"""A place in a file: keys and positions, from the outside in."""

_SHOWN_AT_MOST = 60
_COMPARED_AT_MOST = 80
_CLOSE = 0.65
_PLAIN_KEY = re.compile(r"[A-Za-z_][\w-]*", re.ASCII)


class ScenarioErrors(UsageError):
    """Everything that is wrong with one or more scenario files, one line each, in `problems`."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


def shown(value: object) -> str:
    """Return a value as a message shows it: on one line, and not longer than a reader needs."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, bool):
        return str(value).lower()
    text = repr(value)
    return text if len(text) <= _SHOWN_AT_MOST else f"{text[:_SHOWN_AT_MOST]}…"


def place(loc: Loc) -> str:
    """Return a place as `timeline[2].disaster`; nothing for the file itself."""
    text = ""
    for part in loc:
        if isinstance(part, int):
            text += f"[{part}]"
        elif _PLAIN_KEY.fullmatch(part) and len(part) <= _SHOWN_AT_MOST:
            text += f".{part}" if text else part
        else:
            text += f"[{shown(part)}]"
    return text


def suggestion(value: object, valid: Sequence[str]) -> str:
    """Return `Did you mean 'x'? Valid: x, y`; the question only when something is close."""
    text = value[:_COMPARED_AT_MOST].lower() if isinstance(value, str) and value else "\0"
    begun = [name for name in valid if name.startswith(text)]
    close = begun or get_close_matches(text, valid, n=1, cutoff=_CLOSE)
    question = f"Did you mean {close[0]!r}? " if close else ""
    return f"{question}Valid: {', '.join(valid) or 'none'}"


def unknown(value: object, valid: Sequence[str]) -> str:
    """Return what to say about a value that is none of the valid ones."""
    return f"{shown(value)} is unknown. {suggestion(value, valid)}"


def unknown_key(key: str, valid: Sequence[str]) -> str:
    """Return what to say about a key that is none of the valid ones."""
    return f"key {shown(key)} is unknown. {suggestion(key, valid)}"


@dataclass(slots=True)
class Problems:
    """What was found so far. `lines` maps places to lines, counted from 1."""

    lines: Mapping[Loc, int] = field(default_factory=dict)
    _found: dict[Loc, list[tuple[int, str, str]]] = field(default_factory=dict)

    def add(self, loc: Loc, text: str, *, at: Loc | None = None, line: int | None = None) -> None:
        """Report a problem of a place; `at` and `line` are printed where they are others."""
        where = place(loc if at is None else at)
        self._found.setdefault(loc, []).append((line or self.line(loc), where, text))

    def has(self, loc: Loc) -> bool:
        """Tell whether this very place has a problem already."""
        return loc in self._found

    def line(self, loc: Loc) -> int:
        """Return the line of a place, or of the nearest place around it."""
        while loc and loc not in self.lines:
            loc = loc[:-1]
        return self.lines.get(loc, 1)

    def raise_any(self, path: Path | str) -> None:
        """Raise ScenarioErrors with all problems, in the order of the file, if there are any.

        A text stands for a path where there is no file.
        """
        found = sorted(
            (problem for problems in self._found.values() for problem in problems),
            key=lambda problem: problem[0],
        )
        if found:
            name = path if isinstance(path, str) else shown_path(path)
            raise ScenarioErrors(
                f"{name}:{line}: {f'{where}: ' if where else ''}{text}"
                for line, where, text in found
            )


def shown_path(path: Path) -> str:
    """Return a path as a message shows it: from here, on one line."""
    return shown_as(from_here(path))

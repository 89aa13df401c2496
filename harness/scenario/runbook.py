"""The shell blocks of one section of a Markdown file, as they are written.

Source: CommonMark 0.31, "ATX headings" and "Fenced code blocks".
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

SHELLS = {"": "sh", "sh": "sh", "shell": "sh", "bash": "bash"}
"""The program for each language that a shell block may be marked with."""

_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*")
_FENCE = re.compile(r"([ \t]*)(`{3,}|~{3,})[ \t]*([\w+-]*)[^`]*")


@dataclass(frozen=True, slots=True)
class Fenced:
    """One block: the line of the file that it begins in, its program, and its lines."""

    line: int
    shell: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """One heading and the shell blocks below it, those of the headings below it too."""

    title: str
    depth: int
    blocks: list[Fenced]


def sections(text: str) -> list[Section]:
    """Return the sections of a Markdown text, in its order."""
    found: list[Section] = []
    open_: list[Section] = []
    for item in _items(text):
        if isinstance(item, Section):
            open_ = [section for section in open_ if section.depth < item.depth]
            open_.append(item)
            found.append(item)
            continue
        for section in open_:
            section.blocks.append(item)
    return found


def _items(text: str) -> Iterator[Section | Fenced]:
    fence, indent, begun, language = "", "", 0, ""
    held: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        if fence:
            if _closes(line, fence):
                if language in SHELLS:
                    yield Fenced(begun, SHELLS[language], tuple(held))
                fence = ""
            else:
                held.append(line.removeprefix(indent))
        elif opened := _FENCE.fullmatch(line):
            indent, fence, language = opened[1], opened[2], opened[3].lower()
            begun, held = number + 1, []
        elif heading := _HEADING.fullmatch(line):
            yield Section(heading[2].strip(), len(heading[1]), [])


def _closes(line: str, fence: str) -> bool:
    bare = line.strip()
    return len(bare) >= len(fence) and set(bare) == {fence[0]}

"""YAML text becomes the parser's events, or the line where it stops making sense and why.

Its size, its depth and the number of its values are bounded, so that no text costs more than a
moment: the parser needs time that grows with the square of some of them.
"""

import errno
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import CollectionEndEvent, CollectionStartEvent

from harness.core import reading

NOT_TEXT = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
"""Characters no scenario holds: controls, half pairs, and line ends that editors do not count."""

BYTES_AT_MOST = 128 * 1024
DEPTH_AT_MOST = 32
VALUES_AT_MOST = 10_000

_MEANT = {
    r"'\t'": "a tab begins a token. Indent with spaces",
    "mapping values are not allowed": "a ':' too many, or a line too far to the right."
    " Put text that holds ': ' in quotes",
    "cannot start any token": "a sign that begins no value. Put text that begins with it in quotes",
}


class Unreadable(Exception):
    """The text stops making sense at a line, counted from 1; what follows cannot be judged.

    A file that is no text at all stops at line 0.
    """

    def __init__(self, line: int, text: str) -> None:
        super().__init__(text)
        self.line = line
        self.text = text


def read(path: Path) -> bytes:
    """Return what a regular file holds, however it is named; waits for nothing.

    Raises: Unreadable: it is larger than any such file. OSError, ValueError: it cannot be read.
    """
    if path.exists() and not path.is_file():
        raise Unreadable(0, "this is not a regular file")
    try:
        return reading.content(path, BYTES_AT_MOST)
    except OSError as error:
        if error.errno == errno.EFBIG:
            raise Unreadable(0, str(error.strerror)) from None
        raise


def decoded(content: bytes) -> str:
    """Return the text of a file. Raises: Unreadable: it is not UTF-8."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        what = f"byte 0x{content[error.start]:02x} is not UTF-8. Save the file as UTF-8"
        raise Unreadable(line, what) from None


def events(text: str) -> Iterator[Any]:
    """Yield the events of a text. Raises: Unreadable: it is not YAML, or too deep or too long."""
    depth = 0
    for number, event in enumerate(_events(text)):
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        if depth > DEPTH_AT_MOST:
            line = event.start_mark.line + 1
            raise Unreadable(line, f"nested more than {DEPTH_AT_MOST} levels deep")
        if number > VALUES_AT_MOST:
            line = event.start_mark.line + 1
            raise Unreadable(line, f"more than {VALUES_AT_MOST:,} values stand before this line")
        yield event


def _events(text: str) -> Iterator[Any]:
    if found := NOT_TEXT.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise Unreadable(line, f"character U+{ord(found[0]):04X} is not text. Remove it")
    line = 1
    try:
        # The pure parser is one state machine: deep nesting costs no recursion here.
        for event in YAML(typ="safe", pure=True).parse(text):
            line = event.start_mark.line + 1
            yield event
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise Unreadable(line if mark is None else mark.line + 1, _reason(error)) from None
    except YAMLError as error:
        raise Unreadable(line, f"not YAML: {' '.join(str(error).split())}") from None
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        # The parser lets a few of its own slips through, as for the escape "\UFFFFFFFF".
        raise Unreadable(line, "not YAML: an escape or a directive is malformed") from None


def _reason(error: MarkedYAMLError) -> str:
    problem = " ".join((error.problem or error.context or "it cannot be read").split())
    for said, meant in _MEANT.items():
        if said in problem:
            return f"not YAML: {meant}"
    if not error.problem or not error.context or error.context_mark is None:
        return f"not YAML: {problem}"
    return (
        f"not YAML: {problem} ({error.context} that begins in line {error.context_mark.line + 1})"
    )

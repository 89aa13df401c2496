"""What is printed: as it is, on a stream that may be closed, end early, be full, or know no `✓`.

What cannot be printed stops nothing: a drill's evidence says it too. It is told once, on the
other stream, and commands that only tell something ask for it (`require_told`).
"""

import codecs
import os
import re
import sys
from typing import Any, TextIO, cast

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from harness.core.errors import DrillError
from harness.core.writing import reason

# What "?" would say in place of "✓" is UNVERIFIED.
_PLAINER = {"✓": "+", "✗": "x", "▶": ">", "…": "...", "–": "-", "—": "-", "→": "->", "·": "*"}  # noqa: RUF001 - each is meant
_ERRORS = "drill-plainer"

_HANGING = 2
_WIDTH_AT_LEAST = 20


class Stream:
    """A standard stream that swallows what its other end does not take."""

    def __init__(self, stream: TextIO, descriptor: int) -> None:
        self._stream = stream
        self._descriptor = descriptor
        self.lost = ""

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write, or remember why that was not possible."""
        try:
            return self._stream.write(text)
        except OSError as error:
            self._lose(error)
        return len(text)

    def flush(self) -> None:
        """Flush, likewise."""
        try:
            self._stream.flush()
        except OSError as error:
            self._lose(error)

    def _lose(self, error: OSError) -> None:
        # What is still in a buffer is written at the end, and would change the exit status.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self._descriptor)
        os.close(nowhere)
        if not isinstance(error, BrokenPipeError) and not self.lost:
            self.lost = f"the output could not be written: {reason(error)}"


def standard(name: str, descriptor: int) -> TextIO:
    """Return `sys.stdout` or `sys.stderr` as a stream that always takes text."""
    stream = getattr(sys, name)
    if stream is None:
        _open_nowhere(descriptor)
        # Open as long as the process is: what is opened later must not take its number.
        stream = open(descriptor, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
        setattr(sys, f"__{name}__", stream)
    if hasattr(stream, "reconfigure"):
        codecs.register_error(_ERRORS, _plainer)
        stream.reconfigure(errors=_ERRORS)
    return cast("TextIO", Stream(stream, descriptor))


class Wordwise(Console):
    """A console that breaks lines where words end on a terminal, and nowhere else."""

    def print(self, *objects: Any, **options: Any) -> None:
        """Print; a text with `no_wrap`, as a command to be copied has it, stays in one line."""
        if self.is_terminal and not options.get("no_wrap"):
            objects = tuple(
                wrapped(Text(said) if isinstance(said, str) else said, self.width)
                if isinstance(said, str | Text)
                else said
                for said in objects
            )
        super().print(*objects, **options)


def console(stream: TextIO) -> Console:
    """Return a console that takes no text for markup, emoji codes or anything but itself."""
    return Wordwise(file=stream, soft_wrap=True, markup=False, emoji=False, highlight=False)


def wrapped(text: Text, width: int) -> Text:
    """Return a text with lines that are no wider than a single word makes them; what a line goes
    on with stands under it, indented.
    """
    lines = []
    for line in text.split("\n", allow_blank=True):
        indent = len(line.plain) - len(line.plain.lstrip()) + _HANGING
        indent = indent if width - indent >= _WIDTH_AT_LEAST else 0
        first, *rest = line.divide(_breaks(line.plain, width, indent))
        first.rstrip()
        lines.append(first)
        for part in rest:
            part.rstrip()
            lines.append(Text.assemble(" " * indent, part))
    return Text("\n").join(lines)


def _breaks(line: str, width: int, indent: int) -> list[int]:
    """Return before which words a line goes on in another one."""
    found: list[int] = []
    column, is_begun = len(line) - len(line.lstrip()), False
    for word in re.finditer(r"\S+\s*", line):
        if is_begun and column + cell_len(word[0].rstrip()) > width:
            found.append(word.start())
            column = indent
        column += cell_len(word[0])
        is_begun = True
    return found


def unsaid(stream: TextIO) -> str:
    """Return, once, why what was printed did not reach its reader; nothing if the reader left."""
    stream.flush()
    lost = str(getattr(stream, "lost", ""))
    if lost:
        stream.lost = ""  # type: ignore[attr-defined] # a Stream then
    return lost


def require_told(stream: TextIO) -> None:
    """Raises: DrillError: what was printed did not reach its reader, who did not leave."""
    if lost := unsaid(stream):
        raise DrillError(lost)


def _plainer(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    said = error.object[error.start : error.end]
    text = "".join(
        _PLAINER.get(sign) or sign.encode("ascii", "backslashreplace").decode() for sign in said
    )
    return text, error.end


def _open_nowhere(descriptor: int) -> None:
    nowhere = os.open(os.devnull, os.O_RDWR)
    if nowhere != descriptor:
        os.dup2(nowhere, descriptor)
        os.close(nowhere)

"""What is printed: as it is, on a stream that may be closed, end early, be full, or know no `✓`.

What cannot be printed stops nothing: a drill's evidence says it too. It is told once, on the
other stream, and commands that only tell something ask for it (`require_told`).
"""

import codecs
import os
import sys
from typing import TextIO, cast

from rich.console import Console

from harness.core.errors import DrillError
from harness.core.writing import reason

# What "?" would say in place of "✓" is UNVERIFIED.
_PLAINER = {"✓": "+", "✗": "x", "▶": ">", "…": "...", "–": "-", "—": "-", "→": "->", "·": "*"}  # noqa: RUF001 - each is meant
_ERRORS = "drill-plainer"


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


def console(stream: TextIO) -> Console:
    """Return a console that takes no text for markup, emoji codes or anything but itself."""
    return Console(file=stream, soft_wrap=True, markup=False, emoji=False, highlight=False)


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

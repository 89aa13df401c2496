"""Every failure a user can act on is one of these: a message, and a hint where there is one."""

import re
from collections.abc import Sequence

TRACEBACK_VARIABLE = "DRILL_TRACEBACK"
"""Set, it lets an exception that nobody foresaw reach the terminal."""


def in_words(error: BaseException) -> str:
    """Return what an exception that nobody foresaw says, after its kind in plain words."""
    if isinstance(error, DrillError):
        return error.message
    return f"{kind_of(error)}: {error}" if str(error) else kind_of(error)


def kind_of(error: BaseException) -> str:
    """Return of what kind an exception is: `key error`, `os error`."""
    return re.sub(
        r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", type(error).__name__
    ).lower()


def broke(error: Exception) -> str:
    """Return what to say of an exception that nobody foresaw."""
    return (
        f"drill itself broke: {in_words(error)}\n"
        f"HINT: Run it again with {TRACEBACK_VARIABLE}=1 to see where, and report that."
    )


class DrillError(Exception):
    """A problem with a message in lower case and a hint that is a sentence."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\nHINT: {self.hint}" if self.hint else self.message


class UsageError(DrillError):
    """The command line, a setting or a scenario is wrong; nothing was started (exit code 2)."""


class Unavailable(DrillError):
    """This machine lacks what a step needs: the drill has shown nothing, neither good nor bad."""


class CommandFailed(DrillError):
    """A command ended with a status other than 0; the message is all there is to know."""

    def __init__(
        self, argv: Sequence[str], status: int, service: str, stdout: str, stderr: str
    ) -> None:
        self.status = status
        said = "\n".join(part.strip() for part in (stdout, stderr) if part.strip())
        super().__init__(f"{service}: {' '.join(argv)} ended with status {status}\n{said}".rstrip())


class Unread(Exception):
    """An observation that a check needs was not made; the message is the reason."""

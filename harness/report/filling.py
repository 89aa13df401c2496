"""Pages are filled in by one set of rules: all text is escaped, and no name is left undefined."""

import contextlib
import os
import shlex
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from harness.report import wording


def _breakable(text: str) -> Markup:
    """Return a name that may be broken where its words end, and nowhere else."""
    return Markup("_<wbr>").join(text.split("_"))


def _css(text: str) -> str:
    """Return text as it may stand in a string of a style sheet."""
    return "".join(
        letter if letter.isalnum() or letter in "-_. " else f"\\{ord(letter):x} " for letter in text
    )


TEMPLATES = Environment(
    loader=PackageLoader("harness.report"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
TEMPLATES.globals.update(ICONS=wording.ICONS)
TEMPLATES.filters.update(
    count=wording.count,
    duration=wording.duration,
    sentence=wording.sentence,
    breakable=_breakable,
    command=shlex.join,
    css=_css,
)


def write_whole(path: Path, text: str) -> None:
    """Write a file, whole or not at all. Raises: OSError."""
    # Several processes of one run may write the same.
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.unfinished")
    try:
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise

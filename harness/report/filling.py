"""Pages are filled in by one set of rules: all text is escaped, and no name is left undefined."""

import shlex

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

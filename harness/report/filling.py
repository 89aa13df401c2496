"""Pages are filled in by one set of rules: all text is escaped, and no name is left undefined."""

from jinja2 import Environment, PackageLoader, StrictUndefined

from harness.report import wording

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
)

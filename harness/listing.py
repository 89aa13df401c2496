"""Scenarios as they are listed: for a person, and as JSON."""

from collections.abc import Iterable, Iterator
from json import dumps

from rich.cells import cell_len, set_cell_size

from harness.core.paths import from_here
from harness.core.writing import shown
from harness.scenario.model import Scenario
from harness.scenario.steps import Backup

_HEADS = ("scenario", "title", "tags", "backups", "expects", "file")


def lines(scenarios: Iterable[Scenario], width: int | None = None) -> Iterator[str]:
    """Yield scenarios in full: a line for each; a few short ones, where that would be wider than
    `width`.
    """
    rows = [_HEADS, *map(_cells, scenarios)]
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    if width is not None and sum(widths) + 2 * len(widths) - 2 > width:
        for slug, *rest in rows[1:]:
            yield slug
            yield from (f"  {head}: {cell}" for head, cell in zip(_HEADS[1:], rest, strict=True))
        return
    for row in rows:
        cells = (set_cell_size(cell, width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()


def as_json(scenarios: Iterable[Scenario]) -> str:
    """Return scenarios as a JSON list."""
    told = [
        {
            "id": scenario.slug,
            "path": shown(from_here(scenario.path)),
            "title": scenario.title,
            "why": scenario.why,
            "tags": scenario.tags,
            "backups": [
                {"backup": step.name, "store": choice.store, "method": choice.method}
                for step in scenario.timeline
                if isinstance(step, Backup)
                for choice in step.methods
            ],
            "expects_failures": scenario.terms.expectation.fail,
            "random": scenario.seed.random,
            "sha256": scenario.sha256,
        }
        for scenario in scenarios
    ]
    return dumps(told, indent=1, ensure_ascii=False)


def _cells(scenario: Scenario) -> tuple[str, ...]:
    expectation = scenario.terms.expectation
    return (
        scenario.slug,
        scenario.title,
        ", ".join(scenario.tags),
        ", ".join(_backups(scenario)),
        "pass" if expectation.passes else f"fail: {expectation}",
        shown(from_here(scenario.path)),
    )


def _backups(scenario: Scenario) -> Iterator[str]:
    for step in scenario.timeline:
        if isinstance(step, Backup):
            yield from (f"{choice.store}: {choice.method}" for choice in step.methods)

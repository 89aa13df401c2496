"""pytest-html's report as the index of a run: a row a drill, with a link to its own page.

What a row shows travels as plain text in the item's user properties, because rows are made in
another process than the drill when pytest-xdist distributes them. Every cell is escaped here:
pytest-html puts cells into its page as they are.
"""

from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path
from typing import Protocol

from pytest_html import extras  # type: ignore[import-untyped] # it ships no types

from harness.core.judgement import Measured
from harness.core.verdict import Verdict, worst
from harness.report.overview import overview
from harness.report.rejudge import Rejudged
from harness.report.wording import ICONS, duration, objective

TITLE = "Restore drills"
STYLE = Path(__file__).with_name("templates") / "index.css"
"""Added to pytest-html's own style (its option `css`)."""

_COLUMNS = ("Verdict", "RTA", "RPA", "Page")
_COLOURS = {"PASS": "#17663a", "FAIL": "#a3151f", "UNVERIFIED": "#5b3a99", "ACCEPTED": "#7a4b00"}
_BEFORE_LINKS = -1


class Reported(Protocol):
    """A pytest report, as far as a row needs it."""

    user_properties: list[tuple[str, object]]


def properties(judged: Rejudged, page: str) -> list[tuple[str, str]]:
    """Return what a row shows, to be added to the item's user properties.

    `page` is the way from the index to the drill's page, as in `full-platform-restore/report.html`.
    """
    seen = overview(judged)
    measured = seen.judgement.measured
    return [
        ("drill_verdict", seen.judgement.verdict.value),
        ("drill_word", seen.judgement.word),
        ("drill_sentence", seen.judgement.sentence),
        ("drill_headline", seen.headline),
        ("drill_rta", "; ".join(_time(m) for m in measured if m.name == "RTO")),
        ("drill_rpa", "; ".join(_loss(m) for m in measured if m.name == "RPO")),
        ("drill_page", page),
    ]


def details(judged: Rejudged) -> list[dict[str, str | None]]:
    """Return the extras of a drill's report: its failed and unverified checks, escaped."""
    seen = overview(judged)
    found = [
        *(("FAIL", check, "had to fail, but held") for check in seen.uncaught),
        *(("FAIL", finding.check, finding.summary) for finding in seen.failed),
        *(("UNVERIFIED", ", ".join(gap.checks), gap.reason) for gap in seen.unverified),
        *(("ACCEPTED", ", ".join(gap.checks), gap.accepted) for gap in seen.accepted),
    ]
    listed = "".join(
        f"<li>{ICONS[word]} {word} <code>{escape(check)}</code>: {escape(summary)}</li>"
        for word, check, summary in found
    )
    content = f"<p>{escape(seen.headline)}</p>"
    if listed:
        content += (
            f"<details open><summary>{len(found)} to look at</summary><ul>{listed}</ul></details>"
        )
    return [extras.html(content)]


def extend_header(cells: list[str]) -> None:
    """Add the drills' columns to the table's header (hook pytest_html_results_table_header)."""
    cells[_BEFORE_LINKS:_BEFORE_LINKS] = [f"<th>{title}</th>" for title in _COLUMNS]


def extend_row(report: Reported, cells: list[str]) -> None:
    """Add the drills' columns to a row (hook pytest_html_results_table_row); empty for a test that
    is no drill.
    """
    told = {name: str(value) for name, value in report.user_properties}
    verdict, page = told.get("drill_verdict", ""), told.get("drill_page", "")
    word = told.get("drill_word", verdict)
    shown = f"{ICONS[verdict]} {escape(word)}" if verdict in ICONS else ""
    colour = _COLOURS.get(verdict if word == verdict else "ACCEPTED", "inherit")
    link = f'<a href="{escape(page)}">report</a>' if page else ""
    cells[_BEFORE_LINKS:_BEFORE_LINKS] = [
        f'<td style="color: {colour}"><b>{shown}</b></td>',
        f"<td>{escape(told.get('drill_rta', ''))}</td>",
        f"<td>{escape(told.get('drill_rpa', ''))}</td>",
        f"<td>{link}</td>",
    ]


def introduction(drills: Iterable[Mapping[str, object]]) -> str:
    """Return the line above the table (hook pytest_html_results_summary), from the user
    properties of each drill of the run.
    """
    verdicts = [Verdict(str(told["drill_verdict"])) for told in drills if "drill_verdict" in told]
    verdict = worst(verdicts)
    counts = ", ".join(f"{verdicts.count(v)} {v.value}" for v in Verdict if v in verdicts)
    return (
        f"<p><b>{ICONS[verdict.value]} {verdict.value}</b>: {len(verdicts)} drills"
        f" ({counts or 'none was played'}). The worst verdict is the run's.</p>"
    )


def _time(measured: Measured) -> str:
    return f"{duration(measured.seconds)} (RTO {objective(measured.objective_seconds)})"


def _loss(measured: Measured) -> str:
    said = f"{measured.store} {duration(measured.seconds)}"
    if measured.seconds is not None:
        said += f", {measured.rows} rows"
    return f"{said} (RPO {objective(measured.objective_seconds)})"

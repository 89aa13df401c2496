"""pytest-html's report, for those who ask for it with `--html=PATH`: the words of the run's page.

What a row shows travels as plain text in the item's user properties, because rows are made in
another process than the drill when pytest-xdist distributes them. Every cell is escaped here:
pytest-html puts cells into its page as they are.
"""

import os
from html import escape
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

from pytest_html import extras  # type: ignore[import-untyped] # it ships no types

from harness.report import run_page
from harness.report.brief import brief
from harness.report.overview import overview
from harness.report.rejudge import Rejudged
from harness.report.run_folder import Run
from harness.report.wording import ICONS, sentence

TITLE = "Restore drills"
STYLE = Path(__file__).with_name("templates") / "pytest_html.css"
"""Added to pytest-html's own style (its option `css`)."""

_COLUMNS = ("Drill", "Verdict", "Recovery time", "Data loss")
_AFTER_RESULT = 1


class Reported(Protocol):
    """A pytest report, as far as a row needs it."""

    user_properties: list[tuple[str, object]]


def properties(judged: Rejudged) -> list[tuple[str, str]]:
    """Return what a row shows, to be added to the item's user properties."""
    told = brief(judged)
    rta, rpa = run_page.measured(told)
    return [
        ("drill_slug", told.slug),
        ("drill_title", told.title),
        ("drill_verdict", told.verdict.value),
        ("drill_word", told.word),
        ("drill_tone", told.tone),
        ("drill_rta", rta),
        ("drill_rpa", rpa),
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
    cells[_AFTER_RESULT:_AFTER_RESULT] = [f"<th>{title}</th>" for title in _COLUMNS]


def extend_row(report: Reported, cells: list[str], way: str) -> None:
    """Add the drills' columns to a row (hook pytest_html_results_table_row); empty for a test that
    is no drill. `way` leads from the report's folder to the run's.
    """
    told = {name: str(value) for name, value in report.user_properties}
    slug, verdict = told.get("drill_slug", ""), told.get("drill_verdict", "")
    title = escape(told.get("drill_title", ""))
    link = f'<a href="{escape(way)}/{escape(slug)}/{run_page.DRILL_PAGE}">{title}</a>'
    word = f"{ICONS[verdict]} {escape(told.get('drill_word', ''))}" if verdict in ICONS else ""
    cells[_AFTER_RESULT:_AFTER_RESULT] = [
        f"<td>{link if slug else ''}</td>",
        f'<td class="drill-{escape(told.get("drill_tone", ""))}"><b>{word}</b></td>',
        f"<td>{escape(told.get('drill_rta', ''))}</td>",
        f"<td>{escape(told.get('drill_rpa', ''))}</td>",
    ]


def introduction(run: Run, way: str) -> str:
    """Return what stands above the table (hook pytest_html_results_summary): the verdict of the
    run's page in the same words, what needs attention, and the link to it.
    """
    attention = "".join(
        f"<li>{ICONS[one.trouble.word]} {one.trouble.word}: {escape(sentence(one.trouble.said))}"
        f" ({escape(', '.join(drill.title for drill, _ in one.drills))})</li>"
        for one in run_page.shared(run.drills)
    )
    attention += "".join(
        f"<li>{ICONS['UNVERIFIED']} UNVERIFIED: {escape(sentence(drill.reason))}"
        f" ({escape(drill.title)})</li>"
        for drill in run.unplayed
    )
    return (
        f'<p class="drill-{run_page.tone(run)}"><b>{ICONS[run.verdict.value]}'
        f" {escape(run_page.word(run))}</b></p>"
        f"<p><b>{escape(sentence(run_page.sentence(run)))}</b></p>"
        + (f"<ul>{attention}</ul>" if attention else "")
        + f'<p><a href="{escape(way)}/{run_page.PAGE}">The page of this run</a></p>'
    )


def way_between(report: Path, run: Path) -> str:
    """Return the way from a report's folder to a run's, as a link writes it."""
    return quote(Path(os.path.relpath(run, report.parent)).as_posix())

"""pytest-html's report is an index of drills whose cells cannot break out of it."""

import html
import re
from dataclasses import dataclass, field
from pathlib import Path

import evidence_samples
from evidence_samples import judged

from harness.report import pytest_html, run_page
from harness.report.run_folder import Run
from harness.report.wording import sentence

CELLS = ['<td class="col-result">', "<td>id</td>", "<td>1 s</td>", '<td class="col-links">']


@dataclass
class Report:
    """A pytest report with nothing but its user properties."""

    user_properties: list[tuple[str, object]] = field(default_factory=list)


def test_a_row_shows_verdict_and_measurements() -> None:
    """A drill's row has its title with the way to its page, its verdict, what was measured."""
    report = Report([*pytest_html.properties(judged(evidence_samples.clean()))])
    cells = list(CELLS)
    pytest_html.extend_row(report, cells, "../reports/run")
    assert [
        CELLS[0],
        (
            '<td><a href="../reports/run/full-platform-restore/report.html">'
            "Every volume is lost; the platform returns from last night&#x27;s backups</a></td>"
        ),
        '<td class="drill-pass"><b>✓ PASS</b></td>',
        "<td>4.2 s of 2m</td>",
        "<td>postgres 0.620 s, nats 0.420 s</td>",
        *CELLS[1:],
    ] == cells


def test_header_and_rows_have_as_many_cells() -> None:
    """Columns stay under their titles, for tests that are no drills too."""
    header, row = list(CELLS), list(CELLS)
    pytest_html.extend_header(header)
    pytest_html.extend_row(Report(), row, ".")
    assert len(header) == len(row)
    assert ["", *[""] * 3] == [re.sub("<[^>]+>", "", cell) for cell in row[1:5]]


def test_details_are_escaped() -> None:
    """What a store said is text in the index, and failures are listed under the row."""
    (extra,) = pytest_html.details(judged(evidence_samples.failing()))
    content = extra["content"]
    assert content is not None
    assert "html" == extra["format_type"]
    assert "<script" not in content
    assert "&lt;script&gt;alert(&#x27;&quot;drill&quot;&#x27;)&lt;/script&gt;&amp;amp;" in content
    assert 3 == content.count("<li>")


def test_properties_are_plain_text() -> None:
    """Properties are text, so that they pass from one process to another."""
    for evidence in evidence_samples.ALL.values():
        told = pytest_html.properties(judged(evidence()))
        assert {str} == {type(value) for pair in told for value in pair}


def test_a_link_cannot_leave_its_attribute() -> None:
    """A quote in a slug or in the way to it stays inside the link."""
    cells = list(CELLS)
    pytest_html.extend_row(Report([("drill_slug", '"><script>')]), cells, '"')
    assert '<td><a href="&quot;/&quot;&gt;&lt;script&gt;/report.html"></a></td>' == cells[1]


def test_the_way_leads_from_any_folder(tmp_path: Path) -> None:
    """Wherever the report is asked for, its links lead to the run's folder."""
    run = tmp_path / "reports" / "a run#1"
    assert "." == pytest_html.way_between(run / "own.html", run)
    assert "../../reports/a%20run%231" == pytest_html.way_between(tmp_path / "o/x/r.html", run)


def test_the_introduction_has_the_words_of_the_runs_page() -> None:
    """Verdict, sentence and what needs attention are those of the run's page, escaped."""
    run = Run("run", (evidence_samples.briefly("failing"), evidence_samples.briefly("clean")))
    told = html.unescape(re.sub("<[^>]+>", "", pytest_html.introduction(run, "..")))
    assert told.startswith(f"✗ FAIL{sentence(run_page.sentence(run))}")
    assert evidence_samples.NASTY in told
    assert 'href="../index.html"' in pytest_html.introduction(run, "..")

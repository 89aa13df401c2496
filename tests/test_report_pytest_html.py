"""pytest-html's report is an index of drills whose cells cannot break out of it."""

from dataclasses import dataclass, field

import evidence_samples
from evidence_samples import judged

from harness.report import pytest_html

CELLS = ['<td class="col-result">', "<td>id</td>", "<td>1 s</td>", '<td class="col-links">']


@dataclass
class Report:
    """A pytest report with nothing but its user properties."""

    user_properties: list[tuple[str, object]] = field(default_factory=list)


def test_a_row_shows_verdict_and_measurements() -> None:
    """A drill's row carries its verdict in words, what was measured, and the way to its page."""
    report = Report([*pytest_html.properties(judged(evidence_samples.clean()), "full/report.html")])
    cells = list(CELLS)
    pytest_html.extend_row(report, cells)
    assert [
        *CELLS[:3],
        '<td style="color: #17663a"><b>✓ PASS</b></td>',
        "<td>4.2 s (RTO 2m)</td>",
        "<td>postgres 0.620 s, 250 rows (RPO 25h); nats 0.420 s, 100 rows (RPO 25h)</td>",
        '<td><a href="full/report.html">report</a></td>',
        CELLS[3],
    ] == cells


def test_header_and_rows_have_as_many_cells() -> None:
    """Columns stay under their titles, for tests that are no drills too."""
    header, row = list(CELLS), list(CELLS)
    pytest_html.extend_header(header)
    pytest_html.extend_row(Report(), row)
    assert len(header) == len(row)
    assert (
        "<th>Verdict</th>",
        "<th>RTA</th>",
        "<th>RPA</th>",
        "<th>Page</th>",
    ) == tuple(header[3:7])


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
        told = pytest_html.properties(judged(evidence()), "page.html")
        assert {str} == {type(value) for pair in told for value in pair}


def test_a_page_link_cannot_leave_its_attribute() -> None:
    """A quote in a page's path stays inside the link."""
    cells = list(CELLS)
    pytest_html.extend_row(Report([("drill_page", '"><script>')]), cells)
    assert '<td><a href="&quot;&gt;&lt;script&gt;">report</a></td>' == cells[6]


def test_the_introduction_counts_verdicts() -> None:
    """The run's verdict is its worst drill's."""
    drills = [
        dict(pytest_html.properties(judged(sample()), "page.html"))
        for sample in (evidence_samples.clean, evidence_samples.unverified, evidence_samples.clean)
    ]
    assert (
        "<p><b>? UNVERIFIED</b>: 3 drills (2 PASS, 1 UNVERIFIED)."
        " The worst verdict is the run's.</p>"
    ) == pytest_html.introduction(drills)

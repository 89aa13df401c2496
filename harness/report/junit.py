"""A run as JUnit XML: a failed drill is a failure, one that could not be verified an error."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from harness.core.verdict import Verdict
from harness.report.brief import Brief
from harness.report.json_document import shown
from harness.report.run_folder import EVIDENCE, Run, Unplayed

NAME = "restore-drills"

_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML may hold, escaped or not."""

_TAGS = {Verdict.FAIL: "failure", Verdict.UNVERIFIED: "error"}


def render(run: Run, folder: Path) -> str:
    """Return a run, whose folder this is, as a test suite with one case a drill."""
    verdicts = Counter(drill.verdict for drill in run.drills)
    figures = {
        "name": NAME,
        "tests": str(len(run.drills) + len(run.unplayed)),
        "failures": str(verdicts[Verdict.FAIL]),
        "errors": str(verdicts[Verdict.UNVERIFIED] + len(run.unplayed)),
        "skipped": "0",
        "time": f"{sum(drill.took_seconds for drill in run.drills):.3f}",
    }
    root = Element("testsuites", figures)
    suite = SubElement(root, "testsuite", figures)
    if run.drills:
        suite.set("timestamp", min(drill.run.started_utc for drill in run.drills))
    _properties(suite, [("run", run.run_id), ("verdict", run.verdict.value)])
    for drill in run.drills:
        _add_drill(suite, drill, folder / drill.slug)
    for unplayed in run.unplayed:
        _add_unplayed(suite, unplayed)
    indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{tostring(root, encoding="unicode")}\n'


def _add_drill(suite: Element, drill: Brief, folder: Path) -> None:
    case = _case(suite, drill.slug, drill.path, drill.took_seconds)
    _properties(case, _facts(drill, folder))
    told = "\n".join((*drill.lines, f"Run it again: {drill.run.rerun}"))
    if tag := _TAGS.get(drill.verdict):
        trouble = drill.troubles[0]
        case.set("line", str(trouble.line))
        outcome = SubElement(case, tag, type=drill.verdict.value, message=_text(trouble.said))
        outcome.text = _text(told)
    else:
        SubElement(case, "system-out").text = _text(told)


def _add_unplayed(suite: Element, drill: Unplayed) -> None:
    case = _case(suite, drill.slug, drill.path, 0.0)
    _properties(case, [("title", drill.title), ("verdict", Verdict.UNVERIFIED.value)])
    said = f"{drill.reason}\nRun it again: {drill.rerun}" if drill.rerun else drill.reason
    error = SubElement(case, "error", type=Verdict.UNVERIFIED.value, message=_text(drill.reason))
    error.text = _text(said)


def _case(suite: Element, slug: str, path: str, took_seconds: float) -> Element:
    case = SubElement(
        suite, "testcase", classname=NAME, name=_text(slug), time=f"{took_seconds:.3f}"
    )
    if path:
        case.set("file", _text(path))
        case.set("line", "1")
    return case


def _facts(drill: Brief, folder: Path) -> Iterator[tuple[str, str]]:
    yield "title", drill.title
    yield "verdict", drill.word
    if (rto := drill.rto) and rto.seconds is not None:
        yield "rta_seconds", f"{rto.seconds:.3f}"
    for measured in drill.rpo:
        if measured.seconds is not None:
            yield f"rpa_{measured.store}_seconds", f"{measured.seconds:.3f}"
    yield "rows_gone_owed", str(drill.rows.lost)
    yield "rows_gone_at_risk", str(drill.rows.gone_at_risk)
    if drill.rows.unread:
        yield "rows_unread", ", ".join(drill.rows.unread)
    yield "seed", str(drill.random)
    yield "runtime", drill.runtime.name
    yield "evidence", shown(folder / EVIDENCE)


def _properties(parent: Element, facts: Iterator[tuple[str, str]] | list[tuple[str, str]]) -> None:
    properties = SubElement(parent, "properties")
    for name, value in facts:
        SubElement(properties, "property", name=name, value=_text(value))


def _text(text: str) -> str:
    return _NO_XML.sub("\ufffd", text)

"""What the documentation leads to is there, and its pictures are of real pages."""

import re
from pathlib import Path
from typing import Any

import evidence_samples
import pictures
import pytest

from harness.core.verdict import Verdict
from harness.judge.finding import find
from harness.report.rejudge import case_of
from harness.scenario.kinds import Kinds
from harness.scenario.load import load

ROOT = Path(__file__).parents[2]
DOCS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
_LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    """A file that a page names is there, and so is the section; a picture says what is on it."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for sign, said, way in _LINK.findall(text):
        if way.startswith(("http:", "https:", "mailto:")):
            continue
        name, _, section = way.partition("#")
        target = page.parent / name if name else page
        assert target.exists(), way
        if section:
            titles = re.findall(r"^#+ (.+)$", target.read_text(encoding="utf-8"), re.MULTILINE)
            known = {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}
            assert section in known, way
        if sign:
            assert said, way


def test_every_picture_is_taken_by_the_script_and_shown() -> None:
    """None is drawn by hand, and none lies about; they are small."""
    there = {path.name for path in pictures.PICTURES.iterdir()}
    shown = {
        Path(way).name
        for page in DOCS
        for sign, _, way in _LINK.findall(page.read_text(encoding="utf-8"))
        if sign
    }
    assert set(pictures.TAKEN) == there == shown
    assert all(path.stat().st_size < 250_000 for path in pictures.PICTURES.iterdir())


def test_what_a_newcomer_copies_is_valid(tmp_path: Path) -> None:
    """The example of a scenario loads, and that of a check judges a case."""
    (example,) = _blocks("scenarios.md", "yaml")
    file = tmp_path / "scenarios" / "copied.yaml"
    file.parent.mkdir()
    file.write_text(example)
    assert "copied" == load(file, Kinds.installed()).slug
    (module,) = _blocks("extending.md", "python")
    names: dict[str, Any] = {}
    exec(compile(module, "extending.md", "exec"), names)  # noqa: S102 - it is our own page
    (check,) = names["CHECKS"]
    case = case_of(evidence_samples.clean())
    assert find(check, case).verdict is not Verdict.FAIL


def _blocks(page: str, language: str) -> list[str]:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)[:1]

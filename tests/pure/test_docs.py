"""What the documentation leads to is there, and its pictures are of real pages."""

import re
from pathlib import Path

import pictures
import pytest

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

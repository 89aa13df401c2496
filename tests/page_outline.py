"""A page as a browser without styles would read it, and what every page of ours must be."""

from collections import Counter
from html.parser import HTMLParser

SHAPES_WITH_TITLE = {"rect", "path", "circle"}
VOID = {*SHAPES_WITH_TITLE, "br", "hr", "img", "input", "line", "link", "meta", "polyline", "wbr"}


class Outline(HTMLParser):
    """Reads a page as a browser without styles would."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.row_lengths: list[list[int]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep a tag; those that hold something must be closed."""
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID or (tag in SHAPES_WITH_TITLE and "svg" in self.open):
            self.open.append(tag)
        if tag == "table":
            self.row_lengths.append([])
        elif tag == "tr":
            self.row_lengths[-1].append(0)
        elif tag in {"td", "th"}:
            self.row_lengths[-1][-1] += 1

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep a tag that holds nothing."""
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        """Close a tag: the one that was opened last."""
        assert tag == self.open.pop()

    def handle_data(self, data: str) -> None:
        """Keep what a reader sees."""
        if self.open and self.open[-1] in {"style", "title"}:
            return
        if self.tags and self.tags[-1][0] == "wbr":
            self.text[-1] += data
        else:
            self.text.append(data)

    @property
    def words(self) -> str:
        """The page's text in one line."""
        return " ".join(" ".join(self.text).split())

    @property
    def links(self) -> list[str]:
        """Where its links lead."""
        return [str(a["href"]) for tag, a in self.tags if tag == "a" and "href" in a]


def require_sound(html: str) -> Outline:
    """Hold a page to what every page of ours must be, and return it.

    It is well-formed; nothing runs and nothing is loaded; ids are unique, and every label and
    every link within the page finds its own; tables can be read aloud.
    """
    outline = Outline(html)
    tags = [tag for tag, _ in outline.tags]
    names = {name for _, attributes in outline.tags for name in attributes}
    assert [] == outline.open
    assert {"script", "link", "img", "iframe", "object"} & set(tags) == set()
    assert {"src", "style"} & names == set()
    assert [] == [name for name in names if name.startswith("on")]
    assert [] == [way for way in outline.links if "//" in way or way.startswith(("/", "data:"))]
    ids = Counter(a["id"] for _, a in outline.tags if "id" in a)
    assert {1} == set(ids.values())
    labels = {a["aria-labelledby"] for _, a in outline.tags if "aria-labelledby" in a}
    assert labels <= set(ids)
    assert {way[1:] for way in outline.links if way.startswith("#")} <= set(ids)
    assert tags.count("table") == tags.count("caption")
    assert all("scope" in attributes for tag, attributes in outline.tags if tag == "th")
    assert [1] * len(outline.row_lengths) == [len(set(rows)) for rows in outline.row_lengths]
    return outline

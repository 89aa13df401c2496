"""The keys of platform.yaml as docs/platforms.md lists them; run as a script, it writes them."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from harness.scenario.schema import platform_schema
from harness.scenario.wording import example

DOCUMENT = Path(__file__).parents[1] / "docs" / "platforms.md"
LISTED = re.compile(r"(?s)(?<=<!-- keys -->\n).*?(?=<!-- /keys -->)")


def table() -> str:
    """Return the table of every key: its place, what it means, and an example."""
    schema = platform_schema()
    rows = [f"| `{place}` | {said} | {shown} |" for place, said, shown in _keys(schema, schema, "")]
    return "\n".join(["", "| key | means | for example |", "|---|---|---|", *rows, "", ""])


def _keys(node: dict[str, Any], whole: dict[str, Any], way: str) -> Iterator[tuple[str, str, str]]:
    for key, value in node.get("properties", {}).items():
        place = f"{way}{key}"
        required = "" if key not in node.get("required", []) else " Required."
        shown = ", ".join(f"`{example(e)}`" for e in value.get("examples", [])[:1])
        yield place, value["description"].replace("|", "\\|") + required, shown.replace("|", "\\|")
        for inner, below in _inside(value, whole):
            yield from _keys(below, whole, f"{place}.{inner}")


def _inside(value: dict[str, Any], whole: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the parts that may stand there, each with what names it."""
    if name := value.get("$ref", "").rpartition("/")[2]:
        yield "", whole["$defs"][name]
    for choice in value.get("anyOf", []):
        yield from _inside(choice, whole)
    if isinstance(each := value.get("additionalProperties"), dict):
        yield from (("NAME.", part) for _, part in _inside(each, whole))


if __name__ == "__main__":
    text = DOCUMENT.read_text(encoding="utf-8")
    DOCUMENT.write_text(LISTED.sub(lambda _: table(), text), encoding="utf-8")

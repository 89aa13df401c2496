"""Nothing but the platform's own place knows a table, stream, index, key or role of it by name."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from ours import OURS

from harness.platform.streams import declared_streams

HARNESS = Path(__file__).parents[2] / "harness"
ITS_OWN = HARNESS / "platforms" / "made_open"
MODULES = [path for path in sorted(HARNESS.rglob("*.py")) if ITS_OWN not in path.parents]

FOR_PEOPLE = {"examples", "description", "help"}
"""What a form says of its keys; an example may be of any platform."""

OTHERWISE = {
    ("offsite/s3.py", "credentials"): "a setting of the client's",
    ("pytest_plugin/__init__.py", "worker"): "a process of xdist",
    ("runtime/embedded/seaweedfs.py", "credentials"): "a setting of the server's",
}
"""Words that mean something else there, and what."""


def _names() -> set[str]:
    streams = declared_streams(OURS.streams)
    assert OURS.cached
    assert OURS.hub
    return {
        *OURS.tables,
        *(table.relation for table in OURS.tables.values()),
        *OURS.logins,
        *(OURS.tenants.tables if OURS.tenants else ()),
        *(stream.name for stream in streams),
        *(consumer.name for stream in streams for consumer in stream.consumers),
        *OURS.migrations,
        *OURS.hub.may_tell,
        *(name for name in OURS.hub.environment),
        OURS.rebuilt,
        OURS.cached.key.partition(":")[0],
    }


NAMES = re.compile(rf"(?<![\w.])({'|'.join(map(re.escape, sorted(_names())))})(?![\w])")


def _said(module: Path) -> Iterator[tuple[int, str]]:
    """Yield the line and the text of what a module's code says, names and texts; not what it tells
    people of itself.
    """
    tree = ast.parse(module.read_text(encoding="utf-8"))
    passed = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            passed.add(node.value)
        elif isinstance(node, ast.keyword) and node.arg in FOR_PEOPLE:
            passed |= {inner for inner in ast.walk(node.value) if isinstance(inner, ast.Constant)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in passed:
            yield node.lineno, node.value
        elif isinstance(node, ast.Name):
            yield node.lineno, node.id
        elif isinstance(node, ast.Attribute | ast.FunctionDef | ast.arg | ast.alias):
            name = {"Attribute": "attr", "FunctionDef": "name", "arg": "arg", "alias": "name"}
            yield node.lineno, getattr(node, name[type(node).__name__])


@pytest.mark.parametrize("module", MODULES, ids=lambda m: str(m.relative_to(HARNESS)))
def test_no_other_module_knows_it_by_name(module: Path) -> None:
    """What is done on one platform is done on any, by what its declaration says."""
    where = str(module.relative_to(HARNESS))
    found = {
        (line, match[1])
        for line, text in _said(module)
        for match in NAMES.finditer(text)
        if (where, match[1]) not in OTHERWISE
    }
    assert set() == found


def test_names_are_found() -> None:
    """The platform's own place is full of them, so that the look is one."""
    found = {match[1] for _, text in _said(ITS_OWN / "rows.py") for match in NAMES.finditer(text)}
    assert {"audit_log", "contacts", "credentials", "EVENTS"} <= found

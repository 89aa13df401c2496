"""The rooms of the house and the arrows between them, each rule with its reason."""

import ast
import sys
from pathlib import Path

import pytest

HARNESS = Path(__file__).parents[1] / "harness"

# From the top of the house to the bottom: a room may use what stands below it.
FLOORS = (
    {"__main__"},
    {"cli"},
    {"console", "history_command"},
    {"pytest_plugin"},
    {"run_pages"},
    {"doctor", "printing"},
    {"report", "prove"},
    {"drill"},
    {"evidence_file"},
    {"judge", "scenario"},
    {"backups", "faults", "offsite", "probes"},
    {"kinds"},
    {"site", "hub"},
    {"checks"},
    {"observations"},
    {"stores", "runtime"},
    {"platform", "settings", "yaml_text"},
    {"core"},
)

STANDARD_LIBRARY_ONLY = "core"

FORBIDDEN = {
    "checks": ({"psycopg", "nats", "redis", "meilisearch", "docker", "subprocess", "time"}),
    "report": ({"psycopg", "nats", "redis", "docker", "subprocess"}),
}
"""Checks judge without I/O, clock or store; a report touches no store."""


def _modules() -> list[Path]:
    return sorted(HARNESS.rglob("*.py"))


def _room(module: Path) -> str:
    first = module.relative_to(HARNESS).parts[0]
    return first.removesuffix(".py")


def _imports(module: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def _floor(room: str) -> int:
    return next(at for at, rooms in enumerate(FLOORS) if room in rooms)


@pytest.mark.parametrize("module", _modules(), ids=lambda m: str(m.relative_to(HARNESS)))
def test_arrows_point_down(module: Path) -> None:
    """A module uses its own room and the rooms below it, never a room above or beside it."""
    room = _room(module)
    if room == "__init__":
        return
    used = {n.split(".")[1] for n in _imports(module) if n.startswith("harness.")}
    rooms = {name for floor in FLOORS for name in floor}
    wrong = {u for u in used & rooms if u != room and _floor(u) <= _floor(room)}
    assert set() == wrong


@pytest.mark.parametrize("folder", ["backups", "faults", "offsite", "probes"])
def test_siblings_never_import_each_other(folder: str) -> None:
    """A kind stands alone, so that removing one never breaks another."""
    for module in (HARNESS / folder).glob("[a-z]*.py"):
        siblings = {n for n in _imports(module) if n.startswith(f"harness.{folder}.")}
        assert {n for n in siblings if "._" not in n} == set(), module.name


def test_core_uses_the_standard_library_only() -> None:
    """The words of a drill depend on nothing that can break or be upgraded."""
    for module in (HARNESS / STANDARD_LIBRARY_ONLY).glob("*.py"):
        tops = {name.split(".")[0] for name in _imports(module)}
        assert tops - set(sys.stdlib_module_names) - {"harness"} == set(), module.name


@pytest.mark.parametrize("room", sorted(FORBIDDEN))
def test_judging_and_reporting_touch_no_store(room: str) -> None:
    """What is judged and shown can be judged and shown again from saved evidence."""
    for module in (HARNESS / room).rglob("*.py"):
        tops = {name.split(".")[0] for name in _imports(module)}
        assert tops & FORBIDDEN[room] == set(), module.name


def test_every_room_stands_on_a_floor() -> None:
    """A new room is given its place before anything moves in."""
    rooms = {_room(module) for module in _modules()} - {"__init__"}
    assert rooms - {name for floor in FLOORS for name in floor} == set()

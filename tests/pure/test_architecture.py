"""The rooms of the house and the arrows between them, each rule with its reason."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

HARNESS = Path(__file__).parents[2] / "harness"

# From the top of the house to the bottom: a room may use what stands below it.
FLOORS = (
    {"platforms"},
    {"__main__"},
    {"cli"},
    {"demo_command", "explore_command", "init_command", "merge_command"},
    {"console", "history_command", "pytest_plugin"},
    {"suite"},
    {"pytest_entry", "run_integrity", "run_outputs", "run_pages", "run_shards"},
    {"notify", "signing"},
    {"doctor", "help_text", "listing", "printing", "run_options"},
    {"explore"},
    {"report", "prove"},
    {"adopted_scenario", "init", "manifesting"},
    {"drill"},
    {"manifest"},
    {"evidence_file"},
    {"judge", "scenario"},
    {"backups", "faults", "offsite", "probes"},
    {"kinds", "scripts"},
    {"site"},
    {"recording"},
    {"checks"},
    {"observations"},
    {"stores", "runtime"},
    {"platform", "settings", "yaml_text"},
    {"core"},
)

STANDARD_LIBRARY_ONLY = "core"

FORBIDDEN = {"checks": {"subprocess", "time"}, "report": {"subprocess"}}
"""Checks judge without I/O or clock; a report starts nothing."""

CLIENTS = {"psycopg", "nats", "redis", "meilisearch", "docker", "testcontainers", "boto3"}
STORELESS = (
    *("checks", "judge", "observations", "scenario", "evidence_file", "report"),
    *("backups", "faults", "offsite"),
    *(f"platforms.made_open.{module}" for module in ("rows", "observations", "checks")),
)
"""What is read, judged and shown can be so without a store, and kinds are known without: these load
no client, by any way. A function that needs one imports it.
"""

COSTLY = CLIENTS | {"cryptography", "jinja2", "numpy", "psutil", "pytest", "requests"}


def _modules() -> list[Path]:
    return sorted(HARNESS.rglob("*.py"))


def _room(module: Path) -> str:
    first = module.relative_to(HARNESS).parts[0]
    return first.removesuffix(".py")


@cache
def _parsed(module: Path) -> ast.Module:
    return ast.parse(module.read_text(encoding="utf-8"))


def _imports(module: Path) -> set[str]:
    return set(_names(ast.walk(_parsed(module))))


def _names(nodes: Iterator[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _loaded(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what runs when a module is imported: no function's body, nothing for types alone."""
    for child in ast.iter_child_nodes(node):
        for_types = isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) and not (
            for_types
        ):
            yield child
            yield from _loaded(child)


def _dotted(module: Path) -> str:
    parts = module.relative_to(HARNESS.parent).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


MODULES = {_dotted(module): module for module in _modules()}


def _steps(module: str, *, at_import: bool) -> set[str]:
    """Return the modules of ours, and the first names of others, that a module names; the packages
    they lie in are imported before them.
    """
    path = MODULES[module]
    names = _names(_loaded(_parsed(path))) if at_import else _imports(path)
    found: set[str] = set()
    for name in names:
        parts = name.split(".")
        if parts[0] == "harness":
            ways = (".".join(parts[: end + 1]) for end in range(len(parts)))
            found |= {way for way in ways if way in MODULES and way != "harness"}
        else:
            found.add(parts[0])
    return found


def _chains(start: str, *, at_import: bool, end: str = "") -> dict[str, tuple[str, ...]]:
    """Return the shortest way from a module to each that it leads to, directly or not; no way leads
    on from `end`.
    """
    chains: dict[str, tuple[str, ...]] = {start: (start,)}
    waiting = [start]
    for module in waiting:
        for step in sorted(_steps(module, at_import=at_import) - chains.keys()):
            chains[step] = (*chains[module], step)
            if step in MODULES and step != end:
                waiting.append(step)
    return chains


def _told(chains: dict[str, tuple[str, ...]], wrong: set[str]) -> list[str]:
    return [" -> ".join(chains[name]) for name in sorted(wrong & chains.keys())]


def _is_in(module: str, room: str) -> bool:
    return f"{module}.".startswith(f"harness.{room}.")


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
    kinds = {_dotted(module) for module in (HARNESS / folder).glob("[a-z]*.py")}
    for kind in sorted(kinds):
        # The folder's own list knows them all, which is its purpose.
        chains = _chains(kind, at_import=False, end=f"harness.{folder}")
        assert [] == _told(chains, kinds - {kind})


def test_no_module_imports_a_platform() -> None:
    """What a platform brings is found by its declaration, ours as anybody's."""
    others = [name for name in MODULES if not _is_in(name, "platforms")]
    assert [] == [
        name
        for name in others
        if any(_is_in(s, "platforms") for s in _steps(name, at_import=False))
    ]


def test_core_uses_the_standard_library_only() -> None:
    """The words of a drill depend on nothing that can break or be upgraded."""
    for module in (HARNESS / STANDARD_LIBRARY_ONLY).glob("*.py"):
        tops = {name.split(".")[0] for name in _imports(module)}
        assert tops - set(sys.stdlib_module_names) - {"harness"} == set(), module.name


@pytest.mark.parametrize("room", sorted(FORBIDDEN))
def test_judging_and_reporting_start_nothing(room: str) -> None:
    """What is judged and shown can be judged and shown again from saved evidence."""
    for module in (HARNESS / room).rglob("*.py"):
        tops = {name.split(".")[0] for name in _imports(module)}
        assert tops & FORBIDDEN[room] == set(), module.name


def test_every_room_stands_on_a_floor() -> None:
    """A new room is given its place before anything moves in."""
    rooms = {_room(module) for module in _modules()} - {"__init__"}
    assert rooms - {name for floor in FLOORS for name in floor} == set()


@pytest.mark.parametrize("room", STORELESS)
def test_what_needs_no_store_leads_to_no_client(room: str) -> None:
    """No import leads there, by however many modules; the way is told where one does."""
    modules = [name for name in MODULES if _is_in(name, room)]
    assert modules
    for module in modules:
        assert [] == _told(_chains(module, at_import=True), CLIENTS)


def test_a_way_by_other_modules_is_seen() -> None:
    """A store's probe leads to its client, and the way there is told."""
    chains = _chains("harness.probes", at_import=True)
    assert ["harness.probes -> harness.probes.ledger_rows -> psycopg"] == _told(chains, {"psycopg"})


def test_what_needs_no_store_loads_no_client() -> None:
    """The same of a fresh interpreter, with all that other packages import."""
    names = [name for name in MODULES if any(_is_in(name, room) for room in STORELESS)]
    assert set() == _modules_after(f"import {', '.join(names)}") & CLIENTS


@pytest.mark.parametrize("command", ["--help", "--version", "list", "validate"])
def test_what_only_tells_loads_nothing_costly(command: str) -> None:
    """Who asks what there is does not wait for pytest, for pages or for clients."""
    said = f"""
from harness import cli
try:
    cli.app([{command!r}], standalone_mode=False)
except SystemExit:
    pass
"""
    assert set() == _modules_after(said) & COSTLY


def _modules_after(code: str) -> set[str]:
    """Return the first names of all modules that are loaded when a program has run."""
    told = "\nimport sys\nprint(*sys.modules, file=sys.stderr)"
    ended = subprocess.run(
        [sys.executable, "-c", code + told],
        cwd=HARNESS.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    return {name.split(".")[0] for name in ended.stderr.split()}

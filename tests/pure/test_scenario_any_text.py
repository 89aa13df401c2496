"""Whatever a scenario file holds, reading it ends in a scenario or in its errors."""

from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from literal_kinds import KINDS
from ruamel.yaml import YAML

from harness.scenario.load import load
from harness.scenario.model import Scenario
from harness.scenario.problem import ScenarioErrors

EXAMPLE = Path(__file__).parents[2] / "scenarios/full-platform-restore.yaml"
TEXT = EXAMPLE.read_text(encoding="utf-8")
LINES = TEXT.splitlines(keepends=True)
SIGNS = "\t\n\r -?:,[]{}#&*!|>'\"%@`~=<0_.eé\0\ufeff\u2028😀ab"

quick = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def outcome(directory: Path, content: bytes) -> Scenario | ScenarioErrors:
    """Return what reading gives; anything else that is raised fails the test."""
    path = directory / "any.yaml"
    path.write_bytes(content)
    try:
        return load(path, KINDS)
    except ScenarioErrors as errors:
        return errors


def assert_told(found: Scenario | ScenarioErrors) -> None:
    """Errors are lines that can be printed and encoded."""
    if isinstance(found, ScenarioErrors):
        assert found.problems
        assert all(line.isprintable() for line in found.problems)
        str(found).encode("utf-8")


@quick
@given(content=st.binary(max_size=200))
def test_any_bytes(tmp_path: Path, content: bytes) -> None:
    """No bytes whatever make reading crash."""
    assert_told(outcome(tmp_path, content))


@quick
@given(content=st.text(alphabet=SIGNS, max_size=80))
def test_any_signs_of_yaml(tmp_path: Path, content: str) -> None:
    """No heap of YAML's own signs makes reading crash."""
    assert_told(outcome(tmp_path, content.encode("utf-8")))


@quick
@given(at=st.integers(0, len(TEXT)), cut=st.integers(0, 12), put=st.text(SIGNS, max_size=6))
def test_any_slip_of_the_pen(tmp_path: Path, at: int, cut: int, put: str) -> None:
    """No slip in the middle of a good scenario makes reading crash."""
    assert_told(outcome(tmp_path, (TEXT[:at] + put + TEXT[at + cut :]).encode("utf-8")))


@quick
@given(lines=st.permutations(range(len(LINES))), kept=st.integers(1, len(LINES)))
def test_any_order_of_lines(tmp_path: Path, lines: list[int], kept: int) -> None:
    """No mix of a good scenario's lines makes reading crash."""
    mixed = "".join(LINES[line] for line in lines[:kept])
    assert_told(outcome(tmp_path, mixed.encode("utf-8")))


def _parts(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    found = [way] if way else []
    if isinstance(value, dict | list):
        for key, item in inside:
            found += _parts(item, (*way, key)) if isinstance(item, dict | list) else [(*way, key)]
    return found


GOOD = YAML(typ="safe", pure=True).load(TEXT)
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(SIGNS, max_size=8)
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", max_size=3), inner),
    max_leaves=5,
)


@quick
@given(way=st.sampled_from(_parts(GOOD)), value=values)
def test_any_value_in_any_place(tmp_path: Path, way: tuple[Any, ...], value: Any) -> None:
    """No value in the place of another makes reading crash."""
    changed = YAML(typ="safe", pure=True).load(TEXT)
    inside = changed
    for key in way[:-1]:
        inside = inside[key]
    inside[way[-1]] = value
    path = tmp_path / "changed.yaml"
    YAML(typ="safe", pure=True).dump(changed, path)
    assert_told(outcome(tmp_path, path.read_bytes()))

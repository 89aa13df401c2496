"""The JSON Schema that editors use accepts what the loader accepts."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from literal_kinds import KINDS
from ruamel.yaml import YAML

from harness.scenario.kinds import Kinds
from harness.scenario.schema import schema, schema_text

ROOT = Path(__file__).parents[1]
SCENARIOS = sorted((ROOT / "scenarios").rglob("*.y*ml"))
VALIDATOR = Draft202012Validator(schema(KINDS))

REFUSED_BY_THE_SCHEMA = [
    "backup_method_of_another_store",
    "backup_method_wrong_type",
    "backup_of_nothing",
    "backup_option_range",
    "backup_unknown_method",
    "backup_unknown_option",
    "backup_unknown_option_value",
    "backup_unknown_store",
    "disaster_unknown_fault",
    "disaster_without_stores",
    "duration_words",
    "expect_misspelt",
    "expect_unknown_check",
    "file_list",
    "key_unknown",
    "keys_all_missing",
    "many_at_once",
    "restore_unknown_store",
    "proof_is_no_duration",
    "rpo_of_a_cache",
    "seed_negative",
    "seed_unknown_table",
    "skip_unknown_check",
    "start_unknown",
    "step_two_verbs",
    "step_unknown_verb",
    "tags_not_words",
    "timeline_empty",
]


def read(path: Path) -> Any:
    """Return a file's plain values."""
    return YAML(typ="safe", pure=True).load(path)


def test_the_schema_is_a_schema() -> None:
    """The schema holds to the draft that it names."""
    Draft202012Validator.check_schema(schema(KINDS))


def test_the_file_is_in_step_with_the_code() -> None:
    """`drill schema` writes what is in scenarios/schema.json already."""
    saved = (ROOT / "scenarios/schema.json").read_text(encoding="utf-8")
    assert schema_text(Kinds.installed()) == saved


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_scenarios_hold_to_the_schema(path: Path) -> None:
    """An editor finds nothing wrong with a good scenario, whose first line names the schema."""
    validator = Draft202012Validator(schema(Kinds.installed()))
    assert [] == [error.message for error in validator.iter_errors(read(path))]
    up = "../" * (len(path.relative_to(ROOT / "scenarios").parts) - 1)
    first_line = path.read_text(encoding="utf-8").splitlines()[0]
    assert first_line == f"# yaml-language-server: $schema={up}schema.json"


@pytest.mark.parametrize("name", REFUSED_BY_THE_SCHEMA)
def test_an_editor_shows_what_is_broken(name: str) -> None:
    """What one value or key shows to be wrong, the schema refuses as well."""
    assert not VALIDATOR.is_valid(read(ROOT / f"tests/broken_scenarios/{name}.yaml"))


def test_numbers_as_editors_read_them() -> None:
    """Under YAML 1.2, 2_000 is text to an editor, and still a count."""
    drill = {"title": "A drill", "seed": {"random": "20_26"}, "timeline": [{"wait": "1s"}]}
    assert VALIDATOR.is_valid(drill)
    assert not VALIDATOR.is_valid(drill | {"seed": {"random": "many"}})


def test_every_key_is_explained() -> None:
    """Whatever key an editor offers, it can say what it is for."""
    unexplained = [
        f"{way}.{key}"
        for way, properties in _properties(schema(KINDS), "")
        for key, value in properties.items()
        if not value.get("description")
    ]
    assert [] == unexplained


def _properties(node: Any, way: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(node, dict):
        if isinstance(node.get("properties"), dict):
            yield way, node["properties"]
        for key, value in node.items():
            yield from _properties(value, f"{way}.{key}")
    elif isinstance(node, list):
        for item in node:
            yield from _properties(item, way)

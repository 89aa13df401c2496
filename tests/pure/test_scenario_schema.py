"""The JSON Schemas that editors use accept what is accepted when a file is read."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from literal_kinds import KINDS
from ruamel.yaml import YAML

from harness.scenario.kinds import Kinds
from harness.scenario.schema import platform_schema, platform_schema_text, schema, schema_text

ROOT = Path(__file__).parents[2]
SCENARIOS = sorted((ROOT / "scenarios").rglob("*.y*ml"))
VALIDATOR = Draft202012Validator(schema(KINDS))
PLATFORMS = sorted(
    file
    for folder in ("harness", "fixtures", "tests")
    for file in (ROOT / folder).rglob("platform.yaml")
    if file.parent.name != "resources"
)
OF_PLATFORMS = Draft202012Validator(platform_schema())

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
REFUSED_BY_THE_SCHEMA_OF_PLATFORMS = [
    "append_only_text",
    "append_only_unknown_key",
    "column_null",
    "column_number",
    "columns_list",
    "file_list",
    "key_misspelt",
    "keys_missing",
    "ledger_list",
    "ledger_unknown_key",
    "ledger_without_relation",
    "many_at_once",
    "name_number",
    "postgres_text",
    "postgres_unknown_key",
    "redis_boolean",
    "refused_to_text",
    "schema_list_of_lists",
    "schema_number",
]


def read(path: Path) -> Any:
    """Return a file's plain values."""
    return YAML(typ="safe", pure=True).load(path)


def test_the_schema_is_a_schema() -> None:
    """The schema holds to the draft that it names."""
    Draft202012Validator.check_schema(schema(KINDS))
    Draft202012Validator.check_schema(platform_schema())


def test_the_file_is_in_step_with_the_code() -> None:
    """`drill schema` writes what is in scenarios/schema.json already."""
    saved = (ROOT / "scenarios/schema.json").read_text(encoding="utf-8")
    assert schema_text(Kinds.installed()) == saved
    saved = (ROOT / "scenarios/platform.schema.json").read_text(encoding="utf-8")
    assert platform_schema_text() == saved


@pytest.mark.parametrize("path", PLATFORMS, ids=lambda path: path.parent.name)
def test_platforms_hold_to_their_schema(path: Path) -> None:
    """An editor finds nothing wrong with a good platform."""
    assert [] == [error.message for error in OF_PLATFORMS.iter_errors(read(path))]


@pytest.mark.parametrize("name", REFUSED_BY_THE_SCHEMA_OF_PLATFORMS)
def test_an_editor_shows_what_is_broken_in_a_platform(name: str) -> None:
    """What one value or key shows to be wrong, the schema refuses as well."""
    assert not OF_PLATFORMS.is_valid(read(ROOT / f"tests/broken_platforms/{name}.yaml"))


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
        for made in (schema(KINDS), platform_schema())
        for way, properties in _properties(made, "")
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

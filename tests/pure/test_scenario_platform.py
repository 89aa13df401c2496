"""A project names its platform once, and every scenario that names none is played on it."""

from pathlib import Path

import pytest
from platform_keys import DOCUMENT, LISTED, table

from harness import history_command
from harness import settings as project_settings
from harness.core.errors import UsageError
from harness.init import files
from harness.report.history_file import History
from harness.scenario import discover
from harness.scenario.platform_file import kinds_of
from harness.scenario.schema import schema

WRONG = "pyproject.toml: [tool.drill].platform: "


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the example's files, whose scenario leaves the platform to the settings."""
    monkeypatch.chdir(tmp_path)
    files.write(files.packaged("example"), tmp_path)
    scenario = tmp_path / "scenarios" / "nightly.yaml"
    scenario.write_text(scenario.read_text().replace("platform: ../platform\n", ""))
    return tmp_path


def named(project: Path, text: str) -> str:
    """Write the setting and return what is read of it."""
    (project / "pyproject.toml").write_text(f"[tool.drill]\nplatform = {text}\n")
    return project_settings.read(project).platform


@pytest.mark.parametrize("text", ["platform", "platform/platform.yaml", "./platform/"])
def test_a_scenario_without_a_platform_has_the_projects(project: Path, text: str) -> None:
    """Named by its folder or its file, from where the settings lie; editors learn its tables."""
    kinds = kinds_of(project, named(project, f'"{text}"'))
    [scenario] = discover.gather((), (), kinds)
    assert ("shop", 200) == (scenario.platform.name, scenario.seed.counts["customers"])
    tables = schema(kinds)["then"]["properties"]["seed"]["propertyNames"]["enum"]
    assert ["customers", "orders", "order_lines", "audit_log", "random"] == tables


def test_a_scenario_of_its_own_platform_keeps_it(project: Path) -> None:
    """What a scenario names goes before what the project does."""
    other = project / "other.yaml"
    text = (project / "platform" / "platform.yaml").read_text()
    other.write_text(
        text.replace("name: shop", "name: other").replace("schema.sql ", "platform/schema.sql ")
    )
    kinds = kinds_of(project, named(project, '"platform"'))
    scenario = project / "scenarios" / "nightly.yaml"
    scenario.write_text(f"platform: ../other.yaml\n{scenario.read_text()}")
    [read] = discover.gather((), (), kinds)
    assert "other" == read.platform.name


def test_what_is_demanded_is_read_on_the_projects_platform(project: Path) -> None:
    """`drill history --check` reads each scenario as a run does."""
    named(project, '"platform"')
    [demand] = history_command._demands(History()).values()
    assert 7 * 24 * 3600 == demand.proof_seconds


def test_without_it_the_tables_are_of_the_platform_that_comes_along(project: Path) -> None:
    """No setting, no change."""
    with pytest.raises(UsageError) as refused:
        discover.gather((), (), kinds_of(project, ""))
    assert "key 'customers' is unknown" in str(refused.value)


def test_a_setting_that_leads_nowhere_is_told_with_its_file_and_key(project: Path) -> None:
    """Each line says that it comes of the setting, those about the platform's own file too."""
    with pytest.raises(UsageError) as refused:
        kinds_of(project, named(project, '"nowhere"'))
    assert f"{WRONG}nowhere: there is no such file" == str(refused.value)
    (project / "platform" / "platform.yaml").write_text("nam: shop\npostgres: {schema: 7}\n")
    with pytest.raises(UsageError) as refused:
        kinds_of(project, named(project, '"platform"'))
    lines = str(refused.value).splitlines()
    assert 3 == len(lines)
    assert all(line.startswith(f"{WRONG}platform/platform.yaml:") for line in lines)


def test_every_key_is_documented() -> None:
    """docs/platforms.md lists them in the words of the form; platform_keys.py writes it."""
    found = LISTED.search(DOCUMENT.read_text(encoding="utf-8"))
    assert found
    assert table() == found[0]


@pytest.mark.parametrize("text", ["7", '""', '["platform"]', "true"])
def test_a_setting_that_is_no_path_is_refused(project: Path, text: str) -> None:
    """With the key and the value."""
    with pytest.raises(UsageError) as refused:
        named(project, text)
    assert str(refused.value).startswith(WRONG)
    assert "is not a path" in str(refused.value)

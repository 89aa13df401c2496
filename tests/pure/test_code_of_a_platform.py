"""What a platform brings in Python is found beside its declaration, or refused with its place."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from evidence_samples import clean

from harness.checks import checks_of
from harness.core.platform import Platform
from harness.evidence_file import platform_of
from harness.platform import own_code
from harness.platform.own_code import BrokenCode
from harness.probes import probes_of
from harness.scenario.platform_file import platform_at
from harness.scenario.problem import ScenarioErrors

TALLY = Path(__file__).parents[2] / "fixtures" / "platforms" / "tally"


@pytest.fixture
def tally(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a copy of the platform that makes its rows in Python."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(TALLY, "tally")
    return Path("tally")


def changed(tally: Path, module: str, old: str, new: str) -> None:
    """Write a module of the platform's otherwise."""
    file = tally / "drills" / f"{module}.py"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def known(tally: Path) -> None:
    """Read a platform and all that it brings."""
    platform = platform_at(tally)
    checks_of(platform)
    probes_of(platform)


def test_rows_probes_and_checks_are_found_and_told_apart(tally: Path) -> None:
    """Its own ids begin with `own.`; a table whose rows it makes is numbered."""
    platform = platform_at(tally)
    assert platform.tables["entries"].is_numbered
    assert ["1\t2\t7919\t7919"] == own_code.sources(platform)["entries"].lines(1, 1, 1)
    checks = checks_of(platform)
    assert {"own.sums_carry_on", "entries_rows", "entries_append_only"} <= checks.keys()
    assert {"roles_log_in", "tenant_isolation"} <= checks.keys()
    assert "own.sums" in [probe.id for probe in probes_of(platform)]


def test_two_platforms_do_not_share_a_module(tally: Path) -> None:
    """Modules of one name are each platform's own."""
    shutil.copytree(tally, "other")
    changed(Path("other"), "rows", "SHOPS = 3", "SHOPS = 5")
    first, second = (own_code.sources(platform_at(Path(p)))["entries"] for p in ("tally", "other"))
    assert first.lines(1, 4, 4) != second.lines(1, 4, 4)


@pytest.mark.parametrize(
    ("module", "old", "new", "said"),
    [
        ("rows", "SHOPS = 3", "SHOPS = = 3", "tally/drills/rows.py:5: SyntaxError: "),
        ("rows", "SHOPS = 3", "SHOPS = 3 / 0", "tally/drills/rows.py:5: ZeroDivisionError: "),
        ("checks", "from .observations", "from .elsewhere", "tally/drills/checks.py:7: ModuleNot"),
        ("checks", "CHECKS = (", "OTHER = (", "tally/drills/checks.py: it has no CHECKS. List "),
        ("checks", "CHECKS = (", "CHECKS = ('x',", "tally/drills/checks.py: CHECKS: x is no Check"),
        ("probes", "PROBES = (", "PROBES = (7,", "tally/drills/probes.py: PROBES: 7 is no Probe. "),
    ],
)
def test_a_module_that_cannot_be_used_is_told_with_its_place(
    tally: Path, module: str, old: str, new: str, said: str
) -> None:
    """One sentence names the file, the line where there is one, and what is wrong."""
    changed(tally, module, old, new)
    with pytest.raises((ScenarioErrors, BrokenCode)) as refused:
        known(tally)
    assert said in str(refused.value)


def test_code_that_evidence_names_is_run_only_as_it_was(tally: Path) -> None:
    """Evidence is nobody's word: a folder that changed, or is gone, is left out of judging."""
    platform = platform_at(tally)
    seen = replace(clean(), platform=platform)
    assert platform == platform_of(seen)
    changed(tally, "checks", "CHECKS = (", "# more\nCHECKS = (")
    assert "" == platform_of(seen).code
    shutil.rmtree(tally)
    left = platform_of(seen)
    assert "own.sums_carry_on" not in checks_of(left)
    assert isinstance(left, Platform)

"""What is installed is all that a drill needs."""

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest
from drill_process import GAP, ROOT, Command

from harness import __version__

OPTIONS = ("--drill-runtime=embedded", "-p", "no:valkey", "-p", "no:cacheprovider")


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder that holds what the wheel installs."""
    folder = tmp_path_factory.mktemp("wheel")
    wheels, package = folder / "wheels", folder / "package"
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir"]
    subprocess.run([*build, str(wheels), str(ROOT)], check=True, timeout=120)
    (wheel,) = wheels.iterdir()
    with ZipFile(wheel) as archive:
        archive.extractall(package)
    return package


def test_a_drill_is_played_from_a_wheel_in_an_empty_folder(tmp_path: Path, package: Path) -> None:
    """Nothing is read from the source tree: neither the platform's SQL nor a template. pytest plays
    it as well, and finds what does so by itself.
    """
    drill = Command(tmp_path, package)
    status, output, errors = drill.run("run", str(drill.scenario), "--runtime", "embedded", GAP)
    assert (status, errors) == (0, "")
    assert "PASS, 1 store not verified" in output
    assert not drill.left()
    assert (0, f"restore-drills {__version__}\n", "") == drill.run("--version")
    played = _pytest(drill)
    assert 3 == played.returncode, played.stdout + played.stderr
    assert "UNVERIFIED meilisearch, 6 checks not made" in played.stdout
    assert f"restore-drills-{__version__}" in played.stdout
    assert not drill.left()


def test_whoever_begins_with_a_wheel_has_a_platform_to_drill(tmp_path: Path, package: Path) -> None:
    """The demonstration needs no file: one drill passes, the other names the rows that its script
    lost. The example passes as it is, played by the command and by pytest.
    """
    drill = Command(tmp_path, package)
    drill.scenario.unlink()
    status, output, errors = drill.run("demo")
    assert (0, "") == (status, errors)
    assert "\n✓ PASS nightly: " in output
    assert "\n✗ FAIL script: 5 acknowledged rows are gone, 5 owed" in output
    assert "5 of 1000 owed rows lost (keys 17, 217, 417, 617, 817)" in output
    assert "Both drills went as they should" in output
    assert not drill.left()
    status, output, errors = drill.run("init")
    assert (0, "") == (status, errors)
    status, output, errors = drill.run("run", "--runtime", "embedded")
    assert (0, "") == (status, errors)
    assert "\n✓ PASS 1 drill: 1 PASS" in output
    played = _pytest(drill)
    assert 0 == played.returncode, played.stdout + played.stderr
    assert "1 passed" in played.stdout
    assert not drill.left()


def _pytest(drill: Command) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "scenarios", *OPTIONS],
        cwd=drill.folder,
        env={**drill.environ, "PYTHONPATH": str(drill.package)},
        capture_output=True,
        text=True,
        check=False,
    )

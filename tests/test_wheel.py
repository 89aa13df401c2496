"""What is installed is all that a drill needs."""

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

from drill_process import GAP, ROOT, Command

from harness import __version__


def test_a_drill_is_played_from_a_wheel_in_an_empty_folder(tmp_path: Path) -> None:
    """Nothing is read from the source tree: neither the platform's SQL nor a template. pytest plays
    it as well, and finds what does so by itself.
    """
    wheels, package, empty = tmp_path / "wheels", tmp_path / "package", tmp_path / "empty"
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir"]
    subprocess.run([*build, str(wheels), str(ROOT)], check=True, timeout=120)
    (wheel,) = wheels.iterdir()
    with ZipFile(wheel) as archive:
        archive.extractall(package)
    empty.mkdir()
    drill = Command(empty, package)
    status, output, errors = drill.run("run", str(drill.scenario), "--runtime", "embedded", GAP)
    assert (status, errors) == (0, "")
    assert "PASS, 1 store not verified" in output
    assert not drill.left()
    assert (0, f"restore-drills {__version__}\n", "") == drill.run("--version")
    options = ("--drill-runtime=embedded", "-p", "no:valkey", "-p", "no:cacheprovider")
    played = subprocess.run(
        [sys.executable, "-m", "pytest", "scenarios", *options],
        cwd=empty,
        env={**drill.environ, "PYTHONPATH": str(package)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert 3 == played.returncode, played.stdout + played.stderr
    assert "UNVERIFIED meilisearch, 6 checks not made" in played.stdout
    assert f"restore-drills-{__version__}" in played.stdout
    assert not drill.left()

"""What is installed is all that a drill needs."""

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

from drill_process import GAP, ROOT, Command


def test_a_drill_is_played_from_a_wheel_in_an_empty_folder(tmp_path: Path) -> None:
    """Nothing is read from the source tree: neither the platform's SQL nor a template."""
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

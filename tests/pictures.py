"""The pictures in the documentation, taken of pages that real drills have just left.

`nox -s pictures` plays the drills, has Chromium show the pages, and replaces docs/pictures/.
"""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "docs" / "pictures"
NIGHTS = 3
"""How many runs the page over all runs remembers."""

NIGHTLY = (
    "scenarios/full-platform-restore.yaml",
    "scenarios/guide/platform-method-a.yaml",
    "scenarios/guide/nats-no-backup.yaml",
    "scenarios/guide/postgres-pg-dump.yaml",
    "scenarios/guide/redis-rdb-as-base.yaml",
)
CUT = """\
title: The dump was cut short, and nobody looked
why: The disk was full last night; pg_dump's status was not.
seed: {random: 20261122, contacts: 200, credentials: 20, audit_log: 2_000, events: 200}
timeline:
  - backup: nightly
    every: 24h
    postgres: pg_dump
  - damage: nightly
    store: postgres
    how: truncated
  - disaster: lose_volume
    stores: [postgres]
  - restore: nightly
    order: [postgres]
  - start: hub
objectives: {rto: 2m, rpo: {postgres: 25h}}
"""


@dataclass(frozen=True)
class Picture:
    """A page as it is looked at: where it lies among reports, and the window's size."""

    page: str
    width: int
    height: int
    is_dark: bool = False


TAKEN = {
    "failing-drill.png": Picture("cut/reports/*/dump-cut-short/report.html", 1200, 820),
    "passing-drill.png": Picture("nights/reports/*/full-platform-restore/report.html", 1200, 900),
    "run.png": Picture("nights/reports/*/index.html", 1200, 900),
    "all-runs.png": Picture("nights/reports/index.html", 1200, 1000),
    "failing-drill-phone.png": Picture(
        "cut/reports/*/dump-cut-short/report.html", 390, 844, is_dark=True
    ),
}
"""Every picture of the documentation."""


def main() -> None:
    """Play, and take every picture."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        raise SystemExit("there is no Chromium here")
    PICTURES.mkdir(exist_ok=True)
    with TemporaryDirectory() as name:
        folder = Path(name)
        nights, cut = folder / "nights", folder / "cut"
        for copied in ("scenarios", "fixtures"):
            shutil.copytree(ROOT / copied, nights / copied)
        for _ in range(NIGHTS):
            _play(nights, *NIGHTLY, "-n", "2")
        (cut / "scenarios").mkdir(parents=True)
        (cut / "scenarios" / "dump-cut-short.yaml").write_text(CUT)
        _play(cut, "scenarios/dump-cut-short.yaml")
        for target, picture in TAKEN.items():
            page = max(folder.glob(picture.page))
            _take(chromium, page, picture, PICTURES / target, folder / "chromium")


def _play(folder: Path, *asked: str) -> None:
    """Play in a folder, as a user does: pages show commands and paths as they were asked for."""
    gap = "--accept-unverified=meilisearch=no binary on this machine"
    argv = [sys.executable, "-m", "harness", "run", *asked, gap, "--runtime=embedded"]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    # One that fails is wanted, too.
    subprocess.run(argv, cwd=folder, env=environ, check=False)


def _take(chromium: str, page: Path, picture: Picture, target: Path, profile: Path) -> None:
    own = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
    own += [f"--user-data-dir={profile}", f"--window-size={picture.width},{picture.height}"]
    own += [f"--blink-settings=preferredColorScheme={0 if picture.is_dark else 1}"]
    subprocess.run([chromium, *own, f"--screenshot={target}", page.as_uri()], check=True)


if __name__ == "__main__":
    main()

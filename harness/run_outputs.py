"""What `drill run` leaves for other programs, beside its pages: each as far as it was asked for.

None changes a verdict: what could not be made is said in a line.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from harness import signing
from harness.core import writing
from harness.core.errors import TRACEBACK_VARIABLE, DrillError, UsageError, in_words
from harness.core.verdict import Verdict
from harness.report import history_file, proof_age
from harness.report.history_file import HISTORY
from harness.report.proof_age import Demand
from harness.report.run_folder import Run
from harness.settings import Hook

STDOUT = Path("-")


@dataclass(frozen=True, slots=True)
class Outputs:
    """Where to leave what; None is not asked for. `json` may be STDOUT; with `sign_key` the run's
    list of digests is signed.
    """

    junitxml: Path | None = None
    json: Path | None = None
    metrics: Path | None = None
    hook: Hook | None = None
    sign_key: Path | None = None

    def require_writable(self) -> None:
        """Refuse what cannot be written before anything is started; remove what an earlier run left
        there, which would be taken for this one's. Metrics stay: they tell of earlier runs.

        Raises: DrillError: a path cannot be written.
        """
        for option, path in self._files():
            if path.exists() and not path.is_file():
                raise UsageError(
                    f"{option}: {writing.shown(path)} is not a regular file",
                    "Name a file; --json - writes to the standard output.",
                )
            writing.folder(path.absolute().parent, f"Name another file with {option}.")
            if path != self.metrics:
                with suppress(OSError):
                    path.unlink(missing_ok=True)
        if self.sign_key:
            signing.require_key(self.sign_key)

    def leave(self, run: Run, folder: Path, stdout: TextIO) -> list[str]:
        """Leave what was asked for of a run, whose folder this is; return what could not be."""
        notes: list[str] = []

        def attempt(path: Path | None, option: str, render: Callable[[], str]) -> None:
            if path is None:
                return
            try:
                if path == STDOUT:
                    stdout.write(render())
                else:
                    writing.whole(path, render())
            except OSError as error:
                notes.append(f"{option} could not be written: {writing.reason(error)}")
            except Exception as error:
                if os.environ.get(TRACEBACK_VARIABLE):
                    raise
                notes.append(f"{option} could not be made: {in_words(error)}")

        attempt(self.junitxml, "--junitxml", lambda: _junit(run, folder))
        attempt(self.json, "--json", lambda: _json(run, folder))
        attempt(self.metrics, "--metrics", lambda: _metrics(run, folder))
        if self.sign_key:
            try:
                signing.sign(folder, self.sign_key)
            except (DrillError, OSError) as error:
                notes.append(f"the run could not be signed: {writing.reason(error)}")
        return notes

    def tell(self, run: Run, folder: Path) -> str:
        """Tell the webhook, if there is one; return why it could not be told."""
        if self.hook is None:
            return ""
        from harness import notify  # noqa: PLC0415 - few ask for it

        return notify.tell(self.hook, run, folder)

    def _files(self) -> list[tuple[str, Path]]:
        asked = {"--junitxml": self.junitxml, "--json": self.json, "--metrics": self.metrics}
        return [(name, path) for name, path in asked.items() if path and path != STDOUT]


def _junit(run: Run, folder: Path) -> str:
    from harness.report import junit  # noqa: PLC0415 - few ask for it

    return junit.render(run, folder)


def _json(run: Run, folder: Path) -> str:
    from harness.report import json_document  # noqa: PLC0415 - few ask for it

    return json_document.render(run, folder)


def _metrics(run: Run, folder: Path) -> str:
    from harness.report import openmetrics  # noqa: PLC0415 - few ask for it

    now = datetime.now(UTC)
    return openmetrics.render(run, last_success(run, folder.parent, now), now)


def last_success(run: Run, reports: Path, now: datetime) -> dict[str, datetime]:
    """Return when each scenario last passed, by the history beside the run and the run itself.

    A PASS whose evidence is still there counts only if it is one today.
    """
    found: dict[str, datetime] = {}
    with suppress(DrillError):
        history = history_file.read(reports / HISTORY)
        demands = {e.slug: Demand(e.slug, e.title, 0.0) for e in history.entries}
        ages, _ = proof_age.verified_ages(history, demands, reports, now)
        found = {age.demand.slug: age.last.ended for age in ages if age.last}
    for drill in run.drills:
        if drill.verdict is Verdict.PASS:
            ended = datetime.fromisoformat(drill.run.ended_utc)
            found[drill.slug] = max(ended, found.get(drill.slug, ended))
    return found

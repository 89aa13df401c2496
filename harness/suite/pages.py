"""A run's pages are written when all of its drills have ended, those that left nothing included."""

import contextlib
import os
from pathlib import Path

from harness.core.errors import DrillError, in_words
from harness.report import run_folder
from harness.report.annotations import annotations
from harness.report.run_folder import Run
from harness.run_pages import make
from harness.suite.listening import Ended, Listener


class RunPages(Listener):
    """Keeps why drills left no evidence, and writes the run's pages."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._reasons: dict[str, str] = {}
        self.run: Run | None = None
        """The run, when it has ended and its folder could be read."""
        self.lines: list[str] = []
        """Where the run's page is, or why it is missing."""
        self.annotations: list[str] = []
        """What GitHub shows at the lines of scenarios, where it conducts the run."""

    def ended(self, ended: Ended) -> None:
        """Keep why a drill left no evidence."""
        if ended.reason and not (self._folder / ended.slug / run_folder.EVIDENCE).is_file():
            self._reasons[ended.slug] = ended.reason

    def closed(self) -> None:
        """Write the pages, of an interrupted run too."""
        if not self._folder.is_dir():
            return
        with contextlib.suppress(OSError):
            run_folder.keep_reasons(self._folder, self._reasons)
        try:
            self.run = run_folder.read(self._folder)
            self.lines = make(self.run, self._folder)
            if os.environ.get("GITHUB_ACTIONS"):
                root = Path(os.environ.get("GITHUB_WORKSPACE", ".")).absolute()
                self.annotations = annotations(self.run, root)
        except DrillError as error:
            self.lines = [f"the run's page could not be made: {error.message}"]
        except Exception as error:  # noqa: BLE001 - a page that cannot be made changes no verdict
            self.lines = [f"the run's page could not be made: {in_words(error)}"]

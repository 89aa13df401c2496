"""What a person at a terminal, or a log, reads while drills run."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from rich.console import Console
from rich.status import Status
from rich.text import Text

from harness.core import writing
from harness.core.errors import UsageError
from harness.core.verdict import Verdict, worst
from harness.report import expected_times
from harness.report.telling import Told
from harness.report.wording import duration
from harness.scenario.model import Scenario
from harness.suite import Asked, Ended, Listener, Suite

ICONS = {Verdict.PASS: "✓", Verdict.FAIL: "✗", Verdict.UNVERIFIED: "?"}
COLOURS = {Verdict.PASS: "green", Verdict.FAIL: "red", Verdict.UNVERIFIED: "magenta"}
PROVISO_COLOUR = "yellow"
"""Amber: a PASS that leaves something open, or that loses what was expected."""
EXIT_CODES = {Verdict.PASS: 0, Verdict.FAIL: 1, Verdict.UNVERIFIED: 3}
PLAIN_LINE_EVERY_SECONDS = 5.0

_A_MINUTE = 60.0

_COLOURS_OF_WORDS = {
    "FAIL": COLOURS[Verdict.FAIL],
    "CAUSE": COLOURS[Verdict.FAIL],
    "UNVERIFIED": COLOURS[Verdict.UNVERIFIED],
    "ACCEPTED": PROVISO_COLOUR,
    "WAIVED": PROVISO_COLOUR,
    "NOTE": PROVISO_COLOUR,
}


@dataclass(frozen=True, slots=True)
class Ahead:
    """The drills that are going to be played: their scenarios, how long each takes as far as that
    is known, how many `at_once`, and as what was `asked` for.
    """

    scenarios: Sequence[Scenario]
    expected: Mapping[str, float]
    at_once: int = 1
    asked: Asked = field(default_factory=Asked)


class ConsoleWatcher:
    """Shows the present phase: a spinner with its time on a terminal, elsewhere a line with the
    time of day for each.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._status: Status | None = None
        self._title = self._shown = ""
        self._begun_seconds = self._said_seconds = 0.0
        self._done = 0
        self.place = ""
        """Which drill of how many this is."""

    def phase(self, title: str) -> None:
        """Show what the drill does now; said again, it is the same phase."""
        if title == self._title:
            return
        self._title = self._shown = title
        self._done, self._begun_seconds = 0, time.monotonic()
        self._said_seconds = self._begun_seconds
        if not self._console.is_terminal:
            self._console.print(f"  {now()} {title}")
        elif self._status is None:
            self._status = self._console.status(self)
            self._status.start()

    def advance(self, done: int, total: int) -> None:
        """Add `done` to what the phase has written."""
        self._done += done
        self._shown = f"{self._title}: {self._done:,} of {total:,}"
        since_seconds = time.monotonic() - self._said_seconds
        if self._status is None and since_seconds > PLAIN_LINE_EVERY_SECONDS:
            self._said_seconds = time.monotonic()
            self._console.print(f"  {now()} {self._shown}")
        if self._done >= total:
            self._done = 0

    def __rich__(self) -> Text:
        """Return what stands beside the spinner, made anew as long as it turns."""
        took_seconds = time.monotonic() - self._begun_seconds
        took = f"{took_seconds:.0f} s" if took_seconds < _A_MINUTE else duration(took_seconds)
        return Text(f"{self.place}{self._shown}, {took}", no_wrap=True, overflow="ellipsis")

    def quiet(self) -> None:
        """Take the spinner away so that lines can be printed; what comes is another phase."""
        self._title = ""
        if self._status is not None:
            self._status.stop()
            self._status = None


class ConsoleReport(Listener):
    """Prints each drill's verdict, and the whole run's in the end."""

    def __init__(self, console: Console, ahead: Ahead) -> None:
        self._console = console
        self._ahead = ahead
        self._watcher = ConsoleWatcher(console)
        self._begun_seconds = time.monotonic()
        self._begun = 0
        self._waiting = {scenario.slug: scenario for scenario in ahead.scenarios}
        self._verdicts: list[Verdict] = []
        self._provisos = 0
        self.errors: list[str] = []

    def refused(self, reason: str) -> None:
        """Keep what makes a file no scenario."""
        self.errors.append(reason)

    def begun(self, name: str) -> None:
        """Name the drill that begins: which of how many, how long it has been, and will be."""
        self._watcher.quiet()
        self._begun += 1
        place = f"{self._begun} of {max(self._begun, len(self._ahead.scenarios))}"
        self._watcher.place = f"{place}: "
        so_far = duration(time.monotonic() - self._begun_seconds) if self._begun > 1 else ""
        times = [
            f"{so_far} so far" if so_far else "",
            expected_times.left(self._waiting, self._ahead.expected, self._ahead.at_once),
        ]
        said = ", ".join(filter(None, times))
        stamp = "" if self._console.is_terminal else f"{now()} "
        shown = writing.shown(name)
        self._console.print(f"▶ {stamp}{place}: {shown}{f' ({said})' if said else ''}")

    def phase(self, title: str) -> None:
        """Show it."""
        self._watcher.phase(title)

    def advance(self, done: int, total: int) -> None:
        """Show it."""
        self._watcher.advance(done, total)

    def ended(self, ended: Ended) -> None:
        """Print a drill's verdict and findings."""
        self._watcher.quiet()
        scenario = self._waiting.pop(ended.slug, None)
        if ended.told:
            self.tell(ended.told)
            return
        self._verdicts.append(Verdict.UNVERIFIED)
        self._line(Verdict.UNVERIFIED, f"{ended.name}: {ended.reason}")
        if scenario:
            self._again(self._ahead.asked.command(scenario))

    def tell(self, told: Told) -> None:
        """Print what a drill came to."""
        self._watcher.quiet()
        self._verdicts.append(told.verdict)
        self._provisos += told.word != told.verdict
        first, *rest = told.lines
        self._line(told.verdict, first, told.word)
        for line in (*rest, *(f"NOTE {note}" for note in told.notes)):
            self._point(line)
        if told.verdict is not Verdict.PASS:
            self._again(told.rerun)
        if told.page:
            self._console.print(f"  report: {told.page}", no_wrap=True)

    def quiet(self) -> None:
        """Take the spinner away."""
        self._watcher.quiet()

    def note(self, line: str) -> None:
        """Print that something of the run's reports is missing."""
        self._point(f"NOTE {line}")

    def conclude(self, suite: Suite) -> int:
        """Print the last lines of a run that has ended, and return its exit code.

        Raises: UsageError: a file could not be collected.
        """
        self._watcher.quiet()
        if self.errors:
            raise UsageError("\n".join(self.errors))
        for note in suite.notes:
            self._console.print(f"NOTE {note}")
        verdict = worst(self._verdicts)
        counts = ", ".join(
            f"{self._verdicts.count(word)} {word}" for word in Verdict if word in self._verdicts
        )
        if self._provisos:
            counts += f" ({self._provisos} with a proviso)"
        played = "1 drill" if len(self._verdicts) == 1 else f"{len(self._verdicts)} drills"
        took = duration(time.monotonic() - self._begun_seconds)
        self._line(verdict, f"{played}: {counts or 'nothing was played'}, in {took}")
        for line in suite.pages.lines:
            self._console.print(f"  {line}", no_wrap=True)
        for line in suite.pages.annotations:
            self._console.print(line, no_wrap=True)
        return EXIT_CODES[verdict]

    def _again(self, command: str) -> None:
        if command:
            self._console.print(f"  run it again: {command}", no_wrap=True)

    def _point(self, line: str) -> None:
        word, space, rest = line.partition(" ")
        colour = _COLOURS_OF_WORDS.get(word, "")
        self._console.print(Text.assemble("  ", (word, colour), space, rest))

    def _line(self, verdict: Verdict, text: str, word: str = "") -> None:
        colour = PROVISO_COLOUR if word and word != verdict else COLOURS[verdict]
        said = f"{ICONS[verdict]} {word or verdict.value}"
        if word and word != verdict:
            said += ":"
        self._console.print(Text.assemble((said, colour), f" {text}"))


def now() -> str:
    """Return the time of day, as a log tells it."""
    return f"{datetime.now(UTC):%H:%M:%SZ}"

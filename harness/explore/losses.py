"""What was lost, for every fault, store and method that can meet: a page for people."""

import re
from collections.abc import Iterator
from pathlib import Path

from harness.core import writing
from harness.core.errors import DrillError
from harness.explore.exploring import Timeline
from harness.explore.ground import Ground, Meeting
from harness.explore.judging import Standing
from harness.explore.schedule import met
from harness.kinds import Promise

_NEVER = "not played yet"
_ROW = re.compile(r"^\| `(\w+)` \| (\w+) \| `(\w+)` \| (.+) \|$", re.MULTILINE)
_HEAD = """\
# What a disaster costs, by method

Every fault, store and backup method that can meet, each in the plainest timeline: a backup by the \
method as it is without options, five more rows of each table, the disaster, the restore of that \
store alone, the start of the hub. `drill explore --table` plays those that \
are missing here and writes this page.

Rows *at risk* were written after the backup. A check that is named does not hold; the scenario \
beside it shows why.

"""


class Losses:
    """What came of the plainest timeline of every meeting on one platform, and what a page has of
    that already.
    """

    def __init__(self, ground: Ground, page: Path | None = None) -> None:
        self._ground = ground
        self._plain = {met(ground, meeting, 0).key: meeting for meeting in ground.meetings()}
        self._rows: dict[Meeting, str] = dict(_told(page)) if page and page.is_file() else {}

    def open(self) -> Iterator[Meeting]:
        """Yield the meetings of which nothing is known yet."""
        return (meeting for meeting in self._ground.meetings() if meeting not in self._rows)

    def add(self, timeline: Timeline) -> None:
        """Keep what came of a timeline, if it is the plainest of a meeting."""
        if (meeting := self._plain.get(timeline.draft.key)) is not None:
            self._rows[meeting] = _cost(timeline)

    def write(self, path: Path) -> None:
        """Write the page. Raises: DrillError: it cannot be written."""
        try:
            writing.whole(path, _HEAD + "\n".join(self._lines()) + "\n")
        except OSError as error:
            raise DrillError(f"{path}: {writing.reason(error)}") from None

    def _lines(self) -> Iterator[str]:
        yield "| method | promises | may lose |"
        yield "|---|---|---|"
        for method in self._ground.methods.values():
            promise: Promise = method.promise(method.options())
            said = f"{promise.scope}, as of {promise.cut}"
            yield f"| `{method.id}` | {said} | {promise.bound} |"
        yield ""
        yield "| fault | store | method | cost |"
        yield "|---|---|---|---|"
        for meeting in self._ground.meetings():
            cost = self._rows.get(meeting, _NEVER)
            yield f"| `{meeting.fault}` | {meeting.store} | `{meeting.method}` | {cost} |"


def _told(page: Path) -> Iterator[tuple[Meeting, str]]:
    for fault, store, method, cost in _ROW.findall(page.read_text(encoding="utf-8")):
        if cost != _NEVER:
            yield Meeting(fault, store, method), cost


def _cost(timeline: Timeline) -> str:
    played = timeline.played
    if timeline.judged.standing in (Standing.UNPLAYED, Standing.ALARM):
        return f"not played: {timeline.judged.why}"
    gone = sum(played.gone.values())
    lost = sum(played.lost.values())
    said = [f"{gone} rows at risk"] if gone else []
    said += [f"{lost} owed rows"] if lost else []
    if played.failed:
        causes = {c: s.path.stem for c, s in timeline.causes.items()}
        said += [
            f"`{failed.check}`" + (f" ({causes[failed.check]})" if failed.check in causes else "")
            for failed in played.failed
        ]
    return ", ".join(said) or "nothing"

"""What an exploration found, for people: line by line, in tables, and as scenario files."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from harness.explore.draft import Draft
from harness.explore.exploring import Finding, Timeline
from harness.explore.ground import Ground, Meeting
from harness.explore.judging import Standing
from harness.scenario.problem import shown_path


@dataclass(slots=True)
class Tally:
    """How many timelines stand how, what met what, and what explained the findings. It
    `is_in_doubt` where a timeline could not be judged, or failed but once.
    """

    standings: Counter[Standing] = field(default_factory=Counter)
    met: Counter[Meeting] = field(default_factory=Counter)
    points: Counter[tuple[Meeting, str]] = field(default_factory=Counter)
    causes: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    is_in_doubt: bool = False

    def add(self, timeline: Timeline, ground: Ground) -> None:
        """Count a timeline."""
        standing = timeline.judged.standing
        self.standings[standing] += 1
        for check in timeline.unexplained:
            self.reasons[f"{check} failed, and not again"] += 1
            self.is_in_doubt = True
        self.is_in_doubt |= standing is Standing.ALARM
        for cause in {shown_path(scenario.path) for scenario in timeline.causes.values()}:
            self.causes[cause] += 1
        if standing in (Standing.UNPLAYED, Standing.ALARM):
            self.reasons[timeline.judged.why] += 1
            return
        for meeting, point in met_in(timeline.draft, ground):
            self.met[meeting] += 1
            self.points[meeting, point] += 1


def met_in(draft: Draft, ground: Ground) -> Iterator[tuple[Meeting, str]]:
    """Yield what met in a timeline: a fault, a store, the method of its last backup, and when."""
    methods: dict[str, str] = {}
    for step in draft.steps:
        if "backup" in step:
            methods |= {s: step[s]["method"] for s in ground.platform.stores if s in step}
        strike = step if "disaster" in step else step.get("meanwhile", {})
        for store in strike.get("stores", ()):
            if store in methods:
                at = f"{next(iter(step))} {strike['at']}" if "at" in strike else "between steps"
                yield Meeting(strike["disaster"], store, methods[store]), at


def line(timeline: Timeline) -> str:
    """Return what came of a timeline, in a line."""
    steps = len(timeline.draft.steps)
    standing = timeline.judged.standing
    said = f"{timeline.number}: {standing}, {steps} steps in {timeline.played.seconds:.1f} s"
    if standing is Standing.FOUND:
        causes = sorted({scenario.path.stem for scenario in timeline.causes.values()})
        known = f"known: {', '.join(causes)}" if causes else ""
        new = f"not explained: {', '.join(timeline.unexplained)}" if timeline.unexplained else ""
        return f"{said}; {'; '.join(filter(None, [new, known]))}"
    return said if standing is Standing.HELD else f"{said}; {timeline.judged.why}"


def written(finding: Finding, ground: Ground, folder: Path, random: int) -> Path:
    """Write a finding as a scenario that expects what it shows; return its file."""
    promised = "; ".join(dict.fromkeys(_promises(finding.draft, ground)))
    draft = replace(
        finding.draft,
        title=_title(finding),
        why=f"Found by drill explore --random {random}: {finding.summary}. Promised: {promised}.",
        tags=("explored",),
    )
    folder.mkdir(parents=True, exist_ok=True)
    stem = draft.stem(finding.check)
    file = folder / f"{stem}.yaml"
    number = 1
    while file.exists():
        number += 1
        file = folder / f"{stem}-{number}.yaml"
    file.write_text(draft.text(folder), encoding="utf-8")
    return file


def _promises(draft: Draft, ground: Ground) -> Iterator[str]:
    for step in draft.steps:
        for store in ground.platform.stores if "backup" in step else ():
            if store in step:
                choice = {key: value for key, value in step[store].items() if key != "method"}
                method = ground.methods[step[store]["method"]]
                promise = method.promise(method.options.model_validate(choice))
                yield f"{store} by {method.id}, {promise.scope} as of {promise.cut}"


def _title(finding: Finding) -> str:
    return f"What {finding.check} does not forgive: {finding.summary.partition(' (')[0]}"


def summary(tally: Tally, new: int, minutes: float) -> Iterator[str]:
    """Yield what was found altogether."""
    count = sum(tally.standings.values())
    rate = count / minutes if minutes else 0.0
    stand = ", ".join(f"{number} {standing}" for standing, number in tally.standings.items())
    yield f"{count} timelines in {minutes:.1f} min, {rate:.0f} a minute: {stand}"
    for cause, number in tally.causes.most_common():
        yield f"  known {number} times: {cause}"
    for reason, number in tally.reasons.most_common():
        yield f"  {number} times: {reason}"
    yield f"{len(tally.met)} of what can meet has met, {len(tally.points)} with its point in time"
    yield (
        f"{new} findings that nobody knew" if new else "nothing exceeds a promise but what is known"
    )


def table(tally: Tally, ground: Ground) -> Iterator[str]:
    """Yield which fault, store and method met how often, those that never did too."""
    meetings = list(dict.fromkeys([*ground.meetings(), *tally.met]))
    wide = max(len(str(meeting)) for meeting in meetings)
    for meeting in meetings:
        points = {point: n for (m, point), n in tally.points.items() if m == meeting}
        when = ", ".join(f"{point} {number}" for point, number in points.items()) or "never"
        yield f"  {meeting!s:<{wide}}  {when}"

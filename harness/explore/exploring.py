"""One exploration: timelines are played, what exceeds a promise is explained or shortened."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from harness.checks import checks_of
from harness.explore.draft import Draft
from harness.explore.ground import Ground
from harness.explore.judging import Judged, Standing, judged
from harness.explore.known import Known
from harness.explore.played import Played
from harness.explore.playing import Players
from harness.explore.shrinking import shrunk
from harness.scenario.load import load
from harness.scenario.model import Scenario
from harness.scenario.problem import ScenarioErrors

_UNREAD = "nothing is left that it could look at"


@dataclass(frozen=True, slots=True)
class Timeline:
    """A timeline that was played, and what came of it; `causes` explains each failed check by the
    scenario that shows it.
    """

    number: int
    draft: Draft
    played: Played
    judged: Judged
    causes: dict[str, Scenario] = field(default_factory=dict)

    @property
    def unexplained(self) -> list[str]:
        """The checks of a finding that nothing known explains."""
        if self.judged.standing is not Standing.FOUND:
            return []
        return [check for check in self.judged.checks if check not in self.causes]


@dataclass(frozen=True, slots=True)
class Finding:
    """What nobody knew: the shortest draft that shows it, the check it was shortened for, and what
    that check says.
    """

    draft: Draft
    check: str
    summary: str
    found_in: int


class Explorer:
    """Plays on these grounds with these players, and learns what it finds."""

    def __init__(
        self, grounds: Sequence[Ground], players: Players, known: Sequence[Scenario], folder: Path
    ) -> None:
        self._grounds = {ground.folder: ground for ground in grounds}
        self._players = players
        self._folder = folder
        self._known = [scenario for scenario in known if scenario.terms.expectation.fail]

    def explore(self, drafts: Iterable[Draft], first: int = 1) -> Iterator[Timeline]:
        """Yield what came of each legal draft, in their order, numbered from `first` on."""
        legal = (draft for draft in drafts if self._loaded(draft) is not None)
        for number, (draft, played) in enumerate(self._players.play(legal), first):
            found = judged(draft, played, self._ground(draft).kinds)
            yield Timeline(number, draft, played, found, self._causes(draft, found))

    def explained(self, timeline: Timeline) -> tuple[Timeline, list[Finding]]:
        """Return a timeline with every check that failed explained, if it fails again, and what
        nobody knew before.
        """
        new: list[Finding] = []
        causes = self._causes(timeline.draft, timeline.judged)
        for check in timeline.judged.checks if timeline.unexplained else ():
            # What one check taught may explain the next.
            causes = {**self._causes(timeline.draft, timeline.judged), **causes}
            if check in causes:
                continue
            finding, cause = self._shortest(timeline, check)
            if cause is not None:
                causes[check] = cause
            if finding is not None:
                new.append(finding)
        return replace(timeline, causes=causes), new

    def _shortest(self, timeline: Timeline, check: str) -> tuple[Finding | None, Scenario | None]:
        """Shorten a timeline for one check; return what is new of it, and what explains it: nothing
        where it does not fail again.
        """
        ground = self._ground(timeline.draft)

        def shows(drafts: Sequence[Draft]) -> list[bool]:
            legal = [draft for draft in drafts if self._loaded(draft, [check]) is not None]
            failing = {
                draft.key
                for draft, played in self._players.play(_failing(d, [check]) for d in legal)
                if check in judged(draft, played, ground.kinds).checks
            }
            return [draft.key in failing for draft in drafts]

        shortest = shrunk(timeline.draft, ground, shows)
        ((_, played),) = self._players.play([_failing(shortest, [check])])
        found = judged(shortest, played, ground.kinds)
        if check not in found.checks:
            return None, None
        if cause := self._causes(shortest, found).get(check):
            return None, cause
        unread = dict.fromkeys((said.partition(":")[0] for said in played.unread), _UNREAD)
        failing = replace(_failing(shortest, found.checks), skip=unread)
        scenario = self._loaded(shortest, found.checks)
        assert scenario is not None
        scenario = replace(scenario, path=Path(f"{shortest.stem(check)}.yaml"))
        self._known.append(scenario)
        said = next((f.summary for f in played.failed if f.check == check), found.why)
        return Finding(failing, check, said, timeline.number), scenario

    def _causes(self, draft: Draft, found: Judged) -> dict[str, Scenario]:
        if found.standing is not Standing.FOUND:
            return {}
        scenario = self._loaded(draft, found.checks)
        assert scenario is not None
        known = Known(self._known, checks_of(scenario.platform))
        return known.explained(scenario.timeline, found.checks)

    def _ground(self, draft: Draft) -> Ground:
        return self._grounds[draft.platform]

    def _loaded(self, draft: Draft, failing: Sequence[str] = ()) -> Scenario | None:
        """Return a draft as a scenario, None where it is none."""
        file = self._folder / "explored.yaml"
        file.write_text(_failing(draft, failing).text(file.parent), encoding="utf-8")
        with suppress(ScenarioErrors):
            return load(file, self._ground(draft).kinds)
        return None


def _failing(draft: Draft, checks: Sequence[str]) -> Draft:
    return replace(draft, expected={check: {} for check in checks})

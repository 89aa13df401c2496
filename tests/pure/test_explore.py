"""Timelines are composed from a seed, of whatever the lists of kinds hold, and shortened."""

import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from ours import CHECKS

from harness.core.history import DisasterProof, Takes
from harness.core.verdict import Verdict
from harness.explore.draft import Draft
from harness.explore.ground import Ground, Meeting, grounds_of
from harness.explore.judging import Standing, judged
from harness.explore.known import Known
from harness.explore.played import Failed, Played
from harness.explore.schedule import met, schedule
from harness.explore.shrinking import shrunk
from harness.explore.stand import is_whole
from harness.explore.telling import met_in
from harness.kinds import Options
from harness.scenario.discover import gather
from harness.scenario.kinds import Kinds
from harness.scenario.load import load
from harness.scenario.model import Scenario
from harness.scenario.problem import ScenarioErrors
from harness.site import Site

ROOT = Path(__file__).parents[2]
COMPOSED = 120
PRINTED = """\
import sys
from itertools import islice
import {beside}
from harness.explore.ground import grounds_of
from harness.explore.schedule import schedule
from harness.scenario.kinds import Kinds
for draft in islice(schedule(grounds_of([], Kinds.installed()), 7), 30):
    print(draft.key)
"""


@pytest.fixture(scope="module")
def grounds() -> list[Ground]:
    """The platforms that this project's scenarios drill."""
    return grounds_of(gather([ROOT / "scenarios" / "platforms"]), Kinds.installed())


@pytest.fixture(scope="module")
def ours() -> Ground:
    """The platform that comes along."""
    (ground,) = grounds_of([], Kinds.installed())
    return ground


@pytest.fixture(scope="module")
def drafts(ours: Ground, grounds: list[Ground]) -> list[Draft]:
    """The beginning of a schedule on all of them."""
    return list(islice(schedule([ours, *grounds], 3), COMPOSED))


def loaded(draft: Draft, folder: Path) -> Scenario:
    """Return a draft as the scenario it is. Raises: ScenarioErrors: it is none."""
    file = folder / "draft.yaml"
    file.write_text(draft.text(folder), encoding="utf-8")
    return load(file)


@pytest.mark.parametrize("beside", ["json", "harness.report.page, harness.checks, numpy"])
def test_the_same_seed_gives_the_same_schedule(ours: Ground, beside: str) -> None:
    """In another process as well, whatever it has loaded beside."""
    argv = [sys.executable, "-c", PRINTED.format(beside=beside)]
    told = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=True)
    here = [draft.key for draft in islice(schedule([ours], 7), 30)]
    assert here == told.stdout.splitlines()
    assert here != [draft.key for draft in islice(schedule([ours], 8), 30)]
    assert len(here) == len(set(here))


def test_timelines_are_legal_and_whole(
    ours: Ground, grounds: list[Ground], drafts: list[Draft], tmp_path: Path
) -> None:
    """Few are refused by the rules of scenarios, and each brings back what it strikes."""
    refused = 0
    by_folder = {ground.folder: ground for ground in [ours, *grounds]}
    for draft in drafts:
        assert is_whole(by_folder[draft.platform], draft.steps)
        try:
            assert loaded(draft, tmp_path).timeline
        except ScenarioErrors:
            refused += 1
    assert refused <= COMPOSED * 0.05
    assert {Path(draft.platform).name for draft in drafts} >= {"", "kinds", "market", "shop"}


def test_everything_that_can_meet_meets_in_one_round(ours: Ground) -> None:
    """Each fault, each store it strikes and each method of that store, once by themselves."""
    meetings = set(ours.meetings())
    for fault in ours.faults.values():
        for store in fault.stores:
            assert Meeting(fault.id, store, ours.methods_for(store)[0]) in meetings
    round_of_all = islice(schedule([ours], 5), 2 * len(meetings))
    plain = {draft.key for draft in round_of_all}
    assert {met(ours, meeting, 5).key for meeting in meetings} <= plain


class NewFault:
    """A fault that is in the list from now on."""

    id = "new_fault"
    title = "something new"
    options = Options
    stores = ("nats",)
    takes = Takes.DATA

    def inject(self, site: Site, store: str, options: Options) -> DisasterProof:
        """It strikes nothing here."""
        raise NotImplementedError


def test_a_new_fault_is_played_without_a_change(ours: Ground) -> None:
    """What the list holds is met, and so are the methods' own points."""
    kinds = replace(ours.kinds, faults={**ours.kinds.faults, "new_fault": NewFault()})
    (ground,) = grounds_of([], kinds)
    played = list(islice(schedule([ground], 1), 4 * len(list(ground.meetings()))))
    met_at = {pair for draft in played for pair in met_in(draft, ground)}
    assert {"new_fault"} <= {meeting.fault for meeting, _ in met_at}
    assert {point for _, point in met_at} > {"between steps"}


def test_a_loss_is_a_finding_and_a_loud_refusal_is_none(ours: Ground) -> None:
    """Of a damaged backup nothing is promised but that it is refused."""
    damaged = Draft(
        1,
        {},
        (
            {"backup": "b", "nats": {"method": "volume"}},
            {"damage": "b", "store": "nats", "how": "truncated"},
            {"restore": "b", "order": ["nats"]},
        ),
    )
    lost = Failed("stream_messages", "nats", "40 of 40 lost", {"lost": 40})
    silent = Played(Verdict.FAIL, "", 1.0, (lost,))
    loud = replace(silent, refused={"nats": "restore b: nats: it is cut short"})
    whole = replace(damaged, steps=(damaged.steps[0], damaged.steps[2]))
    kinds = ours.kinds
    assert judged(damaged, silent, kinds).standing is Standing.FOUND
    assert judged(damaged, loud, kinds).standing is Standing.REFUSED
    assert judged(whole, loud, kinds).standing is Standing.FOUND
    broken = replace(silent, failure="value error: no, during: seed")
    assert judged(whole, broken, kinds).standing is Standing.ALARM
    unread = Played(Verdict.UNVERIFIED, "", 1.0, unread=("streams: no answer",))
    assert judged(whole, unread, kinds).standing is Standing.ALARM


@pytest.mark.parametrize(
    ("method", "gone", "standing"),
    [
        ({"method": "pg_dump"}, 5, Standing.HELD),
        ({"method": "pg_dump"}, 6, Standing.FOUND),
        ({"method": "base_backup", "wal": "stream"}, 1, Standing.FOUND),
        ({"method": "base_backup"}, 5, Standing.HELD),
    ],
)
def test_no_more_goes_than_the_method_promises(
    ours: Ground, method: Mapping[str, str], gone: int, standing: Standing
) -> None:
    """Counted by the steps: what was written since the backup, or nothing where all is kept."""
    steps: tuple[dict[str, Any], ...] = (
        {"write": {"audit_log": 7}},
        {"backup": "b", "postgres": method},
        {"write": {"audit_log": 5}},
        {"restore": "b", "order": ["postgres"]},
    )
    went = Played(Verdict.PASS, "", 1.0, gone={"audit_log_complete": gone})
    assert judged(Draft(1, {}, steps), went, ours.kinds).standing is standing


def test_a_timeline_is_shortened_to_what_shows_the_finding(ours: Ground) -> None:
    """Nothing can be left out of what remains, and what is struck still comes back."""
    draft = next(
        draft
        for draft in schedule([ours], 11)
        if len(draft.steps) > 6
        and any("restore" in step and "postgres" in step["order"] for step in draft.steps)
    )

    def shows(candidates: Sequence[Draft]) -> Iterator[bool]:
        for candidate in candidates:
            yield any("postgres" in step.get("order", ()) for step in candidate.steps)

    shortest = shrunk(draft, ours, shows)
    assert ["backup", "restore", "start"] == [next(iter(step)) for step in shortest.steps]
    assert ["method"] == list(shortest.steps[0]["postgres"])
    assert is_whole(ours, shortest.steps)


def test_what_a_scenario_expects_is_known(tmp_path: Path) -> None:
    """Its steps happen in the timeline, in their order; another store's method does not matter."""
    pattern = Draft(
        1,
        {"contacts": 9},
        (
            {"backup": "b", "postgres": {"method": "pg_dump"}},
            {"write": {"contacts": 5}},
            {"restore": "b", "order": ["postgres"]},
            {"start": "hub"},
        ),
        expected={"search_documents": {}, "unlogged_table_rows": {}},
    )
    known = Known([loaded(pattern, tmp_path)], CHECKS)
    copied = {"method": "volume", "while": "running"}
    longer: tuple[dict[str, Any], ...] = (
        {"backup": "first", "nats": {"method": "volume"}},
        {"backup": "second", "postgres": copied, "during": {"contacts": 12}},
        {"disaster": "lose_volume", "stores": ["postgres"]},
        {"restore": "second", "order": ["postgres"]},
        {"start": "hub"},
    )
    failed = ["search_documents", "unlogged_table_rows", "audit_log_complete"]

    def explained(steps: Sequence[Mapping[str, Any]]) -> set[str]:
        scenario = loaded(replace(pattern, steps=tuple(steps)), tmp_path)
        return set(known.explained(scenario.timeline, failed))

    assert {"search_documents"} == explained(longer)
    assert {"search_documents", "unlogged_table_rows"} == explained(pattern.steps)
    written_before = (longer[0], {"write": {"contacts": 5}}, {**longer[1], "during": {}})
    assert set() == explained((*written_before, *longer[2:]))

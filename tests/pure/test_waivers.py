"""A waiver has an owner and an end: until then it waives, and from then on it fails."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import evidence_samples
import pytest
from drill_process import SMALL
from test_judge import a_case, a_check, checks

from harness import settings as project_settings
from harness.core.errors import UsageError
from harness.core.terms import Terms
from harness.core.verdict import Verdict
from harness.judge import judge
from harness.report.rejudge import rejudge
from harness.scenario.terms import terms_in

SAID = "the new disks come (owner: Kim, until 2026-11-21)"
TERMS = Terms(skip={"a": SAID}, until={"a": "2026-11-21"})
WAIVER = "skip:\n  {check}: {{reason: the new disks come, owner: Kim, until: {day}}}\n"


@pytest.mark.parametrize(
    ("day", "says", "verdict", "expected"),
    [
        ("2026-11-21", Verdict.FAIL, Verdict.PASS, "1 failure waived"),
        ("2026-11-22", Verdict.FAIL, Verdict.FAIL, ""),
        ("2026-11-22", Verdict.PASS, Verdict.FAIL, ""),
        ("2027-01-01", Verdict.UNVERIFIED, Verdict.UNVERIFIED, ""),
    ],
)
def test_a_waiver_ends_after_its_day(
    day: str, says: Verdict, verdict: Verdict, expected: str
) -> None:
    """On its last day it still waives. Later the check fails whatever it finds, but for what could
    not be read, which the machine has to answer for.
    """
    made = checks(a_check("a", says), a_check("b", Verdict.PASS))
    told = judge(a_case(), TERMS, {}, made, day)
    found = {f.check: f for f in (*told.findings, *told.waived)}["a"]
    if says is not Verdict.UNVERIFIED and day > "2026-11-21":
        assert Verdict.FAIL is found.verdict
        assert found.summary.startswith(f"its waiver has ended: {SAID}; it says {says}: ")
        assert "renew the waiver with its owner, or remove it" == found.next_step
        assert {} == told.skipped
    else:
        assert says is found.verdict
    if expected:
        assert [found] == list(told.waived)
        assert {"a": SAID} == told.skipped
    else:
        assert verdict is told.verdict


def test_a_scenario_says_who_waives_and_until_when() -> None:
    """The short way has no owner and no end; the long one says both wherever it is shown."""
    short = terms_in(SMALL + "skip: {rto: a slow machine}\n")
    assert ({"rto": "a slow machine"}, {}) == (short.skip, short.until)
    assert {} == short.expired("2999-01-01")
    long = terms_in(SMALL + WAIVER.format(check="rto", day="2026-11-21"))
    assert ({"rto": SAID}, {"rto": "2026-11-21"}) == (long.skip, long.until)
    assert {} == long.expired("2026-11-21")
    assert {"rto": SAID} == long.expired("2026-11-22")


@pytest.mark.parametrize(("day", "failed"), [("2026-11-22", False), ("2026-11-21", True)])
def test_a_drill_is_judged_by_its_own_day(day: str, *, failed: bool) -> None:
    """Read in a year, the drill of a valid waiver is what it was; so is one of an ended waiver."""
    evidence = evidence_samples.clean()
    text = SMALL + WAIVER.format(check="procedure_completed", day=day)
    scenario = replace(evidence.scenario, text=text, sha256=sha256(text.encode()).hexdigest())
    told = rejudge(replace(evidence, scenario=scenario)).evidence.judgement
    found = [f.check for f in told.findings if f.summary.startswith("its waiver has ended")]
    assert (["procedure_completed"] if failed else []) == found
    assert failed == (told.verdict is Verdict.FAIL)
    assert failed == ("procedure_completed" not in told.skipped)


def settings(folder: Path, waiver: str) -> project_settings.Settings:
    """Return the settings of a project that accepts a gap."""
    accepts = f"[tool.drill.accept_unverified]\nmeilisearch = {waiver}\n"
    (folder / "pyproject.toml").write_text(accepts)
    return project_settings.read(folder)


def test_an_acceptance_ends_after_its_day(tmp_path: Path) -> None:
    """From then on the gap is open again, and whose acceptance it was is told."""
    today = datetime.now(UTC).date()
    waiver = '{{reason = "no binary", owner = "Kim", until = {}}}'
    open_ended = settings(tmp_path, '{reason = "no binary", owner = "Kim"}')
    assert ({"meilisearch": "no binary (owner: Kim)"}, {}) == (
        open_ended.accept_unverified,
        open_ended.lapsed,
    )
    valid = settings(tmp_path, waiver.format(today + timedelta(days=1)))
    assert {"meilisearch"} == set(valid.accept_unverified)
    ended = settings(tmp_path, waiver.format("2026-01-31"))
    assert {} == ended.accept_unverified
    assert {"meilisearch": "no binary (owner: Kim, until 2026-01-31)"} == ended.lapsed


@pytest.mark.parametrize(
    ("waiver", "said"),
    [
        ('{owner = "Kim"}', "accept_unverified.meilisearch: key 'reason' is missing"),
        ('{reason = "x", until = "2027-01-31"}', "until: '2027-01-31' is not a day"),
        ('{reason = "x", until = 2027-01-31T00:00:00Z}', "is not a day"),
        ('{reason = "x", owned = "Kim"}', "'owned' is unknown. Did you mean 'owner'?"),
        ('{reason = ""}', "reason: '' is not a text"),
        ("[]", r"meilisearch: \[\] is not a text"),
    ],
)
def test_a_wrong_acceptance_is_refused(tmp_path: Path, waiver: str, said: str) -> None:
    """By its place and with what would be right."""
    with pytest.raises(UsageError, match=said):
        settings(tmp_path, waiver)

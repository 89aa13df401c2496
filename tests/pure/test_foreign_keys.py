"""The database agrees with itself, or the check says where it does not."""

from dataclasses import replace

import pytest
from ours import our_case

from harness.checks.foreign_keys import CHECKS
from harness.core.case import NotApplicable
from harness.core.errors import Unread
from harness.core.finding import Finding
from harness.core.history import History
from harness.core.ledger import Ledger
from harness.core.observation import Observations
from harness.core.verdict import Verdict
from harness.observations.postgres_integrity import IndexCount, Integrity, Orphans

BY_ID = {check.id: check for check in CHECKS}
SOUND = Integrity(
    {"public.notes: notes_contact_fkey": Orphans(0)},
    {"public.contacts.search_name": 0},
    {"public.contacts_pkey": IndexCount(7, 7)},
)


def judged(check_id: str, seen: Integrity | None, before: Integrity | None = None) -> Finding:
    """Return the finding of one check."""
    case = our_case(Ledger(1), History(), Observations(), Observations())
    if before is not None:
        case.before.put(before)
    if seen is not None:
        case.after.put(seen)
    return BY_ID[check_id].judge(BY_ID[check_id], case)


@pytest.mark.parametrize("check_id", BY_ID)
def test_a_sound_database_passes(check_id: str) -> None:
    """Nothing is wrong where everything agrees."""
    assert Verdict.PASS is judged(check_id, SOUND).verdict


@pytest.mark.parametrize("check_id", BY_ID)
def test_nothing_to_judge_is_not_applicable(check_id: str) -> None:
    """A database without keys, generated columns or indexes proves nothing."""
    with pytest.raises(NotApplicable):
        judged(check_id, Integrity())


def test_a_key_that_leads_nowhere_is_named() -> None:
    """The finding names the foreign key, and the keys that are missing."""
    finding = judged(
        "foreign_keys_hold", Integrity({"public.notes: fk": Orphans(3, ("17", "4711"))})
    )
    assert "foreign keys: 1 of 1 are broken (public.notes: fk)" == finding.summary
    assert (
        "public.notes: fk: 3 rows referring to what is not there (key 17, 4711)" == finding.actual
    )


def test_a_stale_generated_value_is_counted() -> None:
    """The finding names the column and counts its rows."""
    finding = judged("generated_columns_recompute", Integrity(stale={"public.c.g": 2}))
    assert "generated columns: 1 of 1 hold stale values (public.c.g)" == finding.summary
    assert "public.c.g: 2 stale rows" == finding.actual


def test_an_index_that_hides_rows_or_is_invalid_fails() -> None:
    """Both an index that leads to fewer rows and one that no query uses are named."""
    finding = judged(
        "indexes_agree",
        Integrity(
            index_counts={"public.a_pkey": IndexCount(6, 7), "public.b_pkey": IndexCount(7, 7)},
            invalid_indexes=("public.c_idx",),
        ),
    )
    assert (
        "indexes: 2 of 3 do not lead to every row (public.a_pkey, public.c_idx)" == finding.summary
    )
    assert "public.a_pkey: 6 rows by index, 7 by scan\npublic.c_idx: invalid" == finding.actual
    assert {"indexes": 3, "disagreeing": 2, "unforced": 0} == finding.counts


def test_an_index_that_breaks_off_or_leads_elsewhere_fails() -> None:
    """As many rows are not enough: they must be the same, and in the index's order."""
    counts = {"a": IndexCount(7, 7, 1, 2), "b": IndexCount(0, 7, said="XX002")}
    finding = judged("indexes_agree", Integrity(index_counts=counts))
    assert "a: 7 rows, which are others or in another order\nb: SQLSTATE XX002" == finding.actual


def test_an_index_that_was_invalid_at_the_backup_passes() -> None:
    """CREATE INDEX CONCURRENTLY leaves one behind when it fails."""
    seen = replace(SOUND, invalid_indexes=("public.c_idx",))
    assert Verdict.PASS is judged("indexes_agree", seen, seen).verdict
    assert Verdict.FAIL is judged("indexes_agree", seen, SOUND).verdict


def test_an_index_that_cannot_be_walked_is_told() -> None:
    """It is on the list, with its reason; when there is no other, nothing was verified."""
    unforced = {"public.c_idx": "no condition holds for all of ivfflat"}
    finding = judged("indexes_agree", replace(SOUND, unforced=unforced))
    assert (
        "indexes: all 1 lead to the rows that a scan finds; 1 of a kind that has no walk"
        == finding.summary
    )
    assert "public.c_idx: no condition holds for all of ivfflat" == finding.actual
    assert {"indexes": 1, "disagreeing": 0, "unforced": 1} == finding.counts
    with pytest.raises(Unread, match=r"^no index could be walked \(public\.c_idx: no condition"):
        judged("indexes_agree", Integrity(unforced=unforced))


OLD = Integrity(
    {"t: fk": Orphans(3, ("7", "8"), {"7": 2, "8": 1}, 15)},
    {"t.g": 2},
    stale_rows={"t.g": Orphans(2, ("1", "2"), {"1": 1, "2": 1}, 3)},
)


@pytest.mark.parametrize(
    "reason",
    [
        "its table cannot be scanned: SQLSTATE XX001",
        "the planner does not walk btree of operator class int4_ops",
        "the planner does not walk gist of operator class range_ops",
        "no condition holds for all of btree of operator class int4_ops",
        "no condition holds for all of unheard_of of operator class some_ops",
    ],
)
def test_an_index_that_should_have_been_walked_and_was_not_is_no_pass(reason: str) -> None:
    """That there was no walk may be the damage; one that disagrees is told all the same."""
    seen = replace(SOUND, unforced={"public.c_idx": reason})
    with pytest.raises(Unread, match=rf"^1 could not be walked \(public\.c_idx: {reason}\)$"):
        judged("indexes_agree", seen)
    broken = replace(seen, index_counts={"public.a_pkey": IndexCount(6, 7)})
    assert Verdict.FAIL is judged("indexes_agree", broken).verdict


@pytest.mark.parametrize(
    ("check_id", "seen"),
    [
        ("foreign_keys_hold", Integrity({"t: fk": Orphans(1, ("9",), {"9": 1})})),
        ("generated_columns_recompute", Integrity(stale={"t.g": 1})),
        ("indexes_agree", replace(SOUND, invalid_indexes=("i",))),
    ],
)
def test_what_is_wrong_now_and_unread_at_the_backup_is_unknown(
    check_id: str, seen: Integrity
) -> None:
    """Without any look at the backup it is a finding; what is sound needs none."""
    assert Verdict.FAIL is judged(check_id, seen).verdict
    case = our_case(Ledger(1), History(), Observations(), Observations())
    case.before.put_unread(Integrity, "it timed out")
    case.after.put(seen)
    with pytest.raises(Unread, match=r"^whether it was so at the backup is unknown: it timed out$"):
        BY_ID[check_id].judge(BY_ID[check_id], case)
    case.after.put(SOUND)
    assert Verdict.PASS is BY_ID[check_id].judge(BY_ID[check_id], case).verdict


def test_what_could_not_be_asked_at_the_backup_is_not_blamed_on_the_restore() -> None:
    """A key or column that only now could be asked may have been like that."""
    before = Integrity(unread_keys={"t: fk": "57014"}, unread_columns={"t.g": "42501"})
    for check_id, said in (
        ("foreign_keys_hold", "t: fk: SQLSTATE 57014"),
        ("generated_columns_recompute", "t.g: SQLSTATE 42501"),
    ):
        with pytest.raises(Unread, match=rf"^1 could not be asked at the backup \({said}\)$"):
            judged(check_id, OLD, before)


@pytest.mark.parametrize("now", [Orphans(3, by_key={"7": 2, "8": 1}), Orphans(1, by_key={"8": 1})])
def test_rows_that_referred_to_nothing_at_the_backup_pass(now: Orphans) -> None:
    """A NOT VALID key allows them; so does a restore that brings no more of them."""
    finding = judged("foreign_keys_hold", Integrity({"t: fk": now}), OLD)
    assert (
        "foreign keys: 0 of 1 hold for every row; 1 did not at the backup either" == finding.summary
    )


@pytest.mark.parametrize(
    ("by_key", "said"),
    [
        ({"7": 2, "9": 1}, "3 rows referring to what is not there, 3 at the backup (new: key 9)"),
        ({"7": 3, "8": 1}, "4 rows referring to what is not there, 3 at the backup (new: key 7)"),
    ],
)
def test_one_more_row_without_its_key_fails(by_key: dict[str, int], said: str) -> None:
    """The old ones excuse neither another key nor another row of the same key."""
    now = Orphans(sum(by_key.values()), tuple(by_key), by_key)
    finding = judged("foreign_keys_hold", Integrity({"t: fk": now}), OLD)
    assert f"t: fk: {said}" == finding.actual


def test_too_many_keys_to_keep_are_compared_by_their_digest() -> None:
    """Beyond a thousand missing keys only their sum is known."""
    before = Integrity({"t: fk": Orphans(5000, digest=1)})
    assert Verdict.PASS is judged("foreign_keys_hold", before, before).verdict
    few = Integrity({"t: fk": Orphans(1, ("7",), {"7": 1}, digest=3)})
    for then, now in ((before, few), (few, before)):
        assert Verdict.FAIL is judged("foreign_keys_hold", now, then).verdict
    other = Integrity({"t: fk": Orphans(5000, digest=2)})
    assert Verdict.FAIL is judged("foreign_keys_hold", other, before).verdict


def stale(by_key: dict[str, int]) -> Integrity:
    """Return what is seen where these rows hold stale values."""
    rows = Orphans(len(by_key), tuple(by_key), by_key)
    return Integrity(stale={"t.g": len(by_key)}, stale_rows={"t.g": rows})


@pytest.mark.parametrize("now", [{"1": 1, "2": 1}, {"2": 1}])
def test_values_that_were_stale_at_the_backup_pass(now: dict[str, int]) -> None:
    """So does a restore that brings fewer of them."""
    assert (
        "generated columns: 0 of 1 are what their expression gives; 1 stale at the backup too"
        == judged("generated_columns_recompute", stale(now), OLD).summary
    )


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ({"1": 1, "2": 1, "3": 1}, "t.g: 3 stale rows, 2 at the backup (new: row 3)"),
        ({"8": 1, "9": 1}, "t.g: 2 stale rows, 2 at the backup (new: row 8, 9)"),
        ({"9": 1}, "t.g: 1 stale row, 2 at the backup (new: row 9)"),
    ],
)
def test_another_stale_value_fails(now: dict[str, int], said: str) -> None:
    """However many there were, these rows were not among them."""
    assert said == judged("generated_columns_recompute", stale(now), OLD).actual


def test_stale_values_that_are_only_counted_are_compared_as_far_as_that_goes() -> None:
    """Evidence of an older release says how many: more are new, no more may be other rows."""
    older = Integrity(stale={"t.g": 2})
    finding = judged("generated_columns_recompute", Integrity(stale={"t.g": 3}), older)
    assert "t.g: 3 stale rows, 2 at the backup" == finding.actual
    with pytest.raises(
        Unread,
        match=r"^which rows were stale was not looked at, by an older release \(namely t\.g\)$",
    ):
        judged("generated_columns_recompute", older, older)


def test_what_could_be_asked_at_the_backup_and_not_now_is_no_pass() -> None:
    """What could not be asked then either proves nothing about the restore."""
    seen = replace(SOUND, unread_keys={"t: fk": "42883"}, unread_columns={"t.g": "42883"})
    for check_id, name in (("foreign_keys_hold", "t: fk"), ("generated_columns_recompute", "t.g")):
        with pytest.raises(Unread, match=rf"^1 could not be asked \({name}: SQLSTATE 42883\)$"):
            judged(check_id, seen, SOUND)
        assert Verdict.PASS is judged(check_id, seen, seen).verdict

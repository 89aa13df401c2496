"""The database agrees with itself, or the check says where it does not."""

import pytest

from harness.checks.foreign_keys import CHECKS
from harness.core.case import Case, NotApplicable
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


def judged(check_id: str, seen: Integrity | None) -> Finding:
    """Return the finding of one check."""
    case = Case(Ledger(1), History(), Observations(), Observations())
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


@pytest.mark.parametrize("check_id", BY_ID)
def test_an_unread_database_is_no_pass(check_id: str) -> None:
    """What was not asked did not answer."""
    with pytest.raises(Unread, match=r"^Integrity was not observed$"):
        judged(check_id, None)


def test_a_key_that_leads_nowhere_is_named() -> None:
    """The finding names the foreign key, and the keys that are missing."""
    finding = judged(
        "foreign_keys_hold", Integrity({"public.notes: fk": Orphans(3, ("17", "4711"))})
    )
    assert "foreign keys: 1 of 1 are broken (public.notes: fk)" == finding.summary
    assert "public.notes: fk: 3 rows refer to what is not there (key 17, 4711)" == finding.actual


def test_a_stale_generated_value_is_counted() -> None:
    """The finding names the column and counts its rows."""
    finding = judged("generated_columns_recompute", Integrity(stale={"public.c.g": 2}))
    assert "generated columns: 1 of 1 hold stale values (public.c.g)" == finding.summary
    assert "public.c.g: 2 rows differ" == finding.actual


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

"""Tables beside the ledger hold the rows they held at the backup."""

from dataclasses import replace

import pytest
from ledger_samples import RESTORED
from ours import our_case

from harness.checks.table_rows import CHECKS
from harness.core.case import NotApplicable
from harness.core.errors import Unread
from harness.core.finding import Finding
from harness.core.history import Along, Artefact, History
from harness.core.ledger import Ledger, Vector
from harness.core.observation import Observations
from harness.core.verdict import Verdict
from harness.observations.postgres_tables import TableContents, Tables

BY_ID = {check.id: check for check in CHECKS}
NOTES = TableContents("table", ("id",), {1: Vector(2, 66, 500), 2: Vector(1, 2, 70)})
COUNTS = TableContents("materialized view", (), {0: Vector(3, 0, 9)}, {0: Vector(4, 0, 11)})


def judged(
    check_id: str, before: TableContents, after: TableContents | None, method: str = ""
) -> Finding:
    """Return the finding for one table, restored by a method; None stands for a table gone."""
    history = History(restorations=[replace(RESTORED, method=method)] if method else [])
    case = our_case(Ledger(1), history, Observations(), Observations())
    case.before.put(Tables({"public.it": before}))
    case.after.put(Tables({} if after is None else {"public.it": after}))
    check = BY_ID[check_id]
    return check.judge(check, case)


def test_the_same_sums_pass() -> None:
    """Every row came back."""
    finding = judged("table_rows", NOTES, NOTES)
    assert Verdict.PASS is finding.verdict
    assert "tables: all 3 rows of 1 came back as they were" == finding.summary


def test_a_lost_row_is_named_by_the_difference_of_the_sums() -> None:
    """One row fewer in a group: its key is what the sum of keys lacks."""
    after = replace(NOTES, groups={1: Vector(1, 1, 430), 2: Vector(1, 2, 70)})
    finding = judged("table_rows", NOTES, after)
    assert "tables: 1 of 1 hold other rows (public.it)" == finding.summary
    assert "public.it: 3 rows" == finding.expected
    assert "public.it: 2 rows; 1 lost (id 65)" == finding.actual


def test_an_altered_row_fails_though_the_counts_agree() -> None:
    """Counts prove nothing about contents."""
    after = replace(NOTES, groups={1: Vector(2, 66, 501), 2: Vector(1, 2, 70)})
    finding = judged("table_rows", NOTES, after)
    assert Verdict.FAIL is finding.verdict
    assert "public.it: 3 rows; at least 1 altered" == finding.actual


def test_a_missing_table_fails_unless_it_was_empty() -> None:
    """A table that is gone has lost its rows; an empty one had none."""
    assert "public.it: the table is missing" == judged("table_rows", NOTES, None).actual
    empty = replace(NOTES, groups={})
    assert Verdict.PASS is judged("table_rows", empty, None).verdict


def test_an_unlogged_table_has_its_own_check() -> None:
    """A recovery empties unlogged tables by design, so a drill can expect exactly that."""
    drafts = replace(NOTES, kind="unlogged table")
    emptied = replace(drafts, groups={})
    assert Verdict.FAIL is judged("unlogged_table_rows", drafts, emptied).verdict
    with pytest.raises(NotApplicable, match=r"^the database has no table beside the ledger's$"):
        judged("table_rows", drafts, emptied)


def test_a_refreshed_materialized_view_passes() -> None:
    """A dump holds no rows of it: what its query gives after the restore is right."""
    refreshed = replace(COUNTS, groups={0: Vector(4, 0, 11)})
    assert Verdict.PASS is judged("matview_rows", COUNTS, refreshed).verdict
    assert Verdict.PASS is judged("matview_rows", COUNTS, COUNTS).verdict


def test_a_materialized_view_that_shows_neither_then_nor_now_fails() -> None:
    """Its rows are those of the backup, or those of its query."""
    neither = replace(COUNTS, groups={0: Vector(2, 0, 5)})
    assert Verdict.FAIL is judged("matview_rows", COUNTS, neither).verdict


def test_an_unpopulated_materialized_view_is_left_to_its_definition() -> None:
    """One damage, one check."""
    unpopulated = replace(COUNTS, groups={}, fresh=None, is_populated=False)
    assert Verdict.PASS is judged("matview_rows", COUNTS, unpopulated).verdict
    assert Verdict.PASS is judged("matview_rows", unpopulated, COUNTS).verdict


def test_the_one_altered_row_of_a_group_is_named_by_the_ratio_of_two_sums() -> None:
    """The fingerprints times their keys differ by the key times what the fingerprint differs by."""
    before = replace(NOTES, weighed={1: 1 * 430 + 65 * 70, 2: 2 * 70})
    one = replace(
        before,
        groups={1: Vector(2, 66, 491), 2: Vector(1, 2, 70)},
        weighed={1: 1 * 430 + 65 * 61, 2: 2 * 70},
    )
    assert "public.it: 3 rows; at least 1 altered (id 65)" == (
        judged("table_rows", before, one).actual
    )
    two = replace(
        one, groups={**one.groups, 1: Vector(2, 66, 533)}, weighed={1: 441 + 65 * 92, 2: 140}
    )
    assert "public.it: 3 rows; at least 1 altered" == judged("table_rows", before, two).actual


KEPT = replace(NOTES, by_key={"1": 430, "2": 70, "65": 70})


@pytest.mark.parametrize(
    ("by_key", "said", "counts"),
    [
        ({"1": 430, "2": 71, "65": 70}, "1 altered (id 2)", {"altered": 1}),
        ({"1": 430, "2": 70}, "1 lost (id 65)", {"lost": 1}),
        ({"1": 430, "2": 70, "66": 70}, "1 lost (id 65), 1 unexpected (id 66)", {"lost": 1}),
        ({"1": 430, "2": 175, "65": 70}, "1 altered (id 2)", {"altered": 1, "duplicated": 0}),
        ({"1": 430, "2": 0, "65": 70}, "1 altered (id 2)", {"altered": 1, "duplicated": 0}),
        ({"1": 430, "2": 210, "65": 140}, "3 duplicated (id 2, 65 and 1 more)", {"duplicated": 3}),
        ({"1": 430, "2": 210, "65": 70}, "2 duplicated (id 2 and 1 more)", {"duplicated": 2}),
    ],
)
def test_rows_that_were_kept_by_key_are_told_apart(
    by_key: dict[str, int], said: str, counts: dict[str, int]
) -> None:
    """Each by its key and by what became of it."""
    after = replace(KEPT, groups={1: Vector(3, 67, 501)}, by_key=by_key)
    finding = judged("table_rows", KEPT, after)
    assert f"public.it: 3 rows; {said}" == finding.actual
    assert counts.items() <= finding.counts.items()


@pytest.mark.parametrize(
    ("groups", "said"),
    [
        ({1: Vector(1, 1, 430), 2: Vector(1, 3, 80)}, "1 lost (id 65), at least 1 altered"),
        ({**NOTES.groups, 3: Vector(1, 9, 5)}, "1 unexpected (id 9)"),
        ({1: NOTES.groups[1]}, "1 lost (id 2)"),
    ],
)
def test_one_row_more_or_fewer_in_a_group_is_named(groups: dict[int, Vector], said: str) -> None:
    """In a group whose number of rows is as it was, the sum of the keys names none."""
    after = replace(NOTES, groups=groups)
    rows = sum(vector.rows for vector in groups.values())
    assert f"public.it: {rows} rows; {said}" == judged("table_rows", NOTES, after).actual


@pytest.mark.parametrize("kept", ["before", "after"])
def test_rows_kept_by_key_in_one_look_only_are_told_by_their_sums(kept: str) -> None:
    """A table may grow too large for it, or shrink."""
    after = replace(NOTES, groups={1: Vector(1, 1, 430), 2: Vector(1, 2, 70)})
    by_key = {"1": 430, "2": 70}
    before = replace(NOTES, by_key=by_key if kept == "before" else None)
    after = replace(after, by_key=by_key if kept == "after" else None)
    assert "public.it: 2 rows; 1 lost (id 65)" == judged("table_rows", before, after).actual


def test_a_group_weighed_in_one_look_only_names_no_row() -> None:
    """There is no second sum to compare with."""
    before = replace(NOTES, weighed={1: 5_000, 2: 140})
    after = replace(NOTES, groups={**NOTES.groups, 2: Vector(1, 2, 71)}, weighed={1: 5_000})
    assert "public.it: 3 rows; at least 1 altered" == judged("table_rows", before, after).actual


def test_a_column_that_was_born_with_the_value_nothing_is_altered() -> None:
    """A fingerprint of 0 divides nothing."""
    before, after = (replace(NOTES, groups={0: Vector(1, 1, d)}, by_key={"1": d}) for d in (0, 5))
    assert "public.it: 1 rows; 1 altered (id 1)" == judged("table_rows", before, after).actual


def test_keys_that_are_no_numbers_are_named_where_they_are_still_there() -> None:
    """Of a row that is gone only the fingerprint of its key was kept."""
    before = replace(KEPT, key=("mail",), by_key={"#a": 1, "#b": 2})
    after = replace(before, groups={}, by_key={"#b": 3, "#c": 1}, names={"#b": "b@x", "#c": "c@x"})
    said = judged("table_rows", before, after).actual
    assert "public.it: 0 rows; 1 lost, 1 unexpected (mail c@x), 1 altered (mail b@x)" == said


def test_the_same_rows_without_their_key_pass() -> None:
    """That the key was lost is told by the check of constraints."""
    without = replace(NOTES, key=(), groups={0: Vector(3, 0, 570)})
    assert Verdict.PASS is judged("table_rows", NOTES, without).verdict
    fewer = replace(without, groups={0: Vector(2, 0, 500)})
    assert "public.it: 2 rows; 1 lost" == judged("table_rows", NOTES, fewer).actual


VOLATILE = replace(COUNTS, groups={0: Vector(3, 0, 5)}, is_volatile=True)


@pytest.mark.parametrize("method", ["", "volume", "base_backup"])
def test_stored_rows_of_a_volatile_view_are_compared(method: str) -> None:
    """A physical restore, or a recovery, brings the rows that were stored."""
    assert Verdict.FAIL is judged("matview_rows", COUNTS, VOLATILE, method).verdict


def test_a_volatile_view_whose_query_was_run_again_is_not_compared() -> None:
    """Its answer changes by itself; the summary says how many were left out."""
    with pytest.raises(
        NotApplicable, match=r"^its query is volatile: not compared \(public\.it\)$"
    ):
        judged("matview_rows", COUNTS, VOLATILE, "pg_dump")
    history = History(restorations=[RESTORED])
    case = our_case(Ledger(1), history, Observations(), Observations())
    case.before.put(Tables({"a": COUNTS, "b": COUNTS}))
    case.after.put(Tables({"a": COUNTS, "b": VOLATILE}))
    finding = BY_ID["matview_rows"].judge(BY_ID["matview_rows"], case)
    assert (
        "materialized views: all 3 rows of 1 came back as they were; volatile, not compared: 1 (b)"
        == finding.summary
    )


def test_a_view_whose_query_fails_now_is_judged_by_its_stored_rows_only() -> None:
    """Where these are others, nothing tells whether they are right."""
    failing = replace(COUNTS, fresh=None, fresh_said="42883")
    assert Verdict.PASS is judged("matview_rows", COUNTS, failing).verdict
    other = replace(failing, groups={0: Vector(4, 0, 11)})
    with pytest.raises(Unread, match=r"^1 of 1 could not be queried \(public\.it\)$"):
        judged("matview_rows", COUNTS, other)


ALONG = Along("public.it", "orders", 9.0, only_added=True)
TAKEN = Artefact("nightly", "postgres", "base_backup", "", 1, 1, "", "", 1.0, 2.0)


def grown(along: Along, after: TableContents, method: str = "base_backup") -> Finding:
    """Return the finding for a table that a trigger wrote to, nine seconds into the drill."""
    taken = replace(TAKEN, method=method)
    restoration = replace(RESTORED, method=method, backup="nightly", begun_seconds=20.0)
    history = History(restorations=[restoration], artefacts=[taken], along=[along])
    case = our_case(Ledger(1), history, Observations(), Observations())
    case.before.put(Tables({"public.it": NOTES}))
    case.after.put(Tables({"public.it": after}))
    check = BY_ID["table_rows"]
    return check.judge(check, case)


MORE = replace(NOTES, groups={1: Vector(2, 66, 500), 2: Vector(2, 9, 81)})
LESS = replace(NOTES, groups={1: Vector(1, 1, 430), 2: Vector(2, 9, 81)})


def test_rows_that_a_trigger_added_since_the_backup_may_have_come_back() -> None:
    """A recovery that goes on past the backup brings them, and the finding says so."""
    finding = grown(ALONG, MORE)
    assert Verdict.PASS is finding.verdict
    assert finding.summary.endswith(
        "; beside them what triggers added since the backup: in 1 (public.it)"
    )


@pytest.mark.parametrize(
    ("along", "after", "method"),
    [
        (ALONG, LESS, "base_backup"),
        (replace(ALONG, at_seconds=0.5), MORE, "base_backup"),
        (replace(ALONG, relation="public.other"), MORE, "base_backup"),
        (ALONG, MORE, "pg_dump"),
    ],
    ids=["a row of then is lost", "before the backup", "another table", "a dump ends at its cut"],
)
def test_other_rows_than_a_trigger_may_have_added_fail(
    along: Along, after: TableContents, method: str
) -> None:
    """Only what was written after the backup, only there, and only where it can come back."""
    assert Verdict.FAIL is grown(along, after, method).verdict


def test_a_table_that_a_trigger_changed_since_the_backup_is_not_compared() -> None:
    """Which of its rows are those of then is not known; the finding says so."""
    finding = grown(replace(ALONG, only_added=False), LESS)
    assert Verdict.PASS is finding.verdict
    assert finding.summary.endswith(
        "; written by triggers since the backup, not compared: 1 (public.it)"
    )

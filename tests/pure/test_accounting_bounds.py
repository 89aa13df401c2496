"""Vast differences are accounted for in little memory, by name; what does not add up is unread."""

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from ledger_samples import RANDOM, attempt, ledger, presence, rows_of, scan_of
from ours import our_account
from pydantic import TypeAdapter

from harness.core.errors import Unread
from harness.core.history import History
from harness.core.ledger import GROUP_BITS, Attempt, Outcome, Vector
from harness.platform.detailing import Detailing, Rows
from harness.platform.fingerprint import fingerprints
from harness.platform.numbered import NumberedRows
from harness.platform.scan import Deviation, Scan
from harness.platforms.made_open.rows import AUDIT_LOG

A_GROUP = 1 << GROUP_BITS


def many_groups(count: int) -> Attempt:
    """Return one attempt over many groups; its vectors need not be those of real rows."""
    groups = {g: Vector(A_GROUP, g, g) for g in range(1, count + 1)}
    return Attempt(
        "audit_log", A_GROUP, (count + 1) * A_GROUP - 1, 4, 5, Outcome.ACKNOWLEDGED, groups
    )


def test_a_vast_loss_stays_small() -> None:
    """Eight million lost rows are counted and named without listing them."""
    written = ledger(many_groups(2_000))
    tracemalloc.start()
    found = our_account(Scan("audit_log", {}), written, History())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert 2_000 * A_GROUP == len(found.lost)
    assert A_GROUP == next(iter(found.lost))
    assert peak < 4 << 20


def test_a_loss_in_any_number_of_groups_is_named_without_reading_a_row() -> None:
    """That a number is absent is enough: the sums prove that nothing else is wrong."""
    last = 40 * A_GROUP - 1
    written = ledger(attempt("audit_log", 1, last))
    lost = [n for group in range(40) for n in (A_GROUP * group + 17, A_GROUP * group + 4000)]
    groups = dict(written.attempts[0].groups)
    for number in lost:
        line = AUDIT_LOG.lines(RANDOM, number, number)
        groups[number >> GROUP_BITS] += Vector(-1, -number, -fingerprints(line)[0])
    detailing = Detailing(
        "audit_log", groups, written, History(), NumberedRows(AUDIT_LOG, written.random)
    )
    there = sorted(set(range(1, last + 1)) - set(lost))
    detailing.explain({group: presence(there, group) for group in detailing.lacking()})
    assert [] == detailing.unexplained()
    scan = detailing.scan()
    assert [Deviation(number, number, 0, 0) for number in lost] == list(scan.deviations)
    assert tuple((n, n) for n in lost) == our_account(scan, written, History()).lost.ranges


def test_a_table_altered_throughout_is_kept_as_one_range() -> None:
    """However many rows differ, if they differ alike, the evidence stays small."""
    last = 2 * A_GROUP + 100
    written = ledger(attempt("audit_log", 1, last))
    held = [(number, f"{line}?") for number, line in rows_of("audit_log", 1, last)]
    scan = scan_of("audit_log", held, written, History())
    assert (Deviation(1, last, 0, 1),) == scan.deviations
    assert ((1, last),) == our_account(scan, written, History()).altered.ranges


DAMAGED = [
    (number, f"{line}?" if number == 40 else line)
    for number, line in rows_of("audit_log", 1, 100)
    if number not in (17, 71)
]
WRITTEN = ledger(attempt("audit_log", 1, 100))
SEEN = scan_of("audit_log", DAMAGED, WRITTEN, History())


def test_what_was_seen_is_judged_again_from_its_file() -> None:
    """Saved and read back, a scan gives the same account."""
    adapter = TypeAdapter(Scan)
    assert SEEN == adapter.validate_json(adapter.dump_json(SEEN))
    found = our_account(SEEN, WRITTEN, History())
    assert [((17, 17), (71, 71)), ((40, 40),)] == [found.lost.ranges, found.altered.ranges]


@pytest.mark.parametrize(
    "deviations",
    [
        (),
        SEEN.deviations[1:],
        (*SEEN.deviations, Deviation(72, 72, 0, 0)),
        (Deviation(16, 17, 0, 0), *SEEN.deviations[1:]),
        (Deviation(16, 16, 0, 0), *SEEN.deviations[1:]),
        (SEEN.deviations[0], Deviation(40, 40, 1, 0), SEEN.deviations[2]),
        (*SEEN.deviations[:2], Deviation(71, 71, 0, 1)),
        (*SEEN.deviations, Deviation(200, 200, 1, 0)),
    ],
)
def test_rows_that_do_not_add_up_are_no_account(deviations: tuple[Deviation, ...]) -> None:
    """What is named is checked against what was counted, and never just believed."""
    with pytest.raises(
        Unread,
        match=(
            r"^audit_log: the rows named do not add up to what was counted in 1 of 1 groups"
            r" \(the first of them 1 to 4095\)$"
        ),
    ):
        our_account(replace(SEEN, deviations=deviations), WRITTEN, History())


@pytest.mark.parametrize(
    "deviations",
    [
        SEEN.deviations[::-1],
        (Deviation(17, 16, 0, 0), *SEEN.deviations),
        (SEEN.deviations[0], *SEEN.deviations),
    ],
)
def test_numbers_out_of_order_are_no_account(deviations: tuple[Deviation, ...]) -> None:
    """A list that was put together by hand is not read as something else."""
    with pytest.raises(Unread, match=r"^audit_log: the deviating numbers are not in order$"):
        our_account(replace(SEEN, deviations=deviations), WRITTEN, History())


@pytest.mark.parametrize(
    "said", [Deviation(17, 17, 0, 0), Deviation(17, 17, 0, 1), Deviation(90_000, 90_000, 0, 1)]
)
def test_what_the_sums_explain_is_not_said_otherwise(said: Deviation) -> None:
    """Rows that are as tried by their sums are not lost, altered or added by their names."""
    scan = Scan("audit_log", WRITTEN.attempts[0].groups, (said,))
    with pytest.raises(Unread, match=r"^audit_log: the rows named do not add up to"):
        our_account(scan, WRITTEN, History())


def test_the_first_group_that_does_not_add_up_is_named_by_its_numbers() -> None:
    """So that whoever looks for the fault knows where to begin."""
    scan = Scan("audit_log", WRITTEN.attempts[0].groups, (Deviation(90_000, 90_000, 0, 1),))
    with pytest.raises(Unread, match=r"\(the first of them 86016 to 90111\)$"):
        our_account(scan, WRITTEN, History())


def test_a_range_without_end_is_refused_at_once() -> None:
    """A file that was changed by hand may say anything."""
    with pytest.raises(Unread, match=r"^audit_log: more numbers deviate than there are groups$"):
        our_account(replace(SEEN, deviations=(Deviation(1, 1 << 60, 0, 0),)), WRITTEN, History())


def test_a_table_of_another_version_is_not_judged() -> None:
    """Evidence may name a table that this version does not know."""
    with pytest.raises(Unread, match=r"^invoices: nothing here makes its rows again$"):
        our_account(Scan("invoices", {}), WRITTEN, History())


def test_a_group_may_be_compared_that_was_never_tried() -> None:
    """Rows far away from all others, some of them doubled."""
    far = 9 * A_GROUP
    numbers = np.array([far + 5, far + 4, far + 5], np.int64)
    groups = {0: WRITTEN.attempts[0].groups[0], 9: Vector(3, 3 * far + 14, 6)}
    detailing = Detailing(
        "audit_log", groups, WRITTEN, History(), NumberedRows(AUDIT_LOG, WRITTEN.random)
    )
    detailing.compare(9, Rows(numbers, np.array([1, 2, 3]), np.array([1, 2, 3])))
    scan = detailing.scan()
    assert (Deviation(far + 4, far + 4, 0, 1), Deviation(far + 5, far + 5, 0, 2)) == scan.deviations
    found = our_account(scan, WRITTEN, History())
    assert [((far + 4, far + 5),), ((far + 5, far + 5),)] == [
        found.unexpected.ranges,
        found.duplicated.ranges,
    ]

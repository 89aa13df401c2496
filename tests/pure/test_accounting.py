"""Every row is accounted for by name, on literal ledgers and literal scans."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledger_samples import (
    AFTER_THE_CUT,
    RANDOM,
    Held,
    attempt,
    ledger,
    restored,
    scan_of,
)
from ledger_samples import rows_of as rows_of_table
from ours import EVENTS, SOURCES, our_account

from harness.core.history import History
from harness.core.ledger import GROUP_BITS, Ledger, Outcome
from harness.platform.accounting import Account
from harness.platform.numbers import Numbers
from harness.platform.rows import RowSource
from harness.platforms.made_open.rows import AUDIT_LOG

A_GROUP = 1 << GROUP_BITS


def rows_of(first: int, last: int, source: RowSource = AUDIT_LOG) -> Held:
    """Return rows as they were written."""
    return rows_of_table(source.table, first, last)


def accounted(
    held: Held, written: Ledger, history: History | None = None, source: RowSource = AUDIT_LOG
) -> dict[str, Any]:
    """Return what an account says beyond zeros and empty lists."""
    past = restored() if history is None else history
    return said(our_account(scan_of(source.table, held, written, past), written, past))


def said(found: Account) -> dict[str, Any]:
    """Return the fields of an account that are neither zero nor empty."""
    fields = {name: getattr(found, name) for name in Account.__slots__ if name != "table"}
    return {
        name: list(value) if isinstance(value, Numbers) else value
        for name, value in fields.items()
        if (len(value) if isinstance(value, Numbers) else value)
    }


OWED = attempt("audit_log", 1, 100)
AT_RISK = attempt("audit_log", 101, 120, ended_seconds=AFTER_THE_CUT)
UNSURE = attempt("audit_log", 121, 130, Outcome.INDETERMINATE)
REFUSED = attempt("audit_log", 131, 140, Outcome.REFUSED)
WRITTEN = ledger(OWED, AT_RISK, UNSURE, REFUSED)
COUNTS = {"owed": 100, "at_risk": 20}


def test_a_clean_restore_loses_only_what_was_at_risk() -> None:
    """The owed rows alone are what a restore promises; nothing of it is read twice."""
    scan = scan_of("audit_log", rows_of(1, 100), WRITTEN, restored())
    assert () == scan.deviations
    assert COUNTS | {"gone": list(range(101, 121))} == said(our_account(scan, WRITTEN, restored()))


def test_without_a_restore_every_acknowledged_row_is_owed() -> None:
    """Nothing excuses a loss when nothing was restored."""
    assert {"owed": 120, "lost": [7, 120]} == accounted(
        [row for row in rows_of(1, 119) if row[0] != 7], WRITTEN, History()
    )


def test_what_was_written_after_the_restore_is_owed() -> None:
    """A restore excuses nothing that was acknowledged after it."""
    later = attempt("audit_log", 141, 150, ended_seconds=35.0)
    assert {"owed": 110, "at_risk": 20, "gone": list(range(101, 121)), "lost": [150]} == accounted(
        rows_of(1, 100) + rows_of(141, 149), ledger(OWED, AT_RISK, later)
    )


@pytest.mark.parametrize(
    ("kept", "entry"),
    [
        ((101, 120), {"survived": list(range(101, 121))}),
        ((101, 110), {"survived": list(range(101, 111)), "gone": list(range(111, 121))}),
        ((121, 130), {"recovered": list(range(121, 131)), "gone": list(range(101, 121))}),
        ((125, 125), {"recovered": [125], "gone": list(range(101, 121))}),
        ((101, 130), {"survived": list(range(101, 121)), "recovered": list(range(121, 131))}),
    ],
)
def test_rows_at_risk_and_indeterminate_rows_may_be_there(
    kept: tuple[int, int], entry: dict[str, list[int]]
) -> None:
    """Either outcome is legal for them, whole attempts or parts, and is told."""
    assert COUNTS | entry == accounted(rows_of(1, 100) + rows_of(*kept), WRITTEN)


@pytest.mark.parametrize("number", [131, 140, 141, 999])
def test_refused_rows_and_rows_never_tried_are_unexpected(number: int) -> None:
    """A row that nobody was acknowledged for should not be there."""
    assert COUNTS | {"gone": list(range(101, 121)), "unexpected": [number]} == accounted(
        rows_of(1, 100) + rows_of(number, number), WRITTEN
    )


def test_a_whole_refused_attempt_is_unexpected() -> None:
    """Refused rows are named when all of them are there, too."""
    assert {"unexpected": list(range(131, 141))} == accounted(rows_of(131, 140), ledger(REFUSED))


def test_rows_in_a_group_where_nothing_was_tried_are_unexpected() -> None:
    """A stray row far away from all others is found."""
    far = 9 * A_GROUP + 5
    assert COUNTS | {"gone": list(range(101, 121)), "unexpected": [far]} == accounted(
        rows_of(1, 100) + rows_of(far, far), WRITTEN
    )


GONE = COUNTS | {"gone": list(range(101, 121))}


def altered(held: Held, number: int, line: str) -> Held:
    """Return the rows with the text of one replaced, its key kept."""
    return [(n, f"{n}\t{line}") if n == number else (n, text) for n, text in held]


def body(number: int) -> str:
    """Return a row's text without its key."""
    return AUDIT_LOG.bodies(AUDIT_LOG.lines(RANDOM, number, number))[0]


def test_an_altered_row_is_named() -> None:
    """One character makes the difference."""
    held = altered(rows_of(1, 100), 42, body(42) + " ")
    assert GONE | {"altered": [42]} == accounted(held, WRITTEN)


def test_an_altered_row_that_was_indeterminate_is_named() -> None:
    """It may be there or not; when it is, it must be what was tried."""
    held = altered(rows_of(1, 100) + rows_of(125, 125), 125, "nonsense")
    assert GONE | {"recovered": [125], "altered": [125]} == accounted(held, WRITTEN)


def test_a_lost_row_is_named_at_either_end_and_in_between() -> None:
    """Rows are named wherever they are missing."""
    held = [row for row in rows_of(1, 100) if row[0] not in (1, 50, 100)]
    assert GONE | {"lost": [1, 50, 100]} == accounted(held, WRITTEN)


def test_a_doubled_row_is_named_once() -> None:
    """A third copy changes nothing about the name."""
    held = rows_of(1, 100) + rows_of(42, 42) * 2
    assert GONE | {"duplicated": [42]} == accounted(held, WRITTEN)


def test_a_copy_with_other_contents_is_both_doubled_and_altered() -> None:
    """The first copy does not hide the second, in whichever order they are read."""
    held = altered([*rows_of(42, 42)], 42, "x")
    for order in (rows_of(1, 100) + held, held + rows_of(1, 100)):
        assert GONE | {"duplicated": [42], "altered": [42]} == accounted(order, WRITTEN)


def test_swapped_rows_are_reordered() -> None:
    """Each holds what the other was written with."""
    held = altered(altered(rows_of(1, 100), 17, body(71)), 71, body(17))
    assert GONE | {"reordered": [17, 71]} == accounted(held, WRITTEN)


def test_rows_numbered_anew_are_reordered() -> None:
    """All contents moved by one, as happens when rows are loaded without their ids."""
    held = [(n, f"{n}\t{body(n % 100 + 1)}") for n in range(1, 101)]
    assert GONE | {"reordered": list(range(1, 101))} == accounted(held, WRITTEN)


def test_rows_swapped_between_groups_are_reordered() -> None:
    """The other row is found wherever it is."""
    written = ledger(attempt("audit_log", 1, 2 * A_GROUP))
    far = A_GROUP + 9
    held = altered(altered(rows_of(1, 2 * A_GROUP), 17, body(far)), far, body(17))
    assert {"owed": 2 * A_GROUP, "reordered": [17, far]} == accounted(held, written)


@pytest.mark.parametrize("lost", [[17], list(range(1, A_GROUP))])
def test_contents_of_a_row_that_is_lost_are_known_under_another_number(lost: list[int]) -> None:
    """Whether its own group lacks a few rows or all of them."""
    written = ledger(attempt("audit_log", 1, 2 * A_GROUP))
    far = A_GROUP + 9
    held = altered(rows_of(1, 2 * A_GROUP), far, body(17))
    held = [(number, line) for number, line in held if number not in set(lost)]
    assert {"owed": 2 * A_GROUP, "lost": lost, "reordered": [far]} == accounted(held, written)


def test_a_row_overwritten_with_another_is_altered() -> None:
    """The other row still holds its own contents: nothing has moved, something is gone."""
    held = altered(rows_of(1, 100), 17, body(71))
    assert GONE | {"altered": [17]} == accounted(held, WRITTEN)


def test_a_loss_made_good_by_a_stray_row_is_not_hidden() -> None:
    """Equal counts, and even equal sums of keys, do not pass for equal rows."""
    held = [row for row in rows_of(1, 100) if row[0] not in (40, 60)]
    for strays in ([141, 142], [50, 50]):
        stray = [row for number in strays for row in rows_of(number, number)]
        found = accounted(held + stray, WRITTEN)
        assert [40, 60] == found["lost"]


def test_nothing_at_all_loses_everything_owed() -> None:
    """An empty table is accounted for without reading a row."""
    assert GONE | {"lost": list(range(1, 101))} == accounted([], WRITTEN)


def test_an_empty_ledger_and_an_empty_table_agree() -> None:
    """Nothing was written and nothing is there."""
    assert {} == accounted([], ledger())


@pytest.mark.parametrize("border", [A_GROUP, 2 * A_GROUP])
def test_group_borders_hide_nothing(border: int) -> None:
    """The last row of a group and the first of the next are named like any other."""
    written = ledger(attempt("audit_log", border - 50, border + 50))
    held = [row for row in rows_of(border - 50, border + 50) if row[0] not in (border - 1, border)]
    assert {"owed": 101, "lost": [border - 1, border]} == accounted(held, written)


def test_other_tables_do_not_count() -> None:
    """Attempts on one table say nothing about another."""
    written = ledger(OWED, attempt("contacts", 1, 500))
    assert {"owed": 100} == accounted(rows_of(1, 100), written)


def test_events_are_accounted_for_like_rows() -> None:
    """Their text begins with no key, and an event that is not as it was is found all the same."""
    written = ledger(attempt("events", 1, 50))
    held = rows_of(1, 50, EVENTS)
    held[2] = (3, f"{held[2][1]}?")
    assert {"owed": 50, "altered": [3], "lost": [50]} == accounted(
        held[:-1], written, source=EVENTS
    )


KINDS = st.sampled_from(["keep", "drop", "alter", "double"])


@pytest.mark.parametrize("table", ["audit_log", "contacts", "credentials", "events"])
@given(fates=st.lists(KINDS, min_size=1, max_size=40), shift=st.integers(0, 40))
def test_any_mixture_of_damages_is_told_apart(table: str, fates: list[str], shift: int) -> None:
    """Each row of a damaged table stands in exactly the lists that its damage belongs to."""
    source = SOURCES[table]
    first = A_GROUP - shift
    written = ledger(attempt(table, first, first + len(fates) - 1))
    held: Held = []
    for (number, line), fate in zip(
        rows_of(first, first + len(fates) - 1, source), fates, strict=True
    ):
        text = f"{line}?" if fate == "alter" else line
        held += [(number, text)] * {"drop": 0, "double": 2}.get(fate, 1)
    numbered = list(enumerate(fates, first))
    expected = {
        "owed": len(fates),
        "lost": [n for n, fate in numbered if fate == "drop"],
        "altered": [n for n, fate in numbered if fate == "alter"],
        "duplicated": [n for n, fate in numbered if fate == "double"],
    }
    assert {k: v for k, v in expected.items() if v} == accounted(held, written, source=source)


FATES = st.sampled_from(["keep", "keep", "keep", "drop", "alter", "double", "overwrite", "move"])


@st.composite
def damaged(draw: st.DrawFn) -> tuple[Ledger, Held]:
    """Draw a ledger around a group's border, and what is left of its rows."""
    first = A_GROUP - draw(st.integers(0, 30))
    attempts = []
    for size in draw(st.lists(st.integers(1, 12), min_size=1, max_size=5)):
        outcome = draw(st.sampled_from([Outcome.ACKNOWLEDGED, *Outcome]))
        ended_seconds = draw(st.sampled_from([5.0, AFTER_THE_CUT]))
        attempts.append(attempt("audit_log", first, first + size - 1, outcome, ended_seconds))
        first += size + draw(st.integers(0, 2))
    numbers = [n for a in attempts for n in range(a.first, a.last + 1)]
    held: Held = []
    for number in [*numbers, first + 3]:
        fate, other = draw(FATES), draw(st.sampled_from(numbers))
        own, others = f"{number}\t{body(number)}", f"{number}\t{body(other)}"
        held += {
            "drop": [],
            "alter": [(number, f"{own}?")],
            "double": [(number, own)] * 2,
            "overwrite": [(number, others)],
            "move": [(number, own), (number, others)],
        }.get(fate, [(number, own)])
    return ledger(*attempts), draw(st.permutations(held))


def by_hand(written: Ledger, held: Held) -> dict[str, Any]:
    """Return the account of these rows, one number after the other, straight from its words."""
    past = restored()
    entries: dict[str, Any] = {}
    standing = {
        number: (a.outcome, past.is_owed(a))
        for a in written.attempts
        for number in range(a.first, a.last + 1)
    }
    for owed in (True, False):
        kind = "owed" if owed else "at_risk"
        entries[kind] = list(standing.values()).count((Outcome.ACKNOWLEDGED, owed))
    bodies = {number: body(number) for number in standing}
    under = {
        number: [line.partition("\t")[2] for n, line in held if n == number]
        for number in sorted({*standing, *(n for n, _ in held)})
    }
    homeless = {bodies[n] for n in standing if bodies[n] not in under[n]}

    def enter(kind: str, number: int) -> None:
        entries.setdefault(kind, []).append(number)

    for number, found in under.items():
        outcome, owed = standing.get(number, (Outcome.REFUSED, False))
        if outcome is Outcome.ACKNOWLEDGED and not found:
            enter("lost" if owed else "gone", number)
        elif outcome is Outcome.ACKNOWLEDGED and not owed:
            enter("survived", number)
        elif outcome is Outcome.INDETERMINATE and found:
            enter("recovered", number)
        elif outcome is Outcome.REFUSED and found:
            enter("unexpected", number)
        if len(found) > 1:
            enter("duplicated", number)
        strange = [text for text in found if text != bodies.get(number)]
        if strange and outcome is not Outcome.REFUSED:
            enter("reordered" if homeless.issuperset(strange) else "altered", number)
    return {kind: entry for kind, entry in entries.items() if entry}


@given(damaged())
def test_an_account_is_that_of_every_row_by_hand(drawn: tuple[Ledger, Held]) -> None:
    """Sums, presence and runs come to what comparing number after number comes to."""
    written, held = drawn
    assert by_hand(written, held) == accounted(held, written)

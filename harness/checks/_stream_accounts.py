"""What is wrong with the messages of the streams, in words that count."""

from itertools import islice

from harness.checks._accounts import account_of
from harness.core.case import Case
from harness.core.finding import EXAMPLES_AT_MOST, named
from harness.core.ledger import GROUP_BITS
from harness.observations.streams import Span, StreamRows, StreamState
from harness.platform.accounting import Account
from harness.platform.numbers import Numbers
from harness.platform.rows import EVENTS


def events_account(case: Case) -> Account:
    """Return the account of the ledger's events. Raises: Unread: the streams were not read."""
    return account_of(case, EVENTS.table)


def event_problems(account: Account, seen: StreamRows) -> list[str]:
    """Return a sentence for each way in which the events differ from what is owed."""
    problems = [
        f"events: {len(numbers)} of {account.owed} owed messages {what}"
        + _numbers("number" if len(numbers) == 1 else "numbers", numbers)
        for what, numbers in (
            ("lost", account.lost),
            ("altered", account.altered),
            ("duplicated", account.duplicated),
            ("reordered", account.reordered),
        )
        if numbers
    ]
    if account.unexpected:
        problems.append(
            f"events: {len(account.unexpected)} unexpected messages"
            + _numbers("numbers", account.unexpected)
        )
    if seen.unknown:
        problems.append(
            f"events: {seen.unknown} messages without an event's number"
            + named("first sequences", [str(sequence) for sequence in seen.unknown_sequences])
        )
    return problems


def _numbers(noun: str, numbers: Numbers) -> str:
    first = [str(number) for number in islice(numbers, EXAMPLES_AT_MOST)]
    return named(noun, first, len(numbers))


def difference(name: str, known: StreamState, held: StreamState | None) -> list[str]:
    """Return how a stream that the ledger does not follow differs from its backup, if it does."""
    if held is None:
        lost = f"{name}: {known.read} of {known.read} messages lost"
        return [lost] if known.read else []
    fewer = [s for s, count in known.subjects.items() if held.subjects.get(s, 0) < count]
    lost_messages = sum(known.subjects[s] - held.subjects.get(s, 0) for s in fewer)
    if lost_messages:
        return [
            f"{name}: {lost_messages} of {known.read} messages lost"
            + named("subjects", sorted(fewer))
        ]
    changed = [
        sequences(group)
        for group in sorted(known.spans | held.spans)
        if not same_messages(known.spans.get(group, Span()), held.spans.get(group, Span()))
    ]
    if not changed:
        return []
    return [f"{name}: messages are not those of the backup" + named("sequences", changed)]


def same_messages(one: Span, other: Span) -> bool:
    """Tell whether two spans hold the same messages, whatever their stamps."""
    return (one.messages, one.contents) == (other.messages, other.contents)


def sequences(group: int) -> str:
    """Return the sequences that a span covers."""
    return f"{max(1, group << GROUP_BITS)} to {((group + 1) << GROUP_BITS) - 1}"

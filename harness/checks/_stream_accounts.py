"""What is wrong with the messages of the streams, in words that count."""

from dataclasses import dataclass, field
from itertools import islice

from harness.checks._accounts import account_of
from harness.core.case import Case
from harness.core.finding import EXAMPLES_AT_MOST, named
from harness.core.ledger import GROUP_BITS
from harness.observations.streams import Span, StreamRows, StreamState
from harness.platform.accounting import Account
from harness.platform.numbers import Numbers
from harness.platform.rows import MESSAGES_TABLE

Run = tuple[int, int]


def events_account(case: Case) -> Account:
    """Return the account of the ledger's events. Raises: Unread: the streams were not read."""
    return account_of(case, MESSAGES_TABLE)


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


@dataclass(slots=True)
class Difference:
    """How a stream that the ledger does not follow differs from its backup.

    Sequences are kept as runs, first and last; `altered` are spans in which at least one message
    is another. `lost` and `unexpected` count messages, which of a stream with too many gaps are
    all that is known. `undecided` are spans of which some messages went by their age: what became
    of the others, their sums no longer tell.
    """

    lost: int = 0
    unexpected: int = 0
    lost_runs: list[Run] = field(default_factory=list)
    unexpected_runs: list[Run] = field(default_factory=list)
    altered: list[int] = field(default_factory=list)
    undecided: list[int] = field(default_factory=list)

    def doubt(self, name: str) -> str:
        """Return what cannot be told of the stream; nothing when all can."""
        if not self.undecided:
            return ""
        return (
            f"{name}: messages went by their age, so nothing tells whether the others are as they"
            " were" + named("among sequences", [sequences(group) for group in self.undecided])
        )

    def sentences(self, name: str, known: StreamState) -> list[str]:
        """Return a sentence for each way in which the stream differs."""
        said = []
        if self.lost:
            said.append(
                f"{name}: {self.lost} of {known.read} messages lost" + _sequences(self.lost_runs)
            )
        if self.unexpected:
            said.append(
                f"{name}: {self.unexpected} unexpected messages" + _sequences(self.unexpected_runs)
            )
        if self.altered:
            said.append(
                f"{name}: messages altered"
                + named("among sequences", [sequences(group) for group in self.altered])
            )
        return said


def difference(known: StreamState, held: StreamState | None) -> Difference:
    """Compare a stream that the ledger does not follow with what was seen of it at its backup."""
    found = Difference()
    spans = held.spans if held else {}
    runs = held.runs if held else []
    by_sequence = known.runs is not None and runs is not None
    # What was stored after the backup is in no span.
    before, after = known.runs or [], _within(runs or [], 0, known.last_sequence)
    lost_runs, added_runs = _without(before, after), _without(after, before)
    horizon = _horizon(known, held)
    for group in sorted(known.spans | spans):
        then, now = known.spans.get(group, Span()), spans.get(group, Span())
        if same_messages(then, now):
            continue
        may_have_aged = horizon is None or then.first_stamp_nanoseconds <= horizon
        has_aged = False
        bounds = (max(1, group << GROUP_BITS), ((group + 1) << GROUP_BITS) - 1)
        if by_sequence:
            lost, added = _within(lost_runs, *bounds), _within(added_runs, *bounds)
            if lost and may_have_aged:
                lost, has_aged = _unexpired(lost, then, _within(after, *bounds), horizon), True
            counts = _count(lost), _count(added)
        else:
            counts = max(0, then.messages - now.messages), max(0, now.messages - then.messages)
            if counts[0] and may_have_aged:
                # The newest surely did not go by its age, when all went and it was too young.
                is_lost = horizon is not None and then.last_stamp_nanoseconds > horizon
                counts, has_aged = (int(is_lost and now.messages == 0), 0), True
            lost, added = [bounds] * (counts[0] > 0), [bounds] * (counts[1] > 0)
        found.lost += counts[0]
        found.lost_runs += lost
        found.unexpected += counts[1]
        found.unexpected_runs += added
        if has_aged:
            if horizon is None or now.messages or then.last_stamp_nanoseconds > horizon:
                found.undecided.append(group)
        elif counts == (0, 0):
            found.altered.append(group)
    # A stream that copies another one goes on by itself.
    if held and not (held.config.get("mirror") or held.config.get("sources")):
        found.unexpected += held.read - sum(span.messages for span in held.spans.values())
        later = _within(held.runs or [], known.last_sequence + 1, held.last_sequence)
        found.unexpected_runs += later
    return found


def _horizon(known: StreamState, held: StreamState | None) -> int | None:
    """Return up to which stamp messages were too old for the stream when it was last seen.

    None: when that was is not known.
    """
    max_age_nanoseconds = known.config.get("max_age", 0)
    if held is None or not max_age_nanoseconds:
        return -1
    if not held.seen_nanoseconds:
        return None
    return held.seen_nanoseconds - int(max_age_nanoseconds)


def _unexpired(lost: list[Run], then: Span, kept: list[Run], horizon: int | None) -> list[Run]:
    """Return what of a span surely did not go by its age: the oldest go first, without gaps."""
    if horizon is not None and then.last_stamp_nanoseconds <= horizon:
        return []
    if kept:
        return [run for run in lost if run[1] > kept[0][0]]
    newest = lost[-1][1]
    return [] if horizon is None else [(newest, newest)]


def _within(runs: list[Run], first: int, last: int) -> list[Run]:
    """Return the parts of runs that lie between two sequences, both included."""
    return [(max(first, a), min(last, b)) for a, b in runs if b >= first and a <= last]


def _without(runs: list[Run], others: list[Run]) -> list[Run]:
    """Return what of ascending runs is in none of the others, which ascend too."""
    left: list[Run] = []
    at = 0
    for first, last in runs:
        begin = first
        while at < len(others) and others[at][1] < begin:
            at += 1
        here = at
        while here < len(others) and others[here][0] <= last:
            if begin < others[here][0]:
                left.append((begin, others[here][0] - 1))
            begin = others[here][1] + 1
            here += 1
        if begin <= last:
            left.append((begin, last))
    return left


def _count(runs: list[Run]) -> int:
    return sum(last - first + 1 for first, last in runs)


def _sequences(runs: list[Run]) -> str:
    texts = [str(first) if first == last else f"{first} to {last}" for first, last in runs]
    return named("sequence" if texts == [str(runs[0][0])] else "sequences", texts) if runs else ""


def same_messages(one: Span, other: Span) -> bool:
    """Tell whether two spans hold the same messages, whatever their stamps."""
    return (one.messages, one.contents) == (other.messages, other.contents)


def sequences(group: int) -> str:
    """Return the sequences that a span covers."""
    return f"{max(1, group << GROUP_BITS)} to {((group + 1) << GROUP_BITS) - 1}"

"""Check that every owed message came back once, as it was, and nothing else with it."""

from itertools import chain, islice

from harness.checks._accounts import NAMED, named_rows
from harness.checks._stream_accounts import difference, event_problems, events_account
from harness.checks._streams_before import likely, seen_at_backup
from harness.core.case import Case
from harness.core.check import Check
from harness.core.errors import Unread
from harness.core.finding import EXAMPLES_AT_MOST, Finding
from harness.observations.streams import StreamRows
from harness.platform.rows import MESSAGES_TABLE
from harness.platform.streams import events_stream


def _messages(check: Check, case: Case) -> Finding:
    seen = case.after[StreamRows]
    before = seen_at_backup(case)
    account = events_account(case)
    problems = event_problems(account, seen)
    for name, stream in seen.streams.items():
        if stream.messages != stream.read:
            problems.append(
                f"{name}: the server claims {stream.messages} messages and hands out {stream.read}"
            )
    counts = {
        "owed": account.owed,
        **{kind: len(getattr(account, kind)) for kind in (*NAMED, "survived", "recovered")},
    }
    counts["unexpected"] += seen.unknown
    doubts: list[str] = []
    # The ledger follows the events; of other streams only the backup's observation is known.
    for name, known in before.streams.items() if before is not None else ():
        if name != events_stream(case.platform):
            differs = difference(known, seen.streams.get(name))
            problems += differs.sentences(name, known)
            doubts += [doubt] if (doubt := differs.doubt(name)) else []
            counts["owed"] += known.read
            counts["lost"] += differs.lost
            counts["altered"] += len(differs.altered)
            counts["unexpected"] += differs.unexpected
    rows = named_rows(account)
    if doubts and not problems:
        raise Unread("; ".join(doubts))
    if not problems and not any(case.ledger.of(account.table)):
        return check.passed("events: no events were written", counts=counts)
    if not problems:
        return check.passed(
            f"events: all {account.owed} owed messages are there, unaltered, each once",
            counts=counts,
            rows=rows,
        )
    wrong = chain.from_iterable(
        (account.lost, account.altered, account.duplicated, account.unexpected)
    )
    return check.failed(
        "; ".join(problems),
        expected="every owed message once, with its subject, headers and payload",
        actual="; ".join(problems),
        examples=tuple(str(number) for number in islice(wrong, EXAMPLES_AT_MOST)),
        counts=counts,
        cause=likely(
            "the stream was not restored, or its backup did not hold these messages", seen
        ),
        next_step="compare the stream's report in the backup with the ledger's numbers",
        rows=rows,
    )


CHECKS = (
    Check(
        "stream_messages",
        "nats",
        "messages lost, altered, doubled or added",
        _messages,
        claims=(MESSAGES_TABLE,),
    ),
)

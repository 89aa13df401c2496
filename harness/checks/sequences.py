"""Check that no sequence gives a number again that it had given before the backup.

A sequence may be ahead: PostgreSQL logs 32 values at a time, so recovery skips what is left of
them. Source: PostgreSQL 17, `sequence.c`, SEQ_LOG_VALS.
"""

from dataclasses import replace

from harness.core.case import Case, NotApplicable
from harness.core.check import Check
from harness.core.errors import Unread
from harness.core.finding import EXAMPLES_AT_MOST, Finding, named
from harness.observations.postgres_catalog import Catalog, SequenceState


def _judge(check: Check, case: Case) -> Finding:
    before = case.before[Catalog].sequence_states
    after = case.after[Catalog].sequence_states
    # A sequence that is gone is for the check of their definitions to name.
    both = sorted(before.keys() & after.keys())
    if before and not after:
        raise Unread(f"none of the {len(before)} sequences of the backup was seen at the end")
    if not both:
        raise NotApplicable("no sequence was there before and after")
    behind = [name for name in both if _is_behind(before[name], after[name])]
    if not behind:
        return check.passed(f"sequences: all {len(both)} go on after the values they had given")
    return check.failed(
        f"sequences: {len(behind)} of {len(both)} would give a value again{named('', behind)}",
        expected="\n".join(
            f"{name}: next value {before[name].next_value} or further"
            for name in behind[:EXAMPLES_AT_MOST]
        ),
        actual="\n".join(_said(name, after[name]) for name in behind[:EXAMPLES_AT_MOST]),
        examples=tuple(behind[:EXAMPLES_AT_MOST]),
        counts={"sequences": len(both), "behind": len(behind)},
        cause="rows were restored without the sequence's state, or setval was given false",
        next_step="setval each of them to the greatest key in use, with is_called true",
    )


def _is_behind(before: SequenceState, after: SequenceState) -> bool:
    # Another increment is another definition; what counts here is the last value given.
    reached = replace(after, increment=before.increment)
    if _precedes(reached.next_value, before.next_value, before.increment):
        return True
    # A key that a user chose may lie ahead of the sequence; that is no fault of the restore.
    return _meets_a_key(after) and not _meets_a_key(before)


def _meets_a_key(state: SequenceState) -> bool:
    key = state.furthest_key
    return key is not None and not _precedes(key, state.next_value, state.increment)


def _precedes(value: int, other: int, increment: int) -> bool:
    return value < other if increment > 0 else value > other


def _said(name: str, state: SequenceState) -> str:
    key = "" if state.furthest_key is None else f", while key {state.furthest_key} is in use"
    return f"{name}: next value {state.next_value}{key}"


CHECKS = (Check("sequence_states", "postgres", "a next insert that collides with a row", _judge),)

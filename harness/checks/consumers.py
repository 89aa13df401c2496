"""Check that durable consumers came back and stand where they stood, within their streams."""

from dataclasses import replace

from harness.checks._streams_before import Settings, judge_settings, likely, seen_at_backup, told
from harness.core.case import Case, NotApplicable
from harness.core.check import Check
from harness.core.errors import Unread
from harness.core.finding import EXAMPLES_AT_MOST, Finding, named
from harness.observations.streams import ConsumerState, StreamRows
from harness.platform.streams import declared_streams

_NAMED_AT_MOST = 5


def _present(check: Check, case: Case) -> Finding:
    seen = {name: told(consumer) for name, consumer in case.after[StreamRows].consumers.items()}
    before = seen_at_backup(case)
    declared = {
        f"{stream.name}/{consumer.name}": consumer.config
        for stream in (declared_streams(case.platform.streams) if case.platform.is_ours else ())
        for consumer in stream.consumers
    }
    if before is None and not case.platform.is_ours:
        raise NotApplicable("nats was never backed up, so no earlier settings are known")
    if before is not None:
        wanted = {name: told(consumer) for name, consumer in before.consumers.items()}
    else:
        wanted = declared
    return judge_settings(
        check,
        Settings("consumers", wanted, seen, allowed=declared, declared=before is None),
        cause=likely(
            "the backup left consumers out, or a service created them with other settings",
            case.after[StreamRows],
        ),
        next_step="restore with consumers, before any service that creates them starts",
    )


def _floors(check: Check, case: Case) -> Finding:
    seen = case.after[StreamRows]
    before = seen_at_backup(case)
    known = before.consumers if before is not None else {}
    compared = [name for name in sorted(seen.consumers) if before is None or name in known]
    if not compared:
        raise NotApplicable("no consumer is left to compare; consumers_present accounts for them")
    moved = []
    unread = []
    for name in compared:
        now, then = seen.consumers[name], known.get(name)
        stream = seen.streams[name.partition("/")[0]]
        if then is not None and "max_age" in stream.config:
            # Messages that went by their age take no consumer with them.
            now, then = (_from(place, stream.first_sequence) for place in (now, then))
        last_sequence = stream.last_sequence
        if reason := _misplaced(now, then, last_sequence):
            moved.append(f"{name} {reason}")
        elif then is not None and (then.pending is None or now.pending is None):
            if not then.in_memory:
                unread.append(f"{name} ({then.unread or now.unread})")
        elif then is not None and (reason := _other_pending(now, then)):
            moved.append(f"{name} {reason}")
    counts = {"consumers": len(compared), "changed": len(moved)}
    if not moved and unread and not case.platform.is_adopted:
        raise Unread(f"which messages are pending could not be read: {', '.join(unread)}")
    if not moved:
        where = "where they stood" if before is not None else "within their streams"
        # What a server elsewhere keeps on its disk, no manifest sees.
        counted = f"; of {len(unread)} only how many messages wait is known" if unread else ""
        return check.passed(f"consumers: all {len(compared)} stand {where}{counted}", counts=counts)
    return check.failed(
        f"consumers: {len(moved)} of {len(compared)} do not stand where they stood"
        + named("namely", moved),
        expected="delivered, ack floor and pending messages as at the backup,"
        " not past the stream's end",
        actual="; ".join(moved),
        examples=tuple(moved[:EXAMPLES_AT_MOST]),
        counts=counts,
        cause=likely(
            "stream and consumers come from different moments, or the consumer was made anew", seen
        ),
        next_step="set the consumer to its old ack floor, or it will skip or repeat messages",
    )


def _from(place: ConsumerState, first_sequence: int) -> ConsumerState:
    """Return where a consumer stands in a stream whose earlier messages are gone."""
    return replace(
        place,
        ack_floor_sequence=max(place.ack_floor_sequence, first_sequence - 1),
        delivered_sequence=max(place.delivered_sequence, first_sequence - 1),
        pending=place.pending and [s for s in place.pending if s >= first_sequence],
        redelivered={s: count for s, count in place.redelivered.items() if s >= first_sequence},
    )


def _misplaced(now: ConsumerState, then: ConsumerState | None, last_sequence: int) -> str:
    foremost = max(now.ack_floor_sequence, now.delivered_sequence)
    if foremost > last_sequence:
        return f"is at {foremost}, ahead of the stream's last sequence {last_sequence}"
    if then is None:
        return ""
    if now.ack_floor_sequence != then.ack_floor_sequence:
        return f"has ack floor {now.ack_floor_sequence}, not {then.ack_floor_sequence}"
    if now.delivered_sequence != then.delivered_sequence:
        return f"has redelivered {now.delivered_sequence}, not {then.delivered_sequence}"
    if now.unacknowledged != then.unacknowledged and None in (now.pending, then.pending):
        return f"has {now.unacknowledged} pending messages, not {then.unacknowledged}"
    return ""


def _other_pending(now: ConsumerState, then: ConsumerState) -> str:
    """Return how the messages that wait for an acknowledgement differ, if they do."""
    held, known = set(now.pending or ()), set(then.pending or ())
    answered = [str(sequence) for sequence in sorted(known - held)]
    if answered:
        return f"no longer waits for {', '.join(answered[:_NAMED_AT_MOST])}" + _more(answered)
    again = [str(sequence) for sequence in sorted(held - known)]
    if again:
        return f"waits again for {', '.join(again[:_NAMED_AT_MOST])}" + _more(again)
    counted = [
        f"{sequence} {now.redelivered.get(sequence, 0)} times, not"
        f" {then.redelivered.get(sequence, 0)}"
        for sequence in sorted(now.redelivered.keys() | then.redelivered.keys())
        if now.redelivered.get(sequence) != then.redelivered.get(sequence)
    ]
    if counted:
        return f"has redelivered {', '.join(counted[:_NAMED_AT_MOST])}" + _more(counted)
    return ""


def _more(items: list[str]) -> str:
    return f" and {len(items) - _NAMED_AT_MOST} more" if len(items) > _NAMED_AT_MOST else ""


CHECKS = (
    Check("consumers_present", "nats", "a consumer that is absent or set differently", _present),
    Check("consumer_floors", "nats", "a consumer that will skip, repeat or stall", _floors),
)

"""Check that durable consumers came back and stand where they stood, within their streams."""

from harness.checks._streams_before import judge_settings, seen_at_backup
from harness.core.case import Case, NotApplicable
from harness.core.check import Check
from harness.core.finding import Finding, named
from harness.observations.streams import ConsumerState, StreamRows
from harness.platform.streams import declared_streams


def _present(check: Check, case: Case) -> Finding:
    seen = {name: consumer.config for name, consumer in case.after[StreamRows].consumers.items()}
    before = seen_at_backup(case)
    if before is not None:
        wanted = {name: consumer.config for name, consumer in before.consumers.items()}
    else:
        wanted = {
            f"{stream.name}/{consumer.name}": consumer.config
            for stream in declared_streams()
            for consumer in stream.consumers
        }
    return judge_settings(
        check,
        "consumers",
        wanted,
        seen,
        declared=before is None,
        cause="the backup left consumers out, or a service created them with other settings",
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
    for name in compared:
        last_sequence = seen.streams[name.partition("/")[0]].last_sequence
        if reason := _misplaced(seen.consumers[name], known.get(name), last_sequence):
            moved.append(f"{name} {reason}")
    if not moved:
        where = "where they stood" if before is not None else "within their streams"
        return check.passed(f"consumers: all {len(compared)} stand {where}")
    return check.failed(
        f"consumers: {len(moved)} of {len(compared)} do not stand where they stood"
        + named("namely", moved),
        expected="delivered and ack floor as at the backup, not past the stream's end",
        actual="; ".join(moved),
        examples=tuple(moved[:10]),
        cause="stream and consumers come from different moments, or the consumer was made anew",
        next_step="set the consumer to its old ack floor, or it will skip or repeat messages",
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
        return f"has delivered {now.delivered_sequence}, not {then.delivered_sequence}"
    return ""


CHECKS = (
    Check("consumers_present", "nats", "a consumer that is absent or set differently", _present),
    Check("consumer_floors", "nats", "a consumer that will skip, repeat or stall", _floors),
)

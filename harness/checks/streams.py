"""Check that the streams kept their original stamps and settings, and still take messages."""

from harness.checks._stream_accounts import (
    event_problems,
    events_account,
    same_messages,
    sequences,
)
from harness.checks._streams_before import Settings, judge_settings, likely, seen_at_backup, told
from harness.core.case import Case, NotApplicable
from harness.core.check import Check
from harness.core.finding import EXAMPLES_AT_MOST, Finding, named
from harness.observations.streams import Span, StreamLive, StreamRows
from harness.platform.streams import declared_streams, events_stream


def _timestamps(check: Check, case: Case) -> Finding:
    seen = case.after[StreamRows]
    before = seen_at_backup(case)
    if before is None:
        raise NotApplicable("nats was never backed up, so no earlier timestamps are known")
    intact = not event_problems(events_account(case), seen)
    compared, incomparable = 0, 0
    changed: list[str] = []
    for name, known in before.streams.items():
        held = seen.streams.get(name)
        for group, span in known.spans.items():
            now = held.spans.get(group, Span()) if held else Span()
            # Other messages than before are stream_messages' finding, unless it has none: then
            # they are the same messages under other sequences.
            if same_messages(span, now) or (name == events_stream(case.platform) and intact):
                compared += span.messages
                changed += [f"{name} {sequences(group)}"] * (span != now)
            else:
                incomparable += span.messages
        if held and intact and held.last_sequence < known.last_sequence:
            changed.append(f"{name} after {held.last_sequence}")
    if changed:
        return check.failed(
            f"streams: {len(changed)} runs of messages lost their original sequences or timestamps"
            + named("sequences", changed),
            expected="every message under its original sequence and timestamp",
            actual=f"other sequences or timestamps in {', '.join(changed[:EXAMPLES_AT_MOST])}",
            examples=tuple(changed[:EXAMPLES_AT_MOST]),
            counts={"changed": len(changed), "compared": compared},
            cause="the messages were published again instead of being restored",
            next_step="restore the volume or the stream's backup; a republished history is not one",
        )
    if incomparable and not compared:
        raise NotApplicable("no messages are left to compare; stream_messages accounts for them")
    return check.passed(
        f"streams: all {compared} comparable messages keep their sequences and timestamps",
        counts={"compared": compared, "incomparable": incomparable},
    )


def _config(check: Check, case: Case) -> Finding:
    seen = {name: told(stream) for name, stream in case.after[StreamRows].streams.items()}
    before = seen_at_backup(case)
    # What another platform declares is in a file of its own, which no judge reads.
    ours = declared_streams(case.platform.streams) if case.platform.is_ours else ()
    declared = {stream.name: stream.config for stream in ours}
    if before is None and not case.platform.is_ours:
        raise NotApplicable("nats was never backed up, so no earlier settings are known")
    if before is not None:
        wanted = {name: told(stream) for name, stream in before.streams.items()}
    else:
        wanted = declared
    return judge_settings(
        check,
        Settings("streams", wanted, seen, allowed=declared, declared=before is None),
        cause=likely(
            "streams were created anew, by hand or by a service with other settings",
            case.after[StreamRows],
        ),
        next_step="restore the streams before any service starts, or correct the settings",
    )


def _live(check: Check, case: Case) -> Finding:
    name = events_stream(case.platform)
    if not name:
        raise NotApplicable("the platform declares no stream to publish into")
    seen = case.after[StreamLive]
    if seen.accepted and seen.delivered:
        return check.passed(f"{name}: a message was accepted and delivered")
    what = "accepted a message but did not deliver it" if seen.accepted else "accepts no message"
    return check.failed(
        f"{name}: {what}",
        expected="a published message is stored and delivered",
        actual=seen.reason,
        counts={"accepted": int(seen.accepted), "delivered": int(seen.delivered)},
        cause="the stream is absent, full, sealed or damaged",
        next_step="look at the stream's state and at the server's log",
    )


CHECKS = (
    Check("stream_timestamps", "nats", "a history published anew", _timestamps),
    Check("stream_config", "nats", "a stream that is absent or set differently", _config),
    Check("stream_live", "nats", "a stream that takes or gives no messages", _live),
)

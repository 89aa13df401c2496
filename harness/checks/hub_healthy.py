"""Check that the hub runs at the end, reports every service as ok, and that they are."""

from harness.core.case import Case
from harness.core.check import Check
from harness.core.errors import Unread
from harness.core.finding import Finding, named
from harness.core.platform import HubProgram
from harness.core.ports import STORES
from harness.observations.hub import HubHealth


def _judge(check: Check, case: Case) -> Finding:
    seen = case.after[HubHealth]
    if not seen.running:
        return _silent(check, "the hub was not running at the end", "it was never started, or died")
    if seen.silence:
        return _silent(check, "the hub did not answer at the end", seen.silence)
    own = case.platform.hub
    if own and not own.services:
        return check.passed(f"hub: {own.health_path} answers with status {seen.http_status}")
    unwell = sorted(name for name, status in seen.services.items() if status != "ok")
    doubts = _doubts(seen, own)
    if not seen.services or unwell or doubts:
        return _unwell(check, seen, unwell, doubts)
    if seen.status is None or seen.stores is None:
        raise Unread("only what the hub says of its services was observed, not what they say")
    if seen.http_status is None:
        raise Unread("the status of the hub's answer was not kept, by an older release")
    is_asked = own is None or "nats" in own.services
    if "nats" in seen.services and is_asked and seen.met_in_nats is None:
        raise Unread("nats did not tell which clients it has, so whether the hub is one is unknown")
    told = ""
    if seen.met_in_nats is False and "nats" in seen.services:
        told += "; whether it reaches nats itself cannot be verified for this hub"
    return check.passed(
        f"hub: {len(seen.services)} of {len(seen.services)} services are ok{told}",
        counts={"services": len(seen.services)},
    )


def _doubts(seen: HubHealth, own: HubProgram | None) -> dict[str, str]:
    """Return what speaks against a hub beside its own word on its services, by what it is about."""
    stores = seen.stores or {}
    # A store that this machine lacks is no service of a hub that does without it.
    wanted = (
        [*stores]
        if own is None
        else [name for name in own.services if name in stores or name not in STORES]
    )
    doubts = {
        store: "it must be there, and is not reported"
        for store in wanted
        if store not in seen.services
    }
    # A hub says so of itself, too, when a service is not ok.
    if set(seen.services.values()) == {"ok"}:
        if seen.status not in (None, "", "ok"):
            doubts["hub"] = f"it reports itself as {seen.status}"
        elif seen.http_status not in (None, 200):
            doubts["hub"] = f"every service is ok, and it answers with status {seen.http_status}"
    # There is no earlier look at a hub, so the platform decides which services there are.
    if seen.stores is not None:
        for name in sorted(
            seen.services.keys() - {*STORES, *(own.may_tell if own else ()), *stores, *wanted}
        ):
            if seen.services[name] == "ok":
                doubts[name] = "reported as ok, but the platform has no such service"
    for store, answer in stores.items():
        if answer and seen.services.get(store) == "ok":
            doubts[store] = f"reported as ok, but does not answer: {answer}"
    if seen.services.get("nats") == "ok" and seen.asks_anew and seen.met_in_nats is False:
        doubts["nats"] = "reported as ok, but the server was not asked by any client of the hub"
    return doubts


def _unwell(check: Check, seen: HubHealth, unwell: list[str], doubts: dict[str, str]) -> Finding:
    parts = []
    if unwell or not seen.services:
        parts.append(
            f"{len(unwell)} of {len(seen.services)} services are not ok" + named("namely", unwell)
        )
    if doubts:
        parts.append(f"{len(doubts)} in doubt" + named("namely", sorted(doubts)))
    said = {name: seen.reasons.get(name, seen.services[name]) for name in unwell} | doubts
    return check.failed(
        "hub: " + "; ".join(parts),
        expected='"status": "ok" for every service of the platform, and each of them answers',
        actual="; ".join(f"{name}: {what}" for name, what in said.items())
        or "no service is reported",
        examples=tuple(said),
        counts={
            "services": len(seen.services),
            "not_ok": len(unwell),
            "missing": len((seen.stores or {}).keys() - seen.services.keys()),
            "doubted": len(doubts),
        },
        cause="the hub does not reach what it needs",
        next_step="read the hub's log and the logs of the services named",
    )


def _silent(check: Check, summary: str, actual: str) -> Finding:
    return check.failed(
        summary,
        expected="a hub that answers /health/detailed",
        actual=actual,
        cause="the procedure ended without a working hub",
        next_step="start the hub as the last step, and read its log",
    )


CHECKS = (Check("hub_healthy", "hub", "a hub that is down or degraded", _judge),)

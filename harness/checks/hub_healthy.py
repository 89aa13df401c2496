"""Check that the hub runs at the end and reports every service as ok."""

from harness.core.case import Case
from harness.core.check import Check
from harness.core.finding import Finding, named
from harness.observations.hub import HubHealth


def _judge(check: Check, case: Case) -> Finding:
    seen = case.after[HubHealth]
    if not seen.running:
        return _silent(check, "the hub was not running at the end", "it was never started, or died")
    if seen.silence:
        return _silent(check, "the hub did not answer at the end", seen.silence)
    unwell = sorted(name for name, status in seen.services.items() if status != "ok")
    if seen.services and not unwell:
        return check.passed(f"hub: {len(seen.services)} of {len(seen.services)} services are ok")
    return check.failed(
        f"hub: {len(unwell)} of {len(seen.services)} services are not ok" + named("namely", unwell),
        expected='"status": "ok" for every service',
        actual="; ".join(
            f"{name}: {seen.reasons.get(name, seen.services[name])}" for name in unwell
        )
        or "no service is reported",
        examples=tuple(unwell),
        counts={"services": len(seen.services), "not_ok": len(unwell)},
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

"""Ask the hub how every service is, and every service whether that is so."""

from typing import Any

from harness.core.errors import DrillError
from harness.kinds import Look, Probe
from harness.observations.hub import HubHealth
from harness.site import Site
from harness.stores.hub import NOT_IN_USE


def _observe(look: Look) -> HubHealth:
    if not look.site.service("hub").is_running:
        return HubHealth(running=False)
    stores = {
        store: look.site.client(store).ready() or ""
        for store in look.site.stack.services
        if store != "hub"
    }
    try:
        answer, was_met = _watched(look.site, nats_answers=stores.get("nats") == "")
    except DrillError as error:
        return HubHealth(running=True, silence=error.message)
    services = answer["services"]
    return HubHealth(
        running=True,
        services={
            name: service["status"]
            for name, service in services.items()
            if service["status"] != NOT_IN_USE
        },
        reasons={
            name: service["reason"] for name, service in services.items() if "reason" in service
        },
        status=str(answer.get("status", "")),
        stores=stores,
        asks_anew=look.site.hub.asks_anew(),
        met_in_nats=was_met,
    )


def _watched(site: Site, *, nats_answers: bool) -> tuple[dict[str, Any], bool | None]:
    """Return the hub's answer, and whether NATS met another client than ours meanwhile."""
    if not nats_answers:
        return site.hub.health(), None
    with site.nats.connect() as jetstream:
        answer, requests = jetstream.overheard(site.hub.health)
        return answer, requests > 0 or jetstream.has_company()


PROBE = Probe("hub_health", "hub", HubHealth, at_backup=False, observe=_observe)

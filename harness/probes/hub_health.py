"""Ask the hub how every service is."""

from harness.core.errors import DrillError
from harness.kinds import Look, Probe
from harness.observations.hub import HubHealth
from harness.stores.hub import NOT_IN_USE


def _observe(look: Look) -> HubHealth:
    if not look.site.service("hub").is_running:
        return HubHealth(running=False)
    try:
        services = look.site.hub.health()["services"]
    except DrillError as error:
        return HubHealth(running=True, silence=error.message)
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
    )


PROBE = Probe("hub_health", "hub", HubHealth, at_backup=False, observe=_observe)

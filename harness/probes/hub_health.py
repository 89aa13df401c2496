"""Ask the hub how every service is."""

from dataclasses import dataclass, field

from harness.core.errors import DrillError
from harness.kinds import Look, Probe


@dataclass(frozen=True, slots=True)
class HubHealth:
    """What `/health/detailed` said: each service's status, and the reason where it is not ok.

    `running` tells whether the hub's process was alive; `silence` says why there was no answer.
    """

    running: bool
    silence: str = ""
    services: dict[str, str] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)


def _observe(look: Look) -> HubHealth:
    if not look.site.service("hub").is_running:
        return HubHealth(running=False)
    try:
        services = look.site.hub.health()["services"]
    except DrillError as error:
        return HubHealth(running=True, silence=error.message)
    return HubHealth(
        running=True,
        services={name: service["status"] for name, service in services.items()},
        reasons={
            name: service["reason"] for name, service in services.items() if "reason" in service
        },
    )


PROBE = Probe("hub_health", "hub", HubHealth, at_backup=False, observe=_observe)

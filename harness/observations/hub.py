"""What the hub said of itself and its services."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class HubHealth:
    """What `/health/detailed` said: the status of each service in use, and the reason
    where it is not ok.

    `running` tells whether the hub's process was alive; `silence` says why there was no answer.
    """

    running: bool
    silence: str = ""
    services: dict[str, str] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)

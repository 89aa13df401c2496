"""What the hub said of itself and its services, and what its stores say."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class HubHealth:
    """What `/health/detailed` said: the status of each service in use, and the reason
    where it is not ok.

    `running` tells whether the hub's process was alive; `silence` says why there was no answer.
    `status` is what it said of itself, empty where it said nothing; `http_status` that of HTTP.
    `stores` holds those that run here, and so must be among the services, each with why it does
    not answer (empty: it does).
    `asks_anew` tells of a hub that is known to ask every service for every answer, `met_in_nats`
    whether NATS saw a client meanwhile that was not ours. None: it was not looked at.
    """

    running: bool
    silence: str = ""
    services: dict[str, str] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    status: str | None = None
    http_status: int | None = None
    stores: dict[str, str] | None = None
    asks_anew: bool = False
    met_in_nats: bool | None = None

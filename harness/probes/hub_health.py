"""Ask the hub how every service is, and every service whether that is so."""

from harness.core.errors import DrillError
from harness.kinds import Look, Probe
from harness.observations.hub import HubHealth
from harness.site import Site
from harness.stores.hub import NOT_IN_USE, Health


def _observe(look: Look) -> HubHealth:
    if not look.site.service("hub").is_running:
        return HubHealth(running=False)
    platform = look.site.platform
    expected = platform.hub.services if platform.hub else platform.stores
    stores = {
        store: _silence_of(look.site, store)
        for store in look.site.stack.services
        if store != "hub" and store in expected
    }
    is_watched = "nats" in stores
    answer, was_met = _watched(look.site) if is_watched else (_asked(look.site), None)
    if isinstance(answer, str):
        return HubHealth(running=True, silence=answer)
    return HubHealth(
        running=True,
        services={name: status for name, status in answer.services.items() if status != NOT_IN_USE},
        reasons=answer.reasons,
        status=answer.status,
        http_status=answer.http_status,
        stores=stores,
        asks_anew=answer.asks_anew,
        met_in_nats=was_met,
    )


def _silence_of(site: Site, store: str) -> str:
    """Return why a store does not answer, empty when it does; one that is down has no client."""
    try:
        return site.client(store).ready() or ""
    except DrillError as error:
        return error.message


def _watched(site: Site) -> tuple[Health | str, bool | None]:
    """Return the hub's answer, or why there is none, and whether NATS met other clients meanwhile.

    None: NATS cannot tell.
    """
    try:
        with site.nats.connect() as jetstream:
            answer, requests = jetstream.overheard(lambda: _asked(site))
            return answer, requests > 0 or jetstream.has_company()
    except DrillError:
        return _asked(site), None


def _asked(site: Site) -> Health | str:
    try:
        return site.hub.health()
    except DrillError as error:
        return error.message


PROBE = Probe(
    "hub_health",
    "hub",
    HubHealth,
    at_backup=False,
    observe=_observe,
    beside=("postgres", "nats"),
)

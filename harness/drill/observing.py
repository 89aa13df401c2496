"""Make the probes' observations, and keep the reason of every one that could not be made."""

from collections.abc import Container

from harness.core.errors import DrillError, Unread
from harness.core.observation import Observations
from harness.kinds import Look
from harness.probes import PROBES
from harness.site import Site


def observe(
    site: Site,
    stores: Container[str],
    before: Observations,
    *,
    at_backup: bool,
    snapshot: str | None = None,
) -> Observations:
    """Make the observations of these stores: at a backup those that only read, else all."""
    look = Look(site, site.ledger, site.history, before, snapshot, at_backup)
    seen = Observations()
    for probe in PROBES.values():
        if probe.store not in stores or (at_backup and not probe.at_backup):
            continue
        try:
            seen.put(probe.observe(look))
        except DrillError as error:
            seen.put_unread(probe.observation, error.message)
        except Unread as error:
            seen.put_unread(probe.observation, str(error))
        except Exception as error:  # noqa: BLE001 - whatever broke, it was not read
            reason = f"{probe.id} could not look: {type(error).__name__}: {error}"
            seen.put_unread(probe.observation, reason)
    return seen

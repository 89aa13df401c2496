"""Make the probes' observations, and keep the reason of every one that could not be made."""

from collections.abc import Container

import redis
from meilisearch.errors import MeilisearchTimeoutError

from harness.core.errors import DrillError, Unread, in_words
from harness.core.observation import Observations
from harness.core.patience import Unresponsive
from harness.kinds import Look
from harness.probes import probes_of
from harness.site import Site

SILENCE = (TimeoutError, redis.TimeoutError, MeilisearchTimeoutError)
"""What clients raise when a server does not answer."""


def observe(
    site: Site,
    stores: Container[str],
    before: Observations,
    *,
    at_backup: bool,
    snapshot: str | None = None,
) -> Observations:
    """Make the observations of these stores: at a backup those that only read, else all.

    Raises: Unresponsive: a server does nothing any more, for whatever reason on this machine.
    """
    look = Look(site, site.ledger, site.history, before, snapshot, at_backup)
    seen = Observations()
    for probe in probes_of(site.platform):
        if probe.store not in stores or (at_backup and not probe.at_backup):
            continue
        if probe.runs_code and site.platform.is_adopted:
            continue
        try:
            seen.put(probe.observe(look))
        except Unresponsive:
            raise
        except SILENCE as error:
            site.refuse_halted()
            raise Unresponsive(f"{probe.store} stopped answering: {error}") from error
        except DrillError as error:
            site.refuse_halted()
            seen.put_unread(probe.observation, error.message)
        except Unread as error:
            seen.put_unread(probe.observation, str(error))
        except Exception as error:  # noqa: BLE001 - whatever broke, it was not read
            site.refuse_halted()
            reason = f"{probe.id} could not look: {in_words(error)}"
            seen.put_unread(probe.observation, reason)
        if probe.store == "hub":
            # It tells how others are, and would blame the restore for them.
            site.refuse_halted()
    return seen

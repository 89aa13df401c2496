"""Whoever writes to a store reaches it, unless the scenario has stopped it."""

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from typing import TypeVar

import psycopg

from harness.core.errors import DrillError, Unavailable
from harness.site import Site

Client = TypeVar("Client")


def reached(
    site: Site,
    store: str,
    connect: Callable[[], AbstractContextManager[Client]],
    opened: ExitStack,
) -> Client | None:
    """Return a connection, to be closed with `opened`; None: the scenario has stopped the store.

    Raises: DrillError: it does not answer, and not by the scenario's doing.
    """
    try:
        return opened.enter_context(connect())
    except Unavailable:
        raise
    except (DrillError, psycopg.OperationalError):
        site.refuse_gone(store)
    if not site.service(store).is_wanted:
        return None
    # The scenario is starting it.
    site.wait_ready(store)
    return opened.enter_context(connect())

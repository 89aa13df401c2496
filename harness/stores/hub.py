"""The hub, as its users reach it: over HTTP."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

from harness.core.errors import DrillError
from harness.core.patience import CONNECTED_WITHIN_SECONDS, Unresponsive
from harness.core.platform import HubProgram
from harness.core.ports import Endpoint

NOT_IN_USE = "absent"
"""The status of a service that this platform runs without; it is neither ok nor an error."""
WELL = ("ok", NOT_IN_USE)
ASKS_ANEW = "asks_anew"
"""Under this name a hub says beside its services that it asks each of them for every answer."""


@dataclass(frozen=True, slots=True)
class Health:
    """The answer of `/health/detailed`: what the hub says of itself (empty: nothing), the status of
    each service, the reasons it gives, and whether it asks every service for every answer.
    """

    http_status: int
    status: str
    services: dict[str, str]
    reasons: dict[str, str] = field(default_factory=dict)
    asks_anew: bool = False


class HubStore:
    """The platform's hub, the reference one or a real one.

    `health_url` is where a real hub in place of the platform's says how it is; `own` is how the
    platform's does.
    """

    def __init__(
        self,
        endpoint: Callable[[], Endpoint],
        health_url: str = "",
        own: HubProgram | None = None,
    ) -> None:
        self._endpoint = endpoint
        self._health_url = health_url
        self._own = own

    def ready(self) -> str | None:
        """Return None when the hub reports every service it uses as ok, else which are not."""
        try:
            health = self.health()
        except DrillError as error:
            return error.message
        unwell = [
            f"{name}: {health.reasons.get(name) or status}"
            for name, status in health.services.items()
            if status not in WELL
        ]
        return "; ".join(unwell) or None

    def complains(self) -> bool:
        """Tell whether it answers, and reports a service that is not ok."""
        try:
            return any(status not in WELL for status in self.health().services.values())
        except DrillError:
            return False

    def health(self) -> Health:
        """Return the answer of `/health/detailed`. A service's status may stand alone, as text.

        A hub that is to answer with nothing but a status has no services.

        Raises: DrillError: the hub does not answer, or not with that.
        """
        at = self._endpoint()
        path = self._own.health_path if self._own else "/health/detailed"
        http_status, answer = _get(self._health_url or f"{at.http_url}{path}")
        if self._own and not self._own.services:
            if http_status != HTTPStatus.OK:
                raise DrillError(f"hub: {path} answers with status {http_status}")
            return Health(http_status, "", {})
        if not isinstance(answer, dict) or not isinstance(told := answer.get("services"), dict):
            raise DrillError(f"hub: {path} answers without services")
        services = {name: {"status": s} if isinstance(s, str) else s for name, s in told.items()}
        for name, service in services.items():
            if not isinstance(service, dict) or not isinstance(service.get("status"), str):
                raise DrillError(f"hub: {path} tells no status of {name}")
        return Health(
            http_status,
            str(answer.get("status", "")),
            {name: service["status"] for name, service in services.items()},
            {name: str(s["reason"]) for name, s in services.items() if s.get("reason")},
            answer.get(ASKS_ANEW) is True,
        )

    def read(self, table: str, number: int) -> dict[str, Any] | None:
        """Return what the hub answers of a row, or None where it knows of none.

        Raises: DrillError: the hub does not answer, or with an error of its own; or nothing says
        how it reads the table.
        """
        path = self._own.reads.get(table) if self._own and not self._health_url else None
        if path is None:
            raise DrillError(
                f"hub: a real hub's way to {table} is not known",
                "Name it in the platform's hub.reads, or waive the check that reads it.",
            )
        status, answer = _get(f"{self._endpoint().http_url}{path.replace('{n}', str(number))}")
        if status == HTTPStatus.NOT_FOUND:
            return None
        if status != HTTPStatus.OK:
            raise DrillError(f"hub: {table} {number} was answered with status {status}")
        if not isinstance(answer, dict):
            raise DrillError(f"hub: {table} {number} was answered with no mapping")
        return answer


def _get(url: str) -> tuple[int, object]:
    """Return the status and the JSON of an answer, which is None where the body is none."""
    where = urlsplit(url)
    connect = HTTPSConnection if where.scheme == "https" else HTTPConnection
    connection = connect(where.netloc, timeout=CONNECTED_WITHIN_SECONDS)
    try:
        connection.request("GET", where.path)
        response = connection.getresponse()
        body = response.read()
    except TimeoutError as error:
        raise Unresponsive(f"hub stopped answering: {where.path}: {error}") from error
    except (OSError, HTTPException) as error:
        raise DrillError(f"hub: no answer from {where.path}: {error}") from error
    finally:
        connection.close()
    try:
        return response.status, json.loads(body)
    except (ValueError, RecursionError):
        return response.status, None

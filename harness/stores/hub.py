"""The hub, as its users reach it: over HTTP."""

import json
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

from harness.core.errors import DrillError
from harness.core.ports import Endpoint

ANSWER_WITHIN_SECONDS = 15
NOT_IN_USE = "absent"
"""The status of a service that this platform runs without; it is neither ok nor an error."""
WELL = ("ok", NOT_IN_USE)
NO_CONTACT = "there is no such contact"
"""The reference hub's answer to a number that no contact has."""


class HubStore:
    """The platform's hub, the reference one or a real one.

    `health_url` is where a real hub says how it is; the reference hub says it at its own address.
    """

    def __init__(self, endpoint: Callable[[], Endpoint], health_url: str = "") -> None:
        self._endpoint = endpoint
        self._health_url = health_url

    def ready(self) -> str | None:
        """Return None when the hub reports every service it uses as ok, else which are not."""
        try:
            services = self.health()["services"]
        except DrillError as error:
            return error.message
        unwell = [
            f"{name}: {service.get('reason') or service['status']}"
            for name, service in services.items()
            if service["status"] not in WELL
        ]
        return "; ".join(unwell) or None

    def complains(self) -> bool:
        """Tell whether it answers, and reports a service that is not ok."""
        try:
            return any(s["status"] not in WELL for s in self.health()["services"].values())
        except DrillError:
            return False

    def health(self) -> dict[str, Any]:
        """Return the answer of `/health/detailed`: `status`, and `services` by name.

        Raises: DrillError: the hub does not answer, or not with that.
        """
        at = self._endpoint()
        _, answer = _get(self._health_url or f"{at.http_url}/health/detailed")
        if not isinstance(answer.get("services"), dict):
            raise DrillError("hub: /health/detailed answers without services")
        return answer

    def asks_anew(self) -> bool:
        """Tell whether this is the reference hub, which asks every service for every answer."""
        try:
            _, answer = _get(f"{self._endpoint().http_url}/contacts/0")
        except DrillError:
            return False
        return answer == {"error": NO_CONTACT}

    def contact(self, number: int) -> dict[str, Any] | None:
        """Return a contact as `{"source": "cache" or "postgres", "contact": {…}}`, or None.

        Raises: DrillError: the hub does not answer, or with an error of its own; or it is a real
        one, whose way to a contact is its own affair.
        """
        if self._health_url:
            raise DrillError(
                "hub: a real hub's way to a contact is not known",
                "Write skip: {cache_repopulates: reason} in the scenario.",
            )
        status, answer = _get(f"{self._endpoint().http_url}/contacts/{number}")
        if status == 404:
            return None
        if status != 200:
            raise DrillError(f"hub: contact {number} was answered with status {status}")
        return answer


def _get(url: str) -> tuple[int, dict[str, Any]]:
    where = urlsplit(url)
    connect = HTTPSConnection if where.scheme == "https" else HTTPConnection
    connection = connect(where.netloc, timeout=ANSWER_WITHIN_SECONDS)
    try:
        connection.request("GET", where.path)
        response = connection.getresponse()
        answer: dict[str, Any] = json.loads(response.read())
    except (OSError, HTTPException, ValueError) as error:
        raise DrillError(f"hub: no answer from {where.path}: {error}") from error
    finally:
        connection.close()
    return response.status, answer

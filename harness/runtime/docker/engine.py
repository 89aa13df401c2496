"""The Docker engine: the one that DOCKER_HOST or the current context names, or the local one.

Nothing of this machine is assumed to be the engine's: no bind mounts, and published ports are
reached by the engine's address.
"""

import socket
import threading
from collections.abc import Mapping
from typing import Any, Self

import docker
import requests
from docker.errors import DockerException
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import Reaper
from testcontainers.core.docker_client import DockerClient

from harness.core.errors import DrillError, UsageError, kind_of
from harness.core.patience import (
    QUICK_WITHIN_SECONDS,
    READY_ANSWER_WITHIN_SECONDS,
    Unresponsive,
)

CLIENT_SETTINGS: Mapping[str, Any] = {"timeout": int(2 * QUICK_WITHIN_SECONDS)}
"""How testcontainers makes its clients; the timeout is for one answer, in seconds."""

_STARTING_RYUK = threading.Lock()

ENGINE = "the Docker engine"

LOOPBACK = "127.0.0.1"
LOCAL_HOSTS = ("localhost", LOOPBACK, "::1")


class EngineSilent(Unresponsive, requests.RequestException):
    """The engine does not answer any more, whatever it was asked by whichever library."""


class Engine:
    """A connection to an engine that answered. `host` is where its published ports are reached."""

    def __init__(self) -> None:
        """Connect. Raises: UsageError: no engine answers there."""
        try:
            DockerClient(timeout=int(READY_ANSWER_WITHIN_SECONDS)).client.close()
            self.testcontainers = watched(DockerClient(**CLIENT_SETTINGS))
            self.version: str = self.client.version()["Version"]
        except (DockerException, requests.RequestException, OSError) as error:
            raise UsageError(
                f"no Docker engine answers: {_last_words(error)}",
                "Start Docker, name an engine in DOCKER_HOST, or use --runtime embedded.",
            ) from None
        host = self.testcontainers.host()
        # By name, loopback may be tried as ::1 first, where nothing is published.
        self.host = LOOPBACK if host in LOCAL_HOSTS else host
        self._decide_on_ryuk()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def client(self) -> docker.DockerClient:
        """The client of docker-py."""
        return self.testcontainers.client

    @property
    def bind_address(self) -> str:
        """Return the engine's address that ports are published on: loopback when it is local.

        Raises: DrillError: the engine's host has no address.
        """
        if self.host == LOOPBACK:
            return LOOPBACK
        try:
            return socket.gethostbyname(self.host)
        except OSError as error:
            raise DrillError(
                f"the Docker host {self.host} has no address: {error.strerror}",
                "Name it in TESTCONTAINERS_HOST_OVERRIDE as this machine reaches it.",
            ) from None

    def start_ryuk(self) -> None:
        """Start testcontainers' own reaper, where its image is, before the first container.

        Containers that start at once would each start one. Where it cannot run, `reaper` is enough.
        """
        with _STARTING_RYUK:
            if testcontainers_config.ryuk_disabled:
                return
            try:
                Reaper.get_instance()
            except (DockerException, requests.RequestException, OSError, RuntimeError):
                Reaper.delete_instance()
                testcontainers_config.ryuk_disabled = True

    def close(self) -> None:
        """Close the connection."""
        self.client.close()

    def _decide_on_ryuk(self) -> None:
        # Without its image it would be pulled or waited for; with a prefix it starts itself
        # without end. Its work is done by `reaper` then.
        if testcontainers_config.ryuk_disabled:
            return
        testcontainers_config.ryuk_disabled = bool(testcontainers_config.hub_image_name_prefix) or (
            not self.client.images.list(name=testcontainers_config.ryuk_image)
        )


def watched(client: DockerClient) -> DockerClient:
    """Return a client whose every request ends as EngineSilent where the engine does not answer.

    One that was silent once is not waited for as long again.
    """
    session: requests.Session = client.client.api
    send, silent = session.send, threading.Event()

    def ask(request: requests.PreparedRequest, **options: Any) -> requests.Response:
        if silent.is_set():
            options["timeout"] = READY_ANSWER_WITHIN_SECONDS
        try:
            return send(request, **options)
        except (requests.Timeout, requests.ConnectionError) as error:
            silent.set()
            asked = f"{request.method} {request.path_url.partition('?')[0]}"
            raise silence(f"{asked}: {_last_words(error)}") from error

    session.send = ask  # type: ignore[method-assign]  # the one way that all of its requests take
    return client


def silence(said: str) -> EngineSilent:
    """Return the error for an engine that does not answer."""
    return EngineSilent(
        f"{ENGINE} stopped answering: {said}",
        "Look whether it runs and what it waits for; `docker version` asks it.",
    )


def explain(error: Exception) -> str:
    """Return what the engine said, without the address it was asked at."""
    return str(getattr(error, "explanation", None) or getattr(error, "message", None) or error)


def _last_words(error: BaseException) -> str:
    while error.__context__ is not None:
        error = error.__context__
    return str(error).lower() or kind_of(error)

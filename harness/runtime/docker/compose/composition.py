"""A compose file as it was found: which of its services is which store, and how to talk to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from harness.core.errors import UsageError
from harness.core.ports import ComposeFile
from harness.runtime.docker.compose import service as read
from harness.runtime.docker.compose.allowed import Objection, objections
from harness.runtime.docker.compose.bound import Machine
from harness.runtime.docker.compose.source import Lines, Place
from harness.runtime.docker.images import Image
from harness.runtime.docker.launch import LAUNCHES, Launch

_USER = ("-user", "--user")
_UNEXPANDED = "${"
_MASKABLE_CHARACTERS = 8
# Where each server's own options say what a drill must know.
_PASSWORD: Mapping[str, tuple[str, ...]] = {
    "nats": ("-auth", "--auth"),
    "redis": ("--requirepass",),
    "meilisearch": ("--master-key",),
}
_PASSWORD_VARIABLES = {
    "postgres": "POSTGRES_PASSWORD",
    "redis": "REDIS_PASSWORD",
    "meilisearch": "MEILI_MASTER_KEY",
}
_PORT: Mapping[str, tuple[str, ...]] = {
    "postgres": ("-p",),
    "nats": ("-p", "-port", "--port"),
    "redis": ("--port",),
}
_DATA: Mapping[str, tuple[str, ...]] = {
    "nats": ("-sd", "--sd", "-store_dir", "--store_dir"),
    "redis": ("--dir",),
}


@dataclass(frozen=True, slots=True)
class Composition:
    """A resolved compose file. `services` maps stores to their services' names; `secrets` holds the
    passwords that it gives them, by store.
    """

    path: Path
    config: Mapping[str, Any]
    services: Mapping[str, str]
    secrets: Mapping[str, str]
    lines: Lines = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        file: ComposeFile,
        config: Mapping[str, Any],
        lines: Lines | None = None,
        machine: Machine | None = None,
    ) -> "Composition":
        """Return what a drill makes of a compose file, `config` being the file resolved; `lines`
        are those of the file as it is written, and `machine` is what its mounts are of.

        Raises: UsageError: a drill cannot work with one of the services, or with what they need.
        """
        found = cls(file.path, config, file.services, {}, lines or {})
        machine = machine or Machine()
        described = config.get("services") or {}
        stores = file.services.values()
        for store, name in file.services.items():
            if name not in described:
                raise found.refusal(store, "is not in the file once it is resolved")
            for needed in (name, *read.needed(described, name, stores)):
                for why in objections(described[needed], config, machine):
                    raise found.refused(store, needed, why)
        return replace(found, secrets={store: found._secret(store) for store in file.services})

    @property
    def images(self) -> dict[str, str]:
        """The images of the stores that it runs."""
        return {store: self.service(store)["image"] for store in self.services}

    @property
    def telling_secrets(self) -> tuple[str, ...]:
        """The passwords that can be masked: a short one, or a user's name, stands everywhere."""
        named = {*self.services, *self.services.values()}
        for store in self.services:
            named |= {
                value
                for name, value in read.environment(self.service(store)).items()
                if name.endswith(("_USER", "_DB"))
            }
        return tuple(
            secret
            for secret in self.secrets.values()
            if secret not in named and len(secret) >= _MASKABLE_CHARACTERS
        )

    def service(self, store: str) -> dict[str, Any]:
        """Return a store's service as the file has it."""
        service: dict[str, Any] = self.config["services"][self.services[store]]
        return service

    def say_origin(self, image: Image) -> Image:
        """Return a store's image with the service that it is run as."""
        service = f"service {self.services[image.role]} of {self.path}"
        return replace(image, origin=f"{image.origin}, {service}")

    def launch(self, image: Image, secrets: Mapping[str, str]) -> Launch:
        """Return how to talk to a store's service, and where it keeps its data.

        Raises: UsageError: it mounts no volume there, or its port is no number.
        """
        store = image.role
        service = self.service(store)
        usual = LAUNCHES[store](image.with_environment(read.environment(service)), secrets)
        port = read.option(service, *_PORT.get(store, ())) or str(usual.port)
        if not port.isdecimal():
            raise self.refusal(store, f"listens on port {port!r}, which is no number")
        return replace(usual, port=int(port), data=self._data(store, usual.data))

    def refused(self, store: str, needed: str, why: Objection) -> UsageError:
        """Return the error that a drill does not start what a store needs, or is."""
        of = "" if needed == self.services[store] else f"needs {needed}, which "
        return self.refusal(store, f"{of}{why.what}", why.hint, (needed, why.key))

    def refusal(
        self, store: str, what: str, hint: str | None = None, place: Place = ()
    ) -> UsageError:
        """Return the error that a drill cannot work with a store's service, for what stands at a
        place below the services.
        """
        name = self.services[store]
        places = (place, place[:1], (name,))
        at = next((n for p in places if p and (n := self.lines.get(("services", *p)))), None)
        where = f"{self.path}:{at}" if at else str(self.path)
        return UsageError(f"{where}: service {name} ({store}) {what}", hint)

    def _data(self, store: str, usual: str) -> str:
        service = self.service(store)
        said = read.option(service, *_DATA.get(store, ()))
        path = said or usual
        mounts = [m for m in read.mounts(service) if m["type"] in {"volume", "bind"}]
        if store == "hub" or any(read.covers(mount["target"], path) for mount in mounts):
            return path
        volumes = [mount["target"] for mount in mounts if mount["type"] == "volume"]
        # Its directory may stand in a configuration file.
        if store == "nats" and not said and len(volumes) == 1:
            return str(volumes[0])
        raise self.refusal(
            store,
            f"mounts no volume at {path}",
            "What a drill loses and restores is a volume: mount one there.",
        )

    def _secret(self, store: str) -> str:
        service = self.service(store)
        variables = read.environment(service)
        if store == "nats" and read.option(service, *_USER):
            raise self.refusal(
                store, "wants a user", "A drill gives NATS a token (--auth), or nothing."
            )
        if store == "postgres" and (file := variables.get("POSTGRES_PASSWORD_FILE")):
            return self._from_file(store, file)
        said = read.option(service, *_PASSWORD.get(store, ()))
        if said is not None and _UNEXPANDED in said:
            raise self.refusal(
                store, "has a password that only its shell can tell", "Write it as $VARIABLE."
            )
        return said or variables.get(_PASSWORD_VARIABLES.get(store, ""), "")

    def _from_file(self, store: str, path: str) -> str:
        file = read.secret_file(self.config, self.service(store), path)
        if file is None:
            raise self.refusal(
                store, f"has its password in {path}, which is no secret with a file of its own"
            )
        try:
            return file.read_text(encoding="utf-8").strip()
        except (OSError, ValueError) as error:
            raise self.refusal(store, f"has a password that cannot be read: {error}") from None

"""A compose file as it was found: which of its services is which store, and how to talk to it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from harness.core.errors import UsageError
from harness.core.ports import ComposeFile
from harness.runtime.docker.compose import service as read
from harness.runtime.docker.images import Image
from harness.runtime.docker.launch import LAUNCHES, Launch

_SHARES_NETWORKS = ("host", "none", "service:", "container:")
_STORE_DIRECTORY = ("-sd", "--sd", "-store_dir", "--store_dir")
_TOKEN = ("-auth", "--auth")
_USER = ("-user", "--user")


@dataclass(frozen=True, slots=True)
class Composition:
    """A resolved compose file. `services` maps stores to its services' names; `secrets` holds the
    passwords that it gives them, by store.
    """

    path: Path
    config: Mapping[str, Any]
    services: Mapping[str, str]
    secrets: Mapping[str, str]

    @classmethod
    def of(cls, file: ComposeFile, config: Mapping[str, Any]) -> "Composition":
        """Return what a drill makes of a compose file, `config` being the file resolved.

        Raises: UsageError: a drill cannot work with one of the services.
        """
        found = cls(file.path, config, file.services, {})
        for store, name in file.services.items():
            if name not in config["services"]:
                raise found.refusal(store, "is not in the file once it is resolved")
            if not found.service(store).get("image"):
                raise found.refusal(
                    store, "names no image", "A drill builds nothing: build it and name its image."
                )
            mode = found.service(store).get("network_mode", "")
            if mode.startswith(_SHARES_NETWORKS):
                raise found.refusal(
                    store, f"has network_mode {mode}", "A drill's services have their own network."
                )
        return replace(found, secrets={store: found._secret(store) for store in file.services})

    @property
    def images(self) -> dict[str, str]:
        """The images of the stores that it runs."""
        return {store: self.service(store)["image"] for store in self.services}

    @property
    def telling_secrets(self) -> tuple[str, ...]:
        """The passwords that can be masked: a user's name as password stands everywhere."""
        named = {*self.services, *self.services.values()}
        for store in self.services:
            named |= {
                value
                for name, value in read.environment(self.service(store)).items()
                if name.endswith(("_USER", "_DB"))
            }
        return tuple(secret for secret in self.secrets.values() if secret not in named)

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

        Raises: UsageError: it mounts no volume there.
        """
        service = self.service(image.role)
        launch = LAUNCHES[image.role](image.with_environment(read.environment(service)), secrets)
        return replace(launch, data=self._data(image.role, launch.data))

    def refusal(self, store: str, what: str, hint: str | None = None) -> UsageError:
        """Return the error that a drill cannot work with a store's service."""
        return UsageError(f"{self.path}: service {self.services[store]} ({store}) {what}", hint)

    def _data(self, store: str, usual: str) -> str:
        service = self.service(store)
        path = usual
        if store == "nats":
            path = read.option(service, *_STORE_DIRECTORY) or usual
        mounts = [m for m in read.mounts(service) if m["type"] in {"volume", "bind"}]
        if store == "hub" or any(covers(mount["target"], path) for mount in mounts):
            return path
        volumes = [mount["target"] for mount in mounts if mount["type"] == "volume"]
        if len(volumes) == 1:
            return str(volumes[0])
        raise self.refusal(
            store,
            f"mounts no volume at {path}",
            "What a drill loses and restores is a volume: mount one there.",
        )

    def _secret(self, store: str) -> str:
        service = self.service(store)
        environment = read.environment(service)
        match store:
            case "postgres":
                if file := environment.get("POSTGRES_PASSWORD_FILE"):
                    return self._from_file(store, file)
                return environment.get("POSTGRES_PASSWORD", "")
            case "nats":
                if read.option(service, *_USER):
                    raise self.refusal(
                        store, "wants a user", "A drill gives NATS a token (--auth), or nothing."
                    )
                return read.option(service, *_TOKEN) or ""
            case "redis":
                return read.option(service, "--requirepass") or environment.get(
                    "REDIS_PASSWORD", ""
                )
            case "meilisearch":
                return read.option(service, "--master-key") or environment.get(
                    "MEILI_MASTER_KEY", ""
                )
        return ""

    def _from_file(self, store: str, path: str) -> str:
        file = read.secret_file(self.config, path)
        try:
            return file.read_text(encoding="utf-8").strip() if file else ""
        except OSError as error:
            raise self.refusal(store, f"has a password that cannot be read: {error}") from None


def covers(target: str, path: str) -> bool:
    """Tell whether what is mounted at `target` holds `path`."""
    return path == target or path.startswith(target.rstrip("/") + "/")

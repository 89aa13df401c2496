"""Which image serves a store: a setting's, the environment's, or the one the platform runs.

Where the platform's own image is neither here nor to be had, one that `images/build` made is
taken instead, and the report says so.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import requests
from docker.errors import APIError, ImageNotFound
from testcontainers.core.config import testcontainers_config

from harness.core.errors import DrillError
from harness.core.ports import ServerIdentity
from harness.runtime.docker.engine import Engine, explain

HELPER = "helper"

PLATFORM = {
    "postgres": "postgres:17",
    "nats": "nats:2",
    "meilisearch": "getmeili/meilisearch:v1.50",
    "redis": "redis:7",
    HELPER: "alpine:3",
}
"""The images of the platform, and the guide's own for work on volumes."""

BUILT = {
    "postgres": "restore-drills/postgres:17",
    "nats": "restore-drills/nats:2",
    "meilisearch": "restore-drills/meilisearch:latest",
    "redis": "restore-drills/redis:8",
    HELPER: "restore-drills/helper:latest",
}
"""What `images/build` makes on a machine that reaches no registry."""

HUB = "hub"
"""The hub's image, where there is one, is the user's own."""

_VARIABLES = {role: f"DRILL_{role.upper()}_IMAGE" for role in (*PLATFORM, HUB)}
_PRODUCTS = {
    "postgres": "PostgreSQL",
    "nats": "NATS",
    "meilisearch": "Meilisearch",
    "redis": "Redis",
    "hub": "hub",
    HELPER: "helper",
}
# Where an image tells its server's version, beside the standard label.
_VERSION_VARIABLES = ("PG_VERSION", "REDIS_VERSION", "VALKEY_VERSION", "NATS_SERVER")
_VERSION_LABEL = "org.opencontainers.image.version"


class ImageMissing(Exception):
    """There is no image for this store; the message says why."""


@dataclass(frozen=True, slots=True)
class Image:
    """An image by its reference. `configuration` is empty, and `digest` the registry's, as long as
    it has yet to be pulled; `origin` says where it comes from.
    """

    role: str
    reference: str
    digest: str
    origin: str
    configuration: Mapping[str, Any]

    @property
    def is_present(self) -> bool:
        """Whether the engine has it."""
        return bool(self.configuration)

    @property
    def is_built_here(self) -> bool:
        """Whether `images/build` made it."""
        return self.reference in BUILT.values()

    @property
    def environment(self) -> dict[str, str]:
        """The variables that the image itself sets."""
        pairs = (pair.partition("=") for pair in self.configuration.get("Env") or ())
        return {name: value for name, _, value in pairs}

    def with_environment(self, variables: Mapping[str, str]) -> "Image":
        """Return the image as it is when these variables are set on top of its own."""
        pairs = [f"{name}={value}" for name, value in {**self.environment, **variables}.items()]
        return replace(self, configuration={**self.configuration, "Env": pairs})

    @property
    def command(self) -> list[str]:
        """The command that it runs when it is given none."""
        return list(self.configuration.get("Cmd") or ())

    @property
    def version(self) -> str:
        """The server's version as the image states it, else the image's tag."""
        labels = self.configuration.get("Labels") or {}
        environment = self.environment
        stated = (environment.get(name) for name in _VERSION_VARIABLES)
        # A registry's address may hold a colon too.
        tag = self.reference.partition("@")[0].rpartition("/")[2].partition(":")[2] or "latest"
        found: str = next(filter(None, [*stated, labels.get(_VERSION_LABEL)]), tag)
        return found.partition("-")[0].removeprefix("v")

    @property
    def identity(self) -> ServerIdentity:
        """Which server it runs."""
        product = _PRODUCTS[self.role]
        if self.role == "redis" and "valkey" in self.reference:
            product = "Valkey"
        return ServerIdentity(self.role, product, self.version, self.digest, self.origin)


def find(engine: Engine, role: str, settings: Mapping[str, str], pull: str) -> Image:
    """Return the image for a store, or for the helper. Raises: ImageMissing: there is none."""
    asked = settings.get(role) or os.environ.get(_VARIABLES[role])
    wanted = asked or PLATFORM[role]
    why_not = f"--pull {pull}"
    if pull != "always" and (present := _present(engine, role, wanted)):
        return present
    stand_in = BUILT.get(role) if wanted == PLATFORM.get(role) else None
    if stand_in and pull != "always" and (built := _present(engine, role, stand_in)):
        return built
    if pull != "never":
        try:
            distribution = engine.client.api.inspect_distribution(wanted)  # type: ignore[no-untyped-call]  # the stubs leave it untyped
        except (APIError, requests.RequestException) as error:
            why_not = explain(error)
        else:
            digest = distribution["Descriptor"]["digest"]
            return Image(role, wanted, digest, f"image {wanted} from its registry", {})
    raise ImageMissing(f"the engine has no image {wanted} and cannot pull it: {why_not}")


def ensure(engine: Engine, image: Image) -> Image:
    """Return the image as the engine has it, pulled if need be. Raises: DrillError: it failed."""
    if image.is_present:
        return image
    try:
        engine.client.images.pull(image.reference)
    except (APIError, requests.RequestException) as error:
        raise DrillError(
            f"cannot pull {image.reference}: {explain(error)}",
            "Log in to its registry, or build local images with images/build.",
        ) from None
    pulled = _present(engine, image.role, image.reference)
    assert pulled is not None
    return pulled


def roles(settings: Mapping[str, str], *, of_hub: bool) -> list[str]:
    """Return what images are needed for: the stores, the helper, and a hub that has an image."""
    has_image = HUB in settings or bool(os.environ.get(_VARIABLES[HUB]))
    return [*PLATFORM, HUB] if of_hub and has_image else [*PLATFORM]


def _present(engine: Engine, role: str, reference: str) -> Image | None:
    # Testcontainers puts this before every name that it is given.
    prefixed = testcontainers_config.hub_image_name_prefix + reference
    try:
        found = engine.client.images.get(prefixed)
    except ImageNotFound:
        return None
    digests = found.attrs.get("RepoDigests") or ()
    digest = next((text.rpartition("@")[2] for text in digests), str(found.id))
    return Image(role, reference, digest, f"image {reference}", found.attrs["Config"])

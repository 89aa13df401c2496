"""The hub is configured by its environment, as a container would be."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from harness.core.errors import UsageError
from harness.core.ports import Endpoint

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Configuration:
    """Where the hub listens, and where its stores answer; without Meilisearch, None."""

    port: int
    config_directory: Path
    postgres: Endpoint
    nats: Endpoint
    redis: Endpoint
    meilisearch: Endpoint | None


def read_configuration(environment: Mapping[str, str]) -> Configuration:
    """Return the configuration. Raises: UsageError: a variable is missing or no number."""
    try:
        url = environment.get("HUB_MEILISEARCH_URL")
        return Configuration(
            port=int(environment["HUB_PORT"]),
            config_directory=Path(environment["HUB_CONFIG_DIR"]),
            postgres=Endpoint(
                environment["HUB_POSTGRES_HOST"],
                int(environment["HUB_POSTGRES_PORT"]),
                user=environment["HUB_POSTGRES_USER"],
                secret=environment["HUB_POSTGRES_PASSWORD"],
                database=environment["HUB_POSTGRES_DATABASE"],
            ),
            nats=Endpoint(
                environment["HUB_NATS_HOST"],
                int(environment["HUB_NATS_PORT"]),
                secret=environment["HUB_NATS_TOKEN"],
            ),
            redis=Endpoint(
                environment["HUB_REDIS_HOST"],
                int(environment["HUB_REDIS_PORT"]),
                secret=environment["HUB_REDIS_PASSWORD"],
            ),
            meilisearch=_of_url(url, environment["HUB_MEILISEARCH_KEY"]) if url else None,
        )
    except KeyError as error:
        raise UsageError(f"{error.args[0]} is not set") from None
    except ValueError as error:
        raise UsageError(f"a port is no number: {error}") from None


def _of_url(url: str, key: str) -> Endpoint:
    parts = urlsplit(url)
    return Endpoint(parts.hostname or HOST, parts.port or 80, secret=key)

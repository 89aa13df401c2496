"""The services that the hub works with, and how each of them is."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.platforms.made_open import vault
from harness.platforms.made_open.hub.configuration import Configuration
from harness.stores.hub import ASKS_ANEW, NOT_IN_USE
from harness.stores.nats import NatsStore
from harness.stores.postgres import PostgresStore
from harness.stores.redis import RedisStore

if TYPE_CHECKING:
    from harness.stores.meilisearch import MeilisearchStore


STREAMS = Path(__file__).parents[1] / "streams.json"


class Services:
    """The hub's clients. `meilisearch` is None where the platform runs without it."""

    def __init__(self, configuration: Configuration) -> None:
        self.postgres = PostgresStore(lambda: configuration.postgres)
        self.nats = NatsStore(lambda: configuration.nats, name="hub", streams=str(STREAMS))
        self.redis = RedisStore(lambda: configuration.redis)
        self.meilisearch = _meilisearch(configuration)
        self._vault_key = configuration.config_directory / vault.KEY_FILE

    def health(self) -> dict[str, Any]:
        """Ask every service now; return `status` and, by name, `services`."""
        checks: dict[str, Callable[[], str | None]] = {
            "postgres": self.postgres.ready,
            "nats": self.nats.ready,
            "redis": self.redis.ready,
            "vault": lambda: _vault_reason(self._vault_key),
        }
        if self.meilisearch is not None:
            checks["meilisearch"] = self.meilisearch.ready
        with ThreadPoolExecutor(max_workers=len(checks)) as askers:
            reasons = dict(zip(checks, askers.map(lambda ask: ask(), checks.values()), strict=True))
        services = {
            name: {"status": "ok"} if reason is None else {"status": "error", "reason": reason}
            for name, reason in reasons.items()
        }
        services.setdefault("meilisearch", {"status": NOT_IN_USE})
        well = all(reason is None for reason in reasons.values())
        status = "ok" if well else "degraded"
        return {"status": status, "services": services, ASKS_ANEW: True}


def _meilisearch(configuration: Configuration) -> "MeilisearchStore | None":
    at = configuration.meilisearch
    if at is None:
        return None
    # Its client takes half a second to import, which a hub without it need not wait for.
    from harness.stores.meilisearch import MeilisearchStore  # noqa: PLC0415 - see above

    return MeilisearchStore(lambda: at)


def _vault_reason(key_file: Path) -> str | None:
    try:
        return None if key_file.stat().st_size else f"{vault.KEY_FILE} is empty"
    except OSError as error:
        return f"{vault.KEY_FILE}: {error.strerror}"

"""An operator empties the cache that was another's."""

from harness.core.history import DisasterProof, Takes
from harness.kinds import Options
from harness.site import Site


class FlushCache:
    """Send FLUSHALL, and count the keys that are left in every database."""

    id = "flush_cache"
    title = "an operator sends FLUSHALL to the cache"
    options = Options
    stores = ("redis",)
    takes = Takes.DATA

    def inject(self, site: Site, store: str, options: Options) -> DisasterProof:  # noqa: ARG002 - it has no options
        """Strike."""
        begun_seconds = site.clock.now_seconds()
        before = _keys(site)
        with site.redis.connect() as connection:
            connection.flushall()
        return DisasterProof(
            fault=self.id,
            store=store,
            entries_before=before,
            bytes_before=0,
            entries_after=_keys(site),
            bytes_after=0,
            answered_after=site.answers(store),
            begun_seconds=begun_seconds,
            ended_seconds=site.clock.now_seconds(),
            takes=Takes.DATA,
            target="every key of the cache",
        )


def _keys(site: Site) -> int:
    with site.redis.connect() as connection:
        return sum(int(database["keys"]) for database in connection.info("keyspace").values())


FAULT = FlushCache()

"""The volume is lost: the server is killed and everything durable of it is removed."""

from harness.core.errors import DrillError
from harness.core.history import DisasterProof, Takes
from harness.core.ports import STORES
from harness.kinds import Options
from harness.site import Site


class LoseVolume:
    """Kill without warning, remove all there is, and count what is left."""

    id = "lose_volume"
    title = "the server is killed and its data volume removed"
    options = Options
    stores = STORES
    takes = Takes.VOLUME

    def inject(self, site: Site, store: str, options: Options) -> DisasterProof:  # noqa: ARG002 - it has no options
        """Strike one store. Raises: DrillError: something is left in the volume."""
        service = site.service(store)
        begun_seconds = site.clock.now_seconds()
        service.kill()
        before = service.volume.census()
        service.volume.wipe()
        after = service.volume.census()
        if after.entries:
            raise DrillError(
                f"{store}: {after.entries} entries are still in the volume after its loss",
                "Something else writes into it; a drill cannot prove anything there.",
            )
        return DisasterProof(
            fault=self.id,
            store=store,
            entries_before=before.entries,
            bytes_before=before.size_bytes,
            entries_after=after.entries,
            bytes_after=after.size_bytes,
            answered_after=site.answers(store),
            begun_seconds=begun_seconds,
            ended_seconds=site.clock.now_seconds(),
        )


FAULT = LoseVolume()

"""A server is killed in the middle of its work; its volume stays."""

from harness.core.errors import DrillError
from harness.core.history import DisasterProof, Takes
from harness.core.ports import STORES
from harness.kinds import Options
from harness.site import Site


class KillServer:
    """Kill all of its processes without warning; what it had not written is lost with it."""

    id = "kill_server"
    title = "the server is killed; its data volume stays, and it recovers when it is started"
    options = Options
    stores = STORES
    takes = Takes.SERVER

    def inject(self, site: Site, store: str, options: Options) -> DisasterProof:  # noqa: ARG002 - it has no options
        """Strike one store. Raises: DrillError: there is nothing to kill."""
        service = site.service(store)
        if not service.is_running:
            raise DrillError(f"{store} does not run, so that it cannot be killed")
        begun_seconds = site.clock.now_seconds()
        service.kill()
        answered = site.answers(store)
        census = service.volume.census()
        return DisasterProof(
            fault=self.id,
            store=store,
            entries_before=census.entries,
            bytes_before=census.size_bytes,
            entries_after=census.entries,
            bytes_after=census.size_bytes,
            answered_after=answered,
            begun_seconds=begun_seconds,
            ended_seconds=site.clock.now_seconds(),
            takes=Takes.SERVER,
        )


FAULT = KillServer()

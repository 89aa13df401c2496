"""The power fails: what the server had not flushed is gone with its memory.

Source: PostgreSQL 17 docs, 28.1 "Reliability" and 28.4 "Asynchronous Commit".
"""

from harness.core.errors import DrillError
from harness.core.history import DisasterProof, Takes
from harness.kinds import Options
from harness.site import Site

_FLUSHED = """
SELECT f.file_name, f.file_offset FROM pg_walfile_name_offset(pg_current_wal_flush_lsn()) AS f
"""
_WRITING = """
SELECT count(*) FROM pg_stat_activity
WHERE backend_type = 'client backend' AND state <> 'idle' AND pid <> pg_backend_pid()
"""


class CutPower:
    """Kill the server and drop what its log holds beyond the flushed position."""

    id = "cut_power"
    title = "the power fails; its log ends where it was last flushed"
    options = Options
    stores = ("postgres",)
    takes = Takes.SERVER

    def inject(self, site: Site, store: str, options: Options) -> DisasterProof:  # noqa: ARG002 - it has no options
        """Strike. Raises: DrillError: somebody writes, or some of the dropped log is left."""
        service = site.service(store)
        begun_seconds = site.clock.now_seconds()
        before = service.volume.census()
        with site.postgres.connect() as connection:
            flushed = connection.execute(_FLUSHED).fetchone()
            writing = connection.execute(_WRITING).fetchone()
        assert flushed is not None
        if writing != (0,):
            raise DrillError(
                f"{store} is written to, and what is flushed meanwhile cannot be told",
                "Let the power fail between two steps.",
            )
        service.kill()
        _drop(site, store, str(flushed[0]), int(str(flushed[1])))
        return DisasterProof(
            fault=self.id,
            store=store,
            entries_before=before.entries,
            bytes_before=before.size_bytes,
            entries_after=before.entries,
            bytes_after=service.volume.census().size_bytes,
            answered_after=site.answers(store),
            begun_seconds=begun_seconds,
            ended_seconds=site.clock.now_seconds(),
            takes=Takes.SERVER,
        )


def _drop(site: Site, store: str, segment: str, flushed_bytes: int) -> None:
    """Make zeros of what the log holds from the flushed byte on, and of every later segment."""
    volume = site.service(store).volume
    later = [name for name in volume.files() if name > f"pg_wal/{segment}" and _is_log(name)]
    for path, first in ((f"pg_wal/{segment}", flushed_bytes), *((path, 0) for path in later)):
        content = volume.read(path)
        end = len(content.rstrip(b"\0"))
        if end > first:
            volume.patch(path, first, bytes(end - first))
            if volume.read(path)[first:end].strip(b"\0"):
                raise DrillError(f"{path} still holds what was never flushed")


def _is_log(path: str) -> bool:
    name = path.removeprefix("pg_wal/")
    return name != path and len(name) == 24 and "/" not in name


FAULT = CutPower()

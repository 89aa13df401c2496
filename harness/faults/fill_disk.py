"""A disk that backups go to is full.

Source: full(4): a write to /dev/full fails as on a full disk does, by the kernel's own words.
"""

import errno
import re
from pathlib import Path
from typing import Literal

from pydantic import Field

from harness.core.history import DisasterProof, Takes
from harness.kinds import Options
from harness.site import FULL, LOG_KEPT_IN, Site

_SEGMENTS = 16
_SEGMENTS_OF_A_FILE = 256
_CURRENT = "SELECT pg_walfile_name(pg_current_wal_insert_lsn())"
_UNFINISHED = "{}.unfinished"


class OfADisk(Options):
    """What the disk was for."""

    of: Literal["next_backup", "log"] = Field(
        "next_backup",
        description="next_backup: what the next backup of the store is written to; log: what"
        " PostgreSQL's write-ahead log is archived to, from now on.",
    )

    @property
    def strikes(self) -> tuple[str, ...] | None:
        """Only PostgreSQL archives a log."""
        return ("postgres",) if self.of == "log" else None


class FillDisk:
    """Put what takes nothing in the place of what is to be written, and try it."""

    id = "fill_disk"
    title = "the disk that backups go to is full"
    options = OfADisk
    stores = ("postgres", "nats", "meilisearch", "redis", "hub")
    takes = Takes.ROOM

    def inject(self, site: Site, store: str, options: Options) -> DisasterProof:
        """Strike."""
        assert isinstance(options, OfADisk)
        begun_seconds = site.clock.now_seconds()
        room = site.directory / f"room-for-{store}"
        before = _takes_a_byte(room)
        room.unlink(missing_ok=True)
        if options.of == "log":
            after = _fill_log(site, store)
        else:
            room.symlink_to(FULL)
            site.on_a_full_disk.add(store)
            after = _takes_a_byte(room)
        return DisasterProof(
            fault=self.id,
            store=store,
            entries_before=before,
            bytes_before=0,
            entries_after=after,
            bytes_after=0,
            answered_after=site.answers(store),
            begun_seconds=begun_seconds,
            ended_seconds=site.clock.now_seconds(),
            takes=Takes.ROOM,
            target=f"room for the {options.of.replace('_', ' ')}",
        )


def _takes_a_byte(path: Path) -> int:
    try:
        path.write_bytes(b"x")
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        return 0
    return 1


def _fill_log(site: Site, store: str) -> int:
    """Fill the place of the segments to come; return how many of them take a byte."""
    service = site.service(store)
    with site.postgres.connect() as connection:
        row = connection.execute(_CURRENT).fetchone()
    assert row is not None
    files = [f"{LOG_KEPT_IN}/{_UNFINISHED.format(name)}" for name in _from(str(row[0]))]
    for file in files:
        service.run(["ln", "-sf", FULL, file])
    tried = service.run(
        ["sh", "-c", 'for file; do echo x > "$file" && echo "$file"; done', "sh", *files],
        check=False,
    )
    return len(tried.stdout.split())


def _from(segment: str) -> list[str]:
    """Return the names of this segment and of those that follow it."""
    parts = re.fullmatch("([0-9A-F]{8})([0-9A-F]{8})([0-9A-F]{8})", segment)
    assert parts is not None
    first = int(parts[2], 16) * _SEGMENTS_OF_A_FILE + int(parts[3], 16)
    pairs = (divmod(number, _SEGMENTS_OF_A_FILE) for number in range(first, first + _SEGMENTS))
    return [f"{parts[1]}{high:08X}{low:08X}" for high, low in pairs]


FAULT = FillDisk()

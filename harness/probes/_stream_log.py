"""What a NATS server logs of data that it could not read: the file and the reason."""

import re
from pathlib import Path

COMPLAINTS_AT_MOST = 10

_TAIL_BYTES = 1 << 20
_STARTED = "Starting nats-server"
# As in `[7] 2026/11/24 17:27:43.159240 [WRN]   Missing stream metafile for "/…/meta.inf"`.
_COMPLAINT = re.compile(r"\[(?:WRN|ERR)\]\s+(.*)")
_OF_DATA = re.compile("stream|consumer|filestore|recover|corrupt", re.IGNORECASE)
_ROOT = re.compile(r"/[^\s\"']*/streams/")


def complaints(log: Path) -> list[str]:
    """Return the warnings and errors of its data since the last start, paths below the store."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - _TAIL_BYTES))
            lines = file.read().decode(errors="replace").rpartition(_STARTED)[2].splitlines()
    except OSError:
        # A server that keeps no log has nothing to say.
        return []
    told = [match[1] for line in lines if (match := _COMPLAINT.search(line))]
    return [_ROOT.sub("", text) for text in told if _OF_DATA.search(text)][:COMPLAINTS_AT_MOST]

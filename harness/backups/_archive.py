"""A store comes back from an archive of its volume: emptied, unpacked, started."""

from pathlib import Path

from harness.core.errors import DrillError
from harness.site import Site


def unpack(site: Site, store: str, archive: Path) -> None:
    """Put an archive's content in place of the volume's and start the server.

    Raises: DrillError: there is no such archive, it is damaged, or the server does not start.
    """
    if not archive.is_file():
        raise DrillError(f"{store}: the backup holds no {archive.name}")
    service = site.service(store)
    service.stop()
    site.empty(store)
    service.volume.extract(archive)
    site.start(store)

"""Meilisearch imports a dump or a snapshot only when it starts, and only where no database is.

Source: Meilisearch 1.50 docs, "Configure Meilisearch at launch", the options for dumps and
snapshots.
"""

import shutil
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Literal

from pydantic import Field

from harness.core.errors import DrillError
from harness.kinds import Options
from harness.site import Site

PATH_FILE = "path-in-volume"


def asked(site: Site, store: str, of: str) -> AbstractContextManager[object]:
    """Keep the request that does the same as the client meanwhile."""
    bearer = "Authorization: Bearer {meilisearch.key}"
    return site.instead(store, "curl", "-fX", "POST", "-H", bearer, f"{{meilisearch.url}}/{of}")


class ImportOptions(Options):
    """Where the backup is kept, and what the import meets."""

    keep: Literal["copied", "in_volume"] = Field(
        "copied",
        description="Whether it is copied out of the data volume, where the server leaves it.",
    )
    existing: Literal["removed", "refused", "ignored"] = Field(
        "removed",
        description="What becomes of a database that is there at the import: it is removed first;"
        " the server refuses to start; or the import is ignored, by the server's own flag.",
    )


def keep(site: Site, store: str, directory: Path, options: Options, path: str) -> None:
    """Note where in the volume the server left a backup, and copy it out if so chosen."""
    assert isinstance(options, ImportOptions)
    (directory / PATH_FILE).write_text(path, encoding="utf-8")
    if options.keep == "copied":
        target = directory / Path(path).name
        with site.instead(store, "cp", f"{{meilisearch.volume}}/{path}", target):
            target.write_bytes(site.service(store).volume.read(path))


def take_in(source: Path, directory: Path, path: str) -> None:
    """Copy a backup as if the server had left it at this path of its volume. Raises: OSError."""
    (directory / PATH_FILE).write_text(path, encoding="utf-8")
    shutil.copyfile(source, directory / Path(path).name)


def bring_in(site: Site, store: str, directory: Path, options: Options, kind: str) -> None:
    """Start the server once with the import of a `dump` or a `snapshot`.

    Raises: DrillError: it was lost with the volume, or the server refused it.
    """
    assert isinstance(options, ImportOptions)
    service = site.service(store)
    service.stop()
    path = _held(store, directory / PATH_FILE).decode()
    if options.keep == "copied":
        content = _held(store, directory / Path(path).name)
    else:
        try:
            content = service.volume.read(path)
        except FileNotFoundError:
            raise DrillError(
                f"{store}: {path} was lost with the volume that it lay in",
                f"Copy every {kind} out of the data volume.",
            ) from None
    if options.existing == "removed":
        site.empty(store)
    source = directory / Path(path).name
    with site.instead(store, "install", "-D", source, f"{{meilisearch.volume}}/{path}"):
        service.volume.write(path, content)
    imported = {f"MEILI_IMPORT_{kind.upper()}": path}
    if options.existing == "ignored":
        imported[f"MEILI_IGNORE_{kind.upper()}_IF_DB_EXISTS"] = "true"
    service.start(imported)
    site.wait_ready(store)


def _held(store: str, file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        raise DrillError(f"{store}: the backup holds no {file.name}") from None

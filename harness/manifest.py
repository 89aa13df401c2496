"""A manifest: what probes saw of a running database at the moment of a real backup.

It holds the catalogue, sums over each table's rows in groups, and the state of sequences; no row,
no key and no secret.
"""

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from harness import __version__
from harness.core import reading, writing
from harness.core.errors import UsageError
from harness.core.evidence import Observed
from harness.core.observation import Observations
from harness.evidence_file import observations, observed
from harness.observations.postgres_catalog import Catalog
from harness.observations.postgres_integrity import Integrity
from harness.observations.postgres_tables import Tables

KINDS = (Catalog, Tables, Integrity)
"""The observations that a manifest holds."""

MANIFEST_VERSION = 1
NOT_COMPARED = "contents not compared: no manifest was made beside the backup"
_BYTES_AT_MOST = 256 << 20
_WHERE = "A manifest is what drill manifest writes beside a backup."


@dataclass(frozen=True, slots=True)
class Manifest:
    """What was seen of a `database` of a `server` in one snapshot, as evidence keeps it."""

    manifest: int
    made_utc: str
    database: str
    server: str
    harness_version: str
    observed: Observed = field(default_factory=Observed)


_MANIFEST: TypeAdapter[Manifest] = TypeAdapter(Manifest)


def made(seen: Observations, database: str, server: str) -> Manifest:
    """Return the manifest of what was seen just now; keys of rows are left out."""
    tables = seen.get(Tables)
    if tables is not None:
        bare = {
            name: replace(contents, by_key=None, names={}, weighed={})
            for name, contents in tables.tables.items()
        }
        seen.put(Tables(bare))
    integrity = seen.get(Integrity)
    if integrity is not None:
        orphans = {
            name: replace(found, keys=(), by_key=None) for name, found in integrity.orphans.items()
        }
        seen.put(replace(integrity, orphans=orphans))
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return Manifest(MANIFEST_VERSION, now, database, server, __version__, observed(seen))


def save(manifest: Manifest, path: Path) -> None:
    """Write a manifest, whole or not at all. Raises: OSError."""
    text = json.dumps(_MANIFEST.dump_python(manifest, mode="json"), ensure_ascii=False)
    writing.whole(path, f"{text}\n")


def load(path: Path) -> Manifest:
    """Read a manifest back. Raises: UsageError: it cannot be read, or is none."""
    name = writing.shown(path)
    try:
        text = reading.text(path, _BYTES_AT_MOST)
    except OSError as error:
        raise UsageError(f"{name} cannot be read: {writing.reason(error)}", _WHERE) from None
    try:
        content = json.loads(text)
        version = content.get("manifest") if isinstance(content, dict) else None
        if version != MANIFEST_VERSION:
            raise UsageError(f"{name} is no manifest that this release reads", _WHERE)
        return _MANIFEST.validate_python(content)
    except (ValidationError, ValueError, RecursionError):
        raise UsageError(f"{name} is no whole manifest", _WHERE) from None


def compared_with(path: Path | None) -> Observations:
    """Return what a restored backup is compared with: a manifest's observations, or of each kind
    the reason why there are none.
    """
    if path is not None:
        return observations(load(path).observed)
    nothing = Observations()
    for kind in KINDS:
        nothing.put_unread(kind, NOT_COMPARED)
    return nothing

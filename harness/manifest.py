"""A manifest: what probes saw of a running database at the moment of a real backup.

It holds the catalogue, sums over each table's rows in groups, and the state of sequences; no row,
no key and no secret.
"""

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from harness import __version__
from harness.core import reading, writing
from harness.core.errors import UsageError
from harness.core.evidence import Observed
from harness.core.observation import Observations
from harness.evidence_file import observations, observed
from harness.observations.cache import CacheEntries
from harness.observations.postgres_catalog import Catalog
from harness.observations.postgres_integrity import Integrity
from harness.observations.postgres_tables import Tables
from harness.observations.search import SearchIndexes
from harness.observations.streams import StreamRows

KINDS: dict[str, tuple[type[Any], ...]] = {
    "postgres": (Catalog, Tables, Integrity),
    "nats": (StreamRows,),
    "meilisearch": (SearchIndexes,),
    "redis": (CacheEntries,),
}
"""The observations that a manifest holds, by store."""

MANIFEST_VERSION = 1
NOT_COMPARED = "contents not compared: no manifest was made beside the backup"
_BYTES_AT_MOST = 256 << 20
_WHERE = "A manifest is what drill manifest writes beside a backup."


@dataclass(frozen=True, slots=True)
class Manifest:
    """What was seen of a `database` of a `server`, and of other stores, as evidence keeps it.
    `stores` tells of each whether it was seen at the backup's very moment.
    """

    manifest: int
    made_utc: str
    database: str
    server: str
    harness_version: str
    observed: Observed = field(default_factory=Observed)
    stores: dict[str, bool] = field(default_factory=lambda: {"postgres": True})


_MANIFEST: TypeAdapter[Manifest] = TypeAdapter(Manifest)


def made(seen: Observations, database: str, server: str, stores: dict[str, bool]) -> Manifest:
    """Return the manifest of what was seen just now of `stores`, each with whether that is exact;
    keys of rows are left out.
    """
    wanted = Observations()
    for kind in (kind for store in stores for kind in KINDS[store]):
        if (found := seen.get(kind)) is not None:
            wanted.put(found)
    seen = wanted
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
    return Manifest(MANIFEST_VERSION, now, database, server, __version__, observed(seen), stores)


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


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a store at its backup: what was `observed`, of which `database` if of one,
    whether that `is_exact`, and when the manifest was made.
    """

    observed: Observations
    database: str = ""
    is_exact: bool = True
    made_utc: str = ""


def compared_with(path: Path | None, store: str) -> Known:
    """Return what a restored backup is compared with: a manifest's observations of the store, or
    of each kind the reason why there are none.
    """
    nothing = Observations()
    if path is None:
        reason = NOT_COMPARED
    else:
        manifest = load(path)
        if store in manifest.stores:
            is_exact = manifest.stores[store]
            seen = observations(manifest.observed)
            return Known(seen, manifest.database, is_exact, manifest.made_utc)
        reason = f"contents not compared: {writing.shown(path)} says nothing of {store}"
    for kind in KINDS[store]:
        nothing.put_unread(kind, reason)
    return Known(nothing)

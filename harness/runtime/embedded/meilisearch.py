"""Meilisearch with its database, dumps and snapshots in the volume, as in its image."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from harness.runtime import servers
from harness.runtime.embedded.service import EmbeddedService


class MeilisearchService(EmbeddedService):
    """The volume holds data.ms, dumps and snapshots: losing it loses all three."""

    store = "meilisearch"

    def works_in(self) -> Path:
        """Return the volume, as in its image: relative paths are below it."""
        return self.volume.root

    def argv(self) -> Sequence[str]:
        """Return the server's command."""
        return [str(self._server.program)]

    def environ(self) -> Mapping[str, str]:
        """Return where it listens, by which key, and that all it keeps is in the volume."""
        return servers.meilisearch_environment(self.address)

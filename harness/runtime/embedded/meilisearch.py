"""Meilisearch with its database, dumps and snapshots in the volume, as in its image."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from harness.runtime.embedded.service import EmbeddedService


class MeilisearchService(EmbeddedService):
    """The volume holds data.ms, dumps and snapshots: losing it loses all three."""

    store = "meilisearch"

    def works_in(self) -> Path:
        """Return the volume, as in its image: relative paths are below it."""
        return self.volume.root

    def argv(self) -> Sequence[str]:
        """Return the server's command."""
        at = self.address
        return [
            str(self._server.program),
            f"--http-addr={at.host}:{at.port}",
            "--db-path=data.ms",
            "--dump-dir=dumps",
            "--snapshot-dir=snapshots",
        ]

    def environ(self) -> Mapping[str, str]:
        """Return the master key, and that nothing is reported to anybody."""
        return {"MEILI_MASTER_KEY": self.address.secret, "MEILI_NO_ANALYTICS": "true"}

"""NATS with JetStream, its store in the volume, behind a token."""

import json
from collections.abc import Mapping, Sequence

from harness.runtime.embedded.service import EmbeddedService


class NatsService(EmbeddedService):
    """The volume is the JetStream store.

    `sync_interval` stays at the server's default of two minutes, as the platform runs it: an
    acknowledged message may be lost with the machine's power, but not with the process.
    """

    store = "nats"

    def argv(self) -> Sequence[str]:
        """Write the configuration (the token must not show in a list of processes)."""
        at = self.address
        config = self._private / "nats.conf"
        config.touch(mode=0o600)
        # JSON is a subset of the server's configuration language.
        config.write_text(
            json.dumps(
                {
                    "server_name": f"drill-{self._surroundings.drill_id}",
                    "listen": f"{at.host}:{at.port}",
                    "jetstream": {"store_dir": self.reached(self.volume.root)},
                    "authorization": {"token": at.secret},
                }
            ),
            encoding="utf-8",
        )
        return [str(self._server.program), "--config", self.reached(config)]

    def client_environ(self) -> Mapping[str, str]:
        """Return the variables of the `nats` command."""
        at = self.address
        return {"NATS_URL": f"nats://{at.secret}@{at.host}:{at.port}"}

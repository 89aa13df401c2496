"""NATS with JetStream, its store in the volume, behind a token."""

from collections.abc import Mapping, Sequence

from harness.runtime import servers
from harness.runtime.embedded.service import EmbeddedService


class NatsService(EmbeddedService):
    """The volume is the JetStream store."""

    store = "nats"

    def argv(self) -> Sequence[str]:
        """Write the configuration (the token must not show in a list of processes)."""
        at = self.address
        config = self._private / "nats.conf"
        config.touch(mode=0o600)
        name = f"drill-{self._surroundings.drill_id}"
        store = self.reached(self.volume.root)
        config.write_text(servers.nats_configuration(name, at, store), encoding="utf-8")
        return [str(self._server.program), "--config", self.reached(config)]

    def client_environ(self) -> Mapping[str, str]:
        """Return the variables of the `nats` command."""
        return servers.nats_client(self.address)

"""Redis (or Valkey) as the guide runs it: append-only file on, a cache that evicts."""

import re
from collections.abc import Mapping, Sequence

from harness.runtime import servers
from harness.runtime.embedded.service import EmbeddedService


class RedisService(EmbeddedService):
    """The volume is the server's working directory."""

    store = "redis"

    def argv(self) -> Sequence[str]:
        """Write the configuration (the password must not show in a list of processes)."""
        at = self.address
        own = {
            "bind": at.host,
            "port": str(at.port),
            "protected-mode": "yes",
            "daemonize": "no",
            # The title would be written over the environment, and with it over the drill's marks.
            "set-proc-title": "no",
        }
        config = self._private / "redis.conf"
        config.touch(mode=0o600)
        directory = self.reached(self.volume.root)
        config.write_text(servers.redis_configuration(directory, at.secret, own), encoding="utf-8")
        return [str(self._server.program), _literal(str(config))]

    def client_environ(self) -> Mapping[str, str]:
        """Return the password of `redis-cli`; it takes the port as an argument only."""
        return servers.redis_client(self.address)


def _literal(path: str) -> str:
    """Return a path as the server takes it for one file: it reads some signs as a pattern."""
    return re.sub(r"([*?\[\\])", r"\\\1", path) if re.search(r"[*?\[]", path) else path

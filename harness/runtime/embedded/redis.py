"""Redis (or Valkey) as the guide runs it: append-only file on, a cache that evicts."""

import json
import re
from collections.abc import Mapping, Sequence

from harness.runtime.embedded.service import EmbeddedService


class RedisService(EmbeddedService):
    """The volume is the server's working directory."""

    store = "redis"

    def argv(self) -> Sequence[str]:
        """Write the configuration (the password must not show in a list of processes)."""
        at = self.address
        settings = {
            "bind": at.host,
            "port": str(at.port),
            "protected-mode": "yes",
            "requirepass": at.secret,
            "dir": self.reached(self.volume.root),
            "appendonly": "yes",
            "maxmemory-policy": "allkeys-lru",
            "daemonize": "no",
            # The title would be written over the environment, and with it over the drill's marks.
            "set-proc-title": "no",
        }
        config = self._private / "redis.conf"
        config.touch(mode=0o600)
        # A JSON string is a quoted string of the configuration, too.
        lines = [f"{name} {json.dumps(value)}\n" for name, value in settings.items()]
        config.write_text("".join(lines), encoding="utf-8")
        return [str(self._server.program), _literal(str(config))]

    def client_environ(self) -> Mapping[str, str]:
        """Return the password of `redis-cli`; it takes the port as an argument only."""
        return {"REDISCLI_AUTH": self.address.secret}


def _literal(path: str) -> str:
    """Return a path as the server takes it for one file: it reads some signs as a pattern."""
    return re.sub(r"([*?\[\\])", r"\\\1", path) if re.search(r"[*?\[]", path) else path

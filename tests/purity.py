"""What the tests in `tests/pure` may not do: start a server, ask an engine, play a drill."""

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

SERVERS = frozenset(
    {"postgres", "initdb", "pg_ctl", "valkey-server", "redis-server", "nats-server"}
    | {"meilisearch", "weed", "docker", "dockerd"}
)
PLAY = frozenset({"run", "prove", "demo", "init"})


class _Fence:
    """Whether it stands: a hook, once set, stays for as long as the interpreter."""

    stands = False


def _watch(event: str, details: tuple[object, ...]) -> None:
    if not _Fence.stands:
        return
    if event == "subprocess.Popen":
        argv = details[1]
        words = argv if isinstance(argv, Sequence) and not isinstance(argv, str) else [argv]
        refuse([str(word) for word in words])
    elif event == "socket.connect":
        address = str(details[1])
        assert not address.endswith("docker.sock"), "a test in tests/pure asks no engine"


def refuse(argv: Sequence[str]) -> None:
    """Refuse a command line by the names in it, but for a stand-in that the test itself made; the
    version of a server may be asked for.
    """
    others = (word for word in argv if not word.startswith(tempfile.gettempdir()))
    started = SERVERS.intersection(Path(word).name for word in others)
    assert not started or "--version" in argv, (
        f"a test in tests/pure starts no server: {', '.join(sorted(started))}"
    )
    played = "harness" in argv and PLAY.intersection(argv[argv.index("harness") + 1 :][:1])
    assert not played, "a test in tests/pure plays no drill"


def hold(stands: bool) -> None:
    """Put the fence up or down."""
    _Fence.stands = stands


sys.addaudithook(_watch)

"""A test in this folder needs nothing but its interpreter, and is refused more."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize(
    "argv",
    [
        ["/usr/lib/postgresql/17/bin/postgres", "-D", "data"],
        ["unshare", "--user", "initdb"],
        ["docker", "ps"],
        [sys.executable, "-m", "harness", "run"],
    ],
    ids=lambda argv: argv[-1],
)
def test_no_server_is_started_here(argv: list[str]) -> None:
    """Whoever needs one is told so before anything runs, and belongs elsewhere."""
    with pytest.raises(AssertionError, match=r"a test in tests/pure (starts no server|plays no)"):
        subprocess.run(argv, check=True)


def test_no_engine_is_asked_here() -> None:
    """Nor is it found that none answers."""
    with (
        socket.socket(socket.AF_UNIX) as asking,
        pytest.raises(AssertionError, match="asks no engine"),
    ):
        asking.connect("/var/run/docker.sock")


def test_every_test_lies_by_what_it_needs() -> None:
    """Whoever has no engine, or no time, knows which to run."""
    assert [] == list(Path(__file__).parents[1].glob("test_*.py"))

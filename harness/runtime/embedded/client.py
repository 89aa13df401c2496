"""A client program is run beside its server, in a session of its own, its output kept or filed."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from harness.core.ports import Completed


def run_client(
    program: Path,
    argv: Sequence[str],
    environ: Mapping[str, str],
    directory: Path,
    *,
    stdin: Path | None,
    stdout: Path | None,
) -> Completed:
    """Run `program` with the arguments of `argv` and wait for its end, whatever its status.

    Without `stdin` it reads nothing; what it prints is returned unless it goes to `stdout`.
    """
    with (
        (stdin or Path(os.devnull)).open("rb") as given,
        (stdout or Path(os.devnull)).open("wb") as taken,
    ):
        ended = subprocess.run(
            [program, *argv[1:]],
            stdin=given,
            stdout=taken if stdout else subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=directory,
            env=dict(environ),
            # An interrupt at the terminal is for the harness, which ends its clients itself.
            start_new_session=True,
            check=False,
        )
    said = [(raw or b"").decode(errors="replace") for raw in (ended.stdout, ended.stderr)]
    return Completed(tuple(argv), ended.returncode, *said)

"""A client program is run beside its server, in a session of its own, its output kept or filed."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from harness.core.patience import Meter, refuse_killed
from harness.core.ports import Completed
from harness.runtime import programs


def run_client(
    program: Path,
    argv: Sequence[str],
    *,
    behind: Sequence[str] = (),
    environ: Mapping[str, str],
    directory: Path,
    stdin: Path | None,
    stdout: Path | None,
    server: Meter,
    is_endless: bool,
) -> Completed:
    """Run `program` with the arguments of `argv` and wait for its end, whatever its status, as
    long as it or its `server` works.

    It is put `behind` another command, where that is given.
    Without `stdin` it reads nothing; what it prints is returned unless it goes to `stdout`.
    """
    with (
        (stdin or Path(os.devnull)).open("rb") as given,
        (stdout or Path(os.devnull)).open("wb") as taken,
    ):
        ended = programs.run(
            [*behind, program, *argv[1:]],
            name=argv[0],
            server=server,
            is_endless=is_endless,
            stdin=given,
            stdout=taken if stdout else subprocess.PIPE,
            cwd=directory,
            env=environ,
        )
    if not is_endless:
        refuse_killed(argv[0], ended.returncode)
    said = [(raw or b"").decode(errors="replace") for raw in (ended.stdout, ended.stderr)]
    return Completed(tuple(argv), ended.returncode, *said)

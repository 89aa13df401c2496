"""The environment of whatever the harness starts, and of the clients inside it: an allow-list.

What a person has set for their own work (another database in PGSERVICE, an engine in DOCKER_HOST,
keys in AWS_SECRET_ACCESS_KEY) reaches no server, client or script of a drill.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

LOOPBACK = ("localhost", "127.0.0.1", "::1")

_CLIENTS = re.compile(r"PG[A-Z]+|REDISCLI_.*|NATS_.*|MEILI_.*")
"""What client libraries inside this process would read; psycopg is libpq."""

_TOOLS = re.compile(
    r"HOME|USER|LOGNAME|SHELL|TERM|TMPDIR|CI|LANG|LANGUAGE|LC_[A-Z]+|XDG_\w+|SSL_CERT_(FILE|DIR)"
    r"|LD_LIBRARY_PATH|VIRTUAL_ENV|PYTHON\w*|NODE_\w+|NVM_\w+|PNPM_\w+|COREPACK_\w+|npm_\w+"
    r"|(DENO|BUN|CARGO|RUSTUP|JAVA|GEM|BUNDLE|RUBY|COMPOSER)_\w+|GO[A-Z]+|HUB_\w+"
)
"""What tools of a developer's find themselves by; a hub's own settings begin with HUB_."""

_PROXIES = re.compile(r"(http|https|all|ftp)_proxy", re.IGNORECASE)
_SECRETS = re.compile(r"AWS_SECRET_ACCESS_KEY|AWS_SESSION_TOKEN")
_MASKABLE_CHARACTERS = 8
"""A shorter one, masked by value, would take words out of every report."""


def plain(**more: str) -> dict[str, str]:
    """Return the environment of a program that needs nothing of this machine but its programs."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8", "TZ": "UTC", **more}


def at_home(**more: str) -> dict[str, str]:
    """Return the same for a tool of this machine's user, which has its settings at home."""
    return plain(**({"HOME": os.environ["HOME"]} if "HOME" in os.environ else {}), **more)


def of_a_project() -> dict[str, str]:
    """Return the environment of a program of the user's own: tools, and variables named HUB_*."""
    return plain() | _only(_TOOLS)


@contextmanager
def ours() -> Iterator[None]:
    """Keep from this process, for a while, what addresses a client elsewhere, and its own loopback
    from every proxy. Not while threads run that read the environment.
    """
    kept = os.environ.copy()
    try:
        for name in _only(_CLIENTS):
            del os.environ[name]
        for name in ("no_proxy", "NO_PROXY"):
            # Where both are set, some libraries read the one and some the other.
            spared = kept.get("no_proxy") or kept.get("NO_PROXY") or ""
            os.environ[name] = ",".join(filter(None, [spared, *LOOPBACK]))
        yield
    finally:
        for name in os.environ.keys() - kept.keys():
            del os.environ[name]
        os.environ.update(kept)


@contextmanager
def without(prefix: str) -> Iterator[None]:
    """Take variables whose names begin so out of this process's environment for a while."""
    taken = {name: os.environ.pop(name) for name in [*os.environ] if name.startswith(prefix)}
    try:
        yield
    finally:
        os.environ.update(taken)


def secrets() -> list[str]:
    """Return the user's secrets that a place off this machine, or a proxy, may be reached with."""
    found = [*_only(_SECRETS).values()]
    for address in _only(_PROXIES).values():
        with suppress(ValueError):
            found.append(urlsplit(address).password or "")
    return [secret for secret in found if len(secret) >= _MASKABLE_CHARACTERS]


def _only(names: re.Pattern[str]) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if names.fullmatch(name)}

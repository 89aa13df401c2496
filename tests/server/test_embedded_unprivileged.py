"""PostgreSQL gets a user that it accepts, whoever runs the drill."""

import os
import pwd
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from ours import our_embedded

from harness.core.errors import DrillError
from harness.runtime import workdir
from harness.runtime.embedded import unprivileged
from harness.runtime.embedded.unprivileged import UNSHARE, Account, account

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may become somebody else")


@pytest.fixture(autouse=True)
def decided_anew() -> Iterator[None]:
    """Forget what was decided for this process, before and after."""
    account.cache_clear()
    yield
    account.cache_clear()


@pytest.fixture
def no_namespaces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run as root on a machine whose user namespaces are closed."""
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(unprivileged, "_works", lambda _: False)


def test_an_ordinary_user_keeps_their_own_account(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only root needs another account."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert Account() == account()


def test_root_takes_a_user_namespace_where_it_can(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a namespace no file changes its owner."""
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(unprivileged, "_works", lambda _: True)
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    assert Account(prefix=UNSHARE) == account()


@pytest.mark.usefixtures("no_namespaces")
def test_root_becomes_nobody_where_namespaces_are_closed() -> None:
    """The last way is a real other user."""
    nobody = pwd.getpwnam("nobody")
    assert Account(ids=(nobody.pw_uid, nobody.pw_gid)) == account()


@pytest.mark.usefixtures("no_namespaces")
def test_root_without_any_way_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where PostgreSQL cannot run at all, the error names both ways out."""
    monkeypatch.setattr(unprivileged, "USER", "no-such-user")
    with pytest.raises(DrillError) as refused:
        account()
    assert (
        "PostgreSQL refuses to run as root, and there is no user no-such-user to run it as\n"
        "HINT: Run the drill as an ordinary user, or allow user namespaces." == str(refused.value)
    )


@needs_root
@pytest.mark.usefixtures("no_namespaces")
def test_postgres_runs_as_nobody_and_comes_back_from_its_archive(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A data directory given away is archived, wiped, restored with its owner, and served."""
    with tempfile.TemporaryDirectory(prefix="restore-drills-test-") as base:
        Path(base).chmod(0o755)
        monkeypatch.setenv(workdir.HOME_VARIABLE, base)
        stack = our_embedded("asked for").open("nobody", {"postgres": "secret"}, tmp_path)
        service = stack.services["postgres"]
        try:
            service.start()
            service.stop()
            service.volume.archive(tmp_path / "data.tar.gz")
            service.volume.wipe()
            service.volume.extract(tmp_path / "data.tar.gz")
            service.start()
            owner = (service.volume.root / "PG_VERSION").stat().st_uid
            assert pwd.getpwnam("nobody").pw_uid == owner
        finally:
            assert () == stack.close().left


@needs_root
@pytest.mark.usefixtures("no_namespaces")
def test_a_base_that_nobody_may_pass_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Nobody else's directory is opened for it."""
    base = tmp_path / "base"
    base.mkdir(mode=0o700)
    monkeypatch.setenv(workdir.HOME_VARIABLE, str(base))
    stack = our_embedded("asked for").open("nobody", {"postgres": "secret"}, tmp_path)
    try:
        with pytest.raises(DrillError) as refused:
            stack.services["postgres"].start()
        assert f"{base} is closed to nobody, as whom PostgreSQL runs here" == refused.value.message
    finally:
        assert () == stack.close().left

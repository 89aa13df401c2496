"""A server and its volume behave the same whether they are a process or a container."""

import secrets
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from docker_engine import require_docker
from ours import our_runtime, our_site

from harness.core.clock import Clock
from harness.core.errors import CommandFailed, DrillError
from harness.core.ledger import Ledger
from harness.core.ports import STORES, Census
from harness.site import Site

SECRETS = {store: secrets.token_urlsafe(18) for store in STORES}


@pytest.fixture(scope="module", params=["embedded", "docker"])
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """Give a platform on each runtime, nothing of it started, and see it removed at the end."""
    if request.param == "docker":
        require_docker()
    runtime = our_runtime(request.param, pull="never")
    drill_id = f"conform-{secrets.token_hex(4)}"
    stack = runtime.open(drill_id, SECRETS, tmp_path_factory.mktemp("logs"))
    try:
        yield our_site(stack, Clock(), Ledger(random=7), stack.directory)
    finally:
        assert () == stack.close().left


def test_a_volume_is_empty_before_the_first_start(site: Site) -> None:
    """What was never started holds nothing, and has no address."""
    service = site.service("nats")
    assert Census(0, 0) == service.volume.census()
    assert not service.is_running
    with pytest.raises(DrillError, match=r"^nats is not running$"):
        _ = service.endpoint


def test_rows_survive_a_stop_and_a_kill_at_the_same_address(site: Site) -> None:
    """Committed rows are there after an orderly stop and after SIGKILL, where clients know it."""
    site.start("postgres")
    service = site.service("postgres")
    at = service.endpoint
    with site.postgres.connect() as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS number")
    service.stop()
    assert not service.is_running
    site.start("postgres")
    with site.postgres.connect() as connection:
        connection.execute("INSERT INTO kept VALUES (2)")
        service.kill()
    assert not service.is_running
    site.start("postgres")
    with site.postgres.connect() as connection:
        assert [(1,), (2,)] == connection.execute("SELECT number FROM kept").fetchall()
    assert at == service.endpoint
    service.stop()
    assert service.log.read_text().count("ready to accept connections") >= 3


def test_a_lost_volume_is_empty_and_comes_back_from_its_archive(site: Site, tmp_path: Path) -> None:
    """After a wipe a start makes a new cluster; the archive, unpacked, brings the old one back."""
    site.start("postgres")
    service = site.service("postgres")
    with site.postgres.connect() as connection:
        connection.execute("CREATE TABLE before_loss AS SELECT 7 AS number")
    service.stop()
    whole = service.volume.census()
    service.volume.archive(tmp_path / "data.tar.gz")
    with tarfile.open(tmp_path / "data.tar.gz") as archive:
        assert {"data"} == {name.split("/")[0] for name in archive.getnames()}
    service.volume.wipe()
    assert Census(0, 0) == service.volume.census()
    site.start("postgres")
    with site.postgres.connect() as connection:
        assert (None,) == connection.execute("SELECT to_regclass('before_loss')").fetchone()
    service.stop()
    service.volume.wipe()
    service.volume.extract(tmp_path / "data.tar.gz")
    assert whole == service.volume.census()
    site.start("postgres")
    with site.postgres.connect() as connection:
        assert (7,) == connection.execute("SELECT number FROM before_loss").fetchone()


def test_a_damaged_archive_changes_nothing(site: Site, tmp_path: Path) -> None:
    """An archive that was cut short is refused before anything of the volume is touched."""
    site.start("redis")
    service = site.service("redis")
    service.stop()
    before = service.volume.census()
    service.volume.archive(tmp_path / "data.tar.gz")
    content = (tmp_path / "data.tar.gz").read_bytes()
    (tmp_path / "data.tar.gz").write_bytes(content[: len(content) // 2])
    with pytest.raises(DrillError, match=r"^data\.tar\.gz is not a whole tar\.gz archive: "):
        service.volume.extract(tmp_path / "data.tar.gz")
    assert before == service.volume.census()


def test_clients_are_addressed_and_their_words_are_scrubbed(site: Site, tmp_path: Path) -> None:
    """A client needs no address; files take its input and output; no secret is in what it says."""
    site.start("postgres")
    service = site.service("postgres")
    given, taken = tmp_path / "in.sql", tmp_path / "out.txt"
    given.write_text("SELECT 6 * 7")
    completed = service.run(["psql", "-At"], stdin=given, stdout=taken)
    assert ("", "42\n") == (completed.stdout, taken.read_text())
    failing = ["psql", "-c", f"SELECT nothing_{SECRETS['postgres']}"]
    with pytest.raises(CommandFailed) as failed:
        service.run(failing)
    assert str(failed.value).startswith(
        "postgres: psql -c SELECT nothing_*** ended with status 1\n"
    )
    assert SECRETS["postgres"] not in str(failed.value)
    assert 1 == service.run(failing, check=False).status


def test_no_byte_of_a_long_stream_is_lost(site: Site, tmp_path: Path) -> None:
    """Megabytes of any bytes go through a command's input and output unchanged."""
    site.start("postgres")
    given, taken = tmp_path / "given", tmp_path / "taken"
    given.write_bytes(secrets.token_bytes((8 << 20) + 1))
    site.service("postgres").run(["cat"], stdin=given, stdout=taken)
    assert given.read_bytes() == taken.read_bytes()


def test_a_command_that_leaves_its_input_unread_ends(site: Site, tmp_path: Path) -> None:
    """A client may end before it has read everything; its status says how it went."""
    site.start("postgres")
    given = tmp_path / "given"
    given.write_bytes(bytes(4 << 20))
    assert 0 == site.service("postgres").run(["true"], stdin=given).status


@pytest.mark.parametrize("running", [True, False])
def test_scratch_passes_files_both_ways(site: Site, tmp_path: Path, running: bool) -> None:
    """What is sent can be fetched again, moved, whether the server runs or not."""
    service = site.service("redis")
    if running:
        site.start("redis")
    else:
        service.stop()
    (tmp_path / "directory" / "below").mkdir(parents=True)
    (tmp_path / "directory" / "below" / "file").write_text("content")
    (tmp_path / "alone").write_bytes(b"\0" * 700)
    for name in ("directory", "alone"):
        service.send(tmp_path / name, f"sent-{name}")
        service.fetch(f"sent-{name}", tmp_path / f"fetched-{name}")
    assert "content" == (tmp_path / "fetched-directory" / "below" / "file").read_text()
    assert b"\0" * 700 == (tmp_path / "fetched-alone").read_bytes()
    assert 0 != service.run(["ls", "sent-alone"], check=False).status


def test_a_small_file_of_a_volume_is_read_and_replaced(site: Site) -> None:
    """Files are written where none was and over others, and what is not there is not found."""
    volume = site.service("nats").volume
    volume.write("sub/key", b"one")
    volume.write("sub/key", b"two\0")
    assert b"two\0" == volume.read("sub/key")
    assert Census(2, 4) == volume.census()
    with pytest.raises(FileNotFoundError):
        volume.read("sub/other")
    with pytest.raises(DrillError, match=r"leads out of the volume$"):
        volume.read("../key")
    volume.wipe()
    assert Census(0, 0) == volume.census()


def test_server_and_clients_share_what_is_in_scratch(site: Site, tmp_path: Path) -> None:
    """What is sent is a client's to change and remove, and the server reads what it leaves."""
    site.start("postgres")
    service = site.service("postgres")
    (tmp_path / "sent").mkdir(mode=0o700)
    (tmp_path / "sent" / "file").write_text("7")
    (tmp_path / "sent" / "file").chmod(0o600)
    service.send(tmp_path / "sent", "sent")
    service.run(["sh", "-c", "umask 077; mv sent/file kept"])
    with site.postgres.connect() as connection:
        query = f"SELECT pg_read_file('{service.scratch}/kept')"
        assert ("7",) == connection.execute(query.encode()).fetchone()
    service.run(["rm", "-r", "sent", "kept"])

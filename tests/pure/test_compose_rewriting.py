"""A compose file is rewritten so that a drill touches nothing but its own."""

from typing import Any

from docker.types import Mount
from testcontainers.core.network import Network

from harness.runtime.docker.compose.rewriting import drill_file
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

"""A compose file is rewritten so that nothing of it but the drill's own things can be touched.

Volumes, networks and names become the drill's; what is bound from the machine is read only; no
port is published but the store's own; nothing starts again by itself.
"""

from collections.abc import Collection, Mapping
from typing import Any

from harness.runtime.docker.compose import service as read
from harness.runtime.docker.compose.composition import covers
from harness.runtime.docker.starting import Berth

DRILL_NETWORK = "drill"
_LEFT_OUT = frozenset(
    {
        "build",
        "container_name",
        "deploy",
        "env_file",
        "external_links",
        "links",
        "logging",
        "network_mode",
        "ports",
        "profiles",
        "pull_policy",
        "restart",
        "scale",
    }
)


def drill_file(
    config: Mapping[str, Any],
    name: str,
    stores: Collection[str],
    berth: Berth,
    *,
    image: str,
    data: str,
    published: int | None,
    environment: Mapping[str, str],
) -> dict[str, Any]:
    """Return a compose file of one store's service and what it needs beside the `stores`.

    `config` is a resolved compose file, `name` the service's; `stores` names the services that the
    drill starts itself, each at its time. The service is published at `berth`, with the drill's
    volume in place of whatever it mounts at `data`, and `environment` on top of its own.
    """
    needed = _needed(config["services"], name, stores)
    services = {key: _own(config["services"][key], berth.labels, needed) for key in (name, *needed)}
    services[name] |= {
        "image": image,
        "container_name": berth.name,
        "ports": [f"{berth.bind_address}:{published or ''}:{berth.port}"],
        "environment": {
            **services[name]["environment"],
            **{key: read.escaped(value) for key, value in environment.items()},
        },
        "volumes": [
            *(mount for mount in services[name]["volumes"] if not covers(mount["target"], data)),
            *(
                {"type": "volume", "source": mount["Source"], "target": mount["Target"]}
                for mount in berth.mounts
            ),
        ],
        "networks": {
            **services[name]["networks"],
            DRILL_NETWORK: {"aliases": [berth.store]},
        },
    }
    drills = {mount["Source"] for mount in berth.mounts}
    used = {
        mount["source"]
        for service in services.values()
        for mount in service["volumes"]
        if mount["type"] == "volume" and "source" in mount
    }
    joined = {network for service in services.values() for network in service["networks"]}
    parts = {key: config[key] for key in ("version", "secrets", "configs") if key in config}
    return {
        **parts,
        "services": services,
        "volumes": {
            key: {"name": key, "external": True} if key in drills else {"labels": {**berth.labels}}
            for key in sorted(used)
        },
        "networks": {
            key: {"name": berth.network.name, "external": True}
            if key == DRILL_NETWORK
            else {"labels": {**berth.labels}}
            for key in sorted(joined)
        },
    }


def _needed(services: Mapping[str, Any], name: str, stores: Collection[str]) -> list[str]:
    """Return what a service depends on, and that in turn, up to the stores."""
    found: list[str] = []
    seekers = [name]
    while seekers:
        for other in read.depends_on(services[seekers.pop()]):
            if other not in stores and other not in found:
                found.append(other)
                seekers.append(other)
    return found


def _own(
    service: Mapping[str, Any], labels: Mapping[str, str], needed: Collection[str]
) -> dict[str, Any]:
    depends_on = {
        other: said for other, said in read.depends_on(service).items() if other in needed
    }
    networks = {
        key: {"aliases": said["aliases"]} if said.get("aliases") else {}
        for key, said in read.networks(service).items()
    }
    mounts = [
        # Only what is bound can be somebody's: a volume becomes the drill's by its name.
        {key: mount[key] for key in ("type", "source", "target") if key in mount}
        | ({"read_only": True} if mount["type"] == "bind" or mount.get("read_only") else {})
        for mount in read.mounts(service)
    ]
    kept = {key: value for key, value in service.items() if key not in _LEFT_OUT}
    return kept | {
        "labels": {**read.labels(service), **labels},
        "environment": {
            key: read.escaped(value) for key, value in read.environment(service).items()
        },
        "volumes": mounts,
        "networks": networks,
        "depends_on": depends_on if any(depends_on.values()) else list(depends_on),
    }

"""A compose file is rewritten so that nothing of it but the drill's own things can be touched.

Volumes, networks and names become the drill's; what is bound from the machine is read only; no
port is published but the store's own; nothing starts again by itself.
"""

from collections.abc import Collection, Mapping
from typing import Any

from harness.runtime.docker.compose import service as read
from harness.runtime.docker.compose.allowed import KEPT
from harness.runtime.docker.compose.bound import where
from harness.runtime.docker.starting import Berth

DRILL_NETWORK = "restore-drill"


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
    needed = read.needed(config["services"], name, stores)
    taken = {
        mount["source"]: berth.mounts[0]["Source"]
        for mount in read.mounts(config["services"][name])
        if mount["type"] == "volume" and "source" in mount and read.covers(mount["target"], data)
    }
    services = {
        key: _own(config["services"][key], berth.labels, needed, taken) for key in (name, *needed)
    }
    services[name] |= {
        "image": image,
        "container_name": berth.name,
        "ports": [f"{berth.bind_address}:{published or ''}:{berth.port}"],
        "environment": {
            **services[name]["environment"],
            **{key: read.escaped(value) for key, value in environment.items()},
        },
        "volumes": [
            *(m for m in services[name]["volumes"] if not read.covers(m["target"], data)),
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
    return {
        **({"version": config["version"]} if "version" in config else {}),
        **{kind: _granted(config, services, kind) for kind in ("secrets", "configs")},
        "services": services,
        "volumes": {
            key: {"name": key, "external": True} if key in drills else {"labels": {**berth.labels}}
            for key in sorted(used)
        },
        "networks": {
            key: {"name": berth.network.name, "external": True}
            if key == DRILL_NETWORK
            else {"labels": {**berth.labels}, **_internal(config, key)}
            for key in sorted(joined)
        },
    }


def _granted(
    config: Mapping[str, Any], services: Mapping[str, Any], kind: str
) -> dict[str, dict[str, Any]]:
    """Return the secrets or configs that the services have, their files where they really lie."""
    names = {name for service in services.values() for name in read.granted(service, kind)}
    described = {name: dict((config.get(kind) or {})[name] or {}) for name in sorted(names)}
    for said in described.values():
        if "file" in said:
            said["file"] = where(said["file"])
    return described


def _internal(config: Mapping[str, Any], network: str) -> dict[str, bool]:
    described = (config.get("networks") or {}).get(network) or {}
    return {"internal": True} if described.get("internal") else {}


def _own(
    service: Mapping[str, Any],
    labels: Mapping[str, str],
    needed: Collection[str],
    taken: Mapping[str, str],
) -> dict[str, Any]:
    """Return a service with nothing that is not the drill's; `taken` maps volumes to the drill's.

    Its labels are left out: whoever acts on them, a proxy or an updater, would act on the drill.
    """
    depends_on = {
        other: said for other, said in read.depends_on(service).items() if other in needed
    }
    return {key: value for key, value in service.items() if key in KEPT} | {
        "labels": dict(labels),
        "environment": {
            key: read.escaped(value) for key, value in read.environment(service).items()
        },
        "volumes": [_own_mount(mount, taken) for mount in read.mounts(service)],
        "networks": {
            key: {"aliases": said["aliases"]} if said.get("aliases") else {}
            for key, said in read.networks(service).items()
        },
        "depends_on": depends_on if any(depends_on.values()) else list(depends_on),
    }


def _own_mount(mount: Mapping[str, Any], taken: Mapping[str, str]) -> dict[str, Any]:
    made = {key: mount[key] for key in ("type", "source", "target") if key in mount}
    if mount["type"] == "volume" and mount.get("source") in taken:
        made["source"] = taken[mount["source"]]
    if mount["type"] == "bind":
        # What was judged is what is bound.
        made["source"] = where(made["source"])
    # Only what is bound can be somebody's: a volume becomes the drill's by its name.
    if mount["type"] == "bind" or mount.get("read_only"):
        made["read_only"] = True
    if "create_host_path" in (mount.get("bind") or {}):
        made["bind"] = {"create_host_path": False}
    return made

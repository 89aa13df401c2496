"""What a service of a compose file may ask for: nothing that reaches out of the drill.

What is not listed here is refused by its name, whatever programs and engines yet to come make of
it; where a key is harmless with some values only, those are listed.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from harness.runtime.docker.compose import service as read
from harness.runtime.docker.compose.bound import Machine

KEPT = frozenset(
    {
        "cap_add",
        "cap_drop",
        "command",
        "configs",
        "cpus",
        "dns",
        "dns_opt",
        "dns_search",
        "domainname",
        "entrypoint",
        "expose",
        "extra_hosts",
        "group_add",
        "healthcheck",
        "hostname",
        "image",
        "init",
        "ipc",
        "mem_limit",
        "mem_reservation",
        "memswap_limit",
        "oom_score_adj",
        "pids_limit",
        "platform",
        "read_only",
        "secrets",
        "security_opt",
        "shm_size",
        "stdin_open",
        "stop_grace_period",
        "stop_signal",
        "sysctls",
        "tmpfs",
        "tty",
        "ulimits",
        "user",
        "working_dir",
    }
)
"""What concerns the container alone."""

REPLACED = frozenset({"depends_on", "environment", "labels", "networks", "volumes"})
"""What a drill writes anew: `rewriting`."""

LEFT_OUT = frozenset(
    {
        "annotations",
        "attach",
        "build",
        "container_name",
        "deploy",
        "develop",
        "env_file",
        "extends",
        "external_links",
        "label_file",
        "links",
        "logging",
        "ports",
        "profiles",
        "pull_policy",
        "restart",
        "scale",
    }
)
"""What a drill decides itself, or has no use for."""

TOP = frozenset(
    {"configs", "include", "name", "networks", "secrets", "services", "version", "volumes"}
)
"""What may stand beside the services."""

_ITS_OWN = "A drill gives a container nothing but networks and volumes of its own."
_CAPABILITIES = frozenset(
    {
        "AUDIT_WRITE",
        "CHOWN",
        "DAC_OVERRIDE",
        "FOWNER",
        "FSETID",
        "IPC_LOCK",
        "KILL",
        "MKNOD",
        "NET_BIND_SERVICE",
        "NET_RAW",
        "SETFCAP",
        "SETGID",
        "SETPCAP",
        "SETUID",
        "SYS_CHROOT",
        "SYS_NICE",
    }
)
"""What every container has, and what locks memory or gives a server more time."""
_SECURITY = frozenset({"no-new-privileges", "no-new-privileges:true", "no-new-privileges:false"})
_SYSCTLS = ("net.", "kernel.msg", "kernel.sem", "kernel.shm", "fs.mqueue.")
"""What belongs to a container's own namespaces."""


class Objection(NamedTuple):
    """Why a drill does not start a service: the key, what is to be said of it, and a hint."""

    key: str
    what: str
    hint: str


def unknown_keys(service: Mapping[str, Any]) -> Iterator[Objection]:
    """Yield each thing that a service says and that no drill lets a container have."""
    for key in sorted(service):
        known = key in KEPT | REPLACED | LEFT_OUT or key.startswith("x-")
        if service[key] and not known:
            yield Objection(key, f"has {key}", _ITS_OWN)


def objections(
    service: Mapping[str, Any], config: Mapping[str, Any], machine: Machine
) -> Iterator[Objection]:
    """Yield each reason why a drill does not start a service of a resolved file."""
    if not service.get("image"):
        yield Objection("image", "names no image", "A drill builds nothing: build and name it.")
    yield from unknown_keys(service)
    for key, refused in _REFUSED.items():
        for value, hint in refused(service.get(key)):
            yield Objection(key, f"has {key} {value}", hint)
    for mount in read.mounts(service):
        if mount["type"] not in {"volume", "bind", "tmpfs"}:
            hint = "Valid: volume, bind, tmpfs."
            yield Objection("volumes", f"has a mount of type {mount['type']}", hint)
        elif mount["type"] == "bind" and (why := machine.objection(str(mount["source"]))):
            yield Objection("volumes", f"mounts {why}", machine.hint)
    yield from _files(service, config, machine)


def _files(
    service: Mapping[str, Any], config: Mapping[str, Any], machine: Machine
) -> Iterator[Objection]:
    """Yield each secret and config that is no file for a container."""
    for kind in ("secrets", "configs"):
        for name in read.granted(service, kind):
            said = (config.get(kind) or {}).get(name) or {}
            if said.get("external"):
                hint = "Give it a file."
                yield Objection(kind, f"has the {kind[:-1]} {name}, which is external", hint)
            elif "file" in said and (why := machine.objection(str(said["file"]))):
                yield Objection(kind, f"has the {kind[:-1]} {name}: {why}", machine.hint)


Refused = Iterator[tuple[str, str]]


def _capabilities(value: Any) -> Refused:
    for name in value or ():
        if str(name).upper().removeprefix("CAP_") not in _CAPABILITIES:
            yield str(name), f"Valid: {', '.join(sorted(_CAPABILITIES))}."


def _security(value: Any) -> Refused:
    for option in value or ():
        if str(option).replace("=", ":") not in _SECURITY:
            yield str(option), "Valid: no-new-privileges."


def _sysctls(value: Any) -> Refused:
    for entry in value or ():
        name = str(entry).partition("=")[0]
        if not name.startswith(_SYSCTLS):
            yield name, "Valid: what is the container's own, as net.core.somaxconn."


def _hosts(value: Any) -> Refused:
    entries = value.items() if isinstance(value, Mapping) else [(e, "") for e in value or ()]
    for host, address in entries:
        if "host-gateway" in f"{host}{address}":
            yield f"{host}:{address}".rstrip(":"), "It leads out of the drill to the machine."


def _badness(value: Any) -> Refused:
    if value and not (str(value).isdecimal() and int(value) >= 0):
        yield str(value), "Below zero, another process of the machine is killed in its place."


def _ipc(value: Any) -> Refused:
    if value and value not in {"private", "shareable", "none"}:
        yield str(value), "Valid: private, shareable, none."


def _deploy(value: Any) -> Refused:
    said = (value or {}).get("resources") or {}
    if (said.get("reservations") or {}).get("devices"):
        yield "with devices", _ITS_OWN


_REFUSED: Mapping[str, Callable[[Any], Refused]] = {
    "cap_add": _capabilities,
    "deploy": _deploy,
    "extra_hosts": _hosts,
    "ipc": _ipc,
    "oom_score_adj": _badness,
    "security_opt": _security,
    "sysctls": _sysctls,
}
"""Of keys that are harmless with some values, the other values, each with a hint."""

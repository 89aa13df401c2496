"""What a service of a compose file may ask for: nothing that reaches out of the drill."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.runtime.docker.compose import service as read

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
        "mem_limit",
        "mem_reservation",
        "memswap_limit",
        "oom_kill_disable",
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

_ENGINES_OWN = ("/run", "/var/lib/containerd", "/var/lib/docker", "/var/run")


def objection(service: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return why a drill does not start a service, and what would help; None if it does."""
    if not service.get("image"):
        return "names no image", "A drill builds nothing: build it and name its image."
    for key in sorted(service):
        known = key in KEPT | REPLACED | LEFT_OUT or key.startswith("x-")
        if service[key] and not known:
            return f"has {key}", "A drill gives a container nothing but networks of its own."
    for mount in read.mounts(service):
        if mount["type"] not in {"volume", "bind", "tmpfs"}:
            return f"has a mount of type {mount['type']}", "Valid: volume, bind, tmpfs."
        if mount["type"] == "bind" and _reaches_the_engine(str(mount["source"])):
            hint = "Through it a container gets at what is not the drill's."
            return f"mounts {mount['source']} of this machine", hint
    return None


def _reaches_the_engine(source: str) -> bool:
    return (
        any(read.covers(source, own) or read.covers(own, source) for own in _ENGINES_OWN)
        or source.endswith(".sock")
        or Path(source).is_socket()
    )

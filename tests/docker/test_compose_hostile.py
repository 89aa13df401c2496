"""Compose files that reach out of a drill, or cost whoever reads them: refused, nothing started."""

import os
import socket
import sys
import time
from functools import cache
from pathlib import Path

import pytest
from docker_engine import require_compose, require_docker
from ours import our_runtime

from harness import cli, printing
from harness.cli import words
from harness.core.ports import ComposeFile, Runtime
from harness.runtime.docker.compose.source import judged
from harness.suite import asked

SCENARIO = """\
title: The cache of a hostile compose file
stack: {compose: compose.yaml, services: {redis: cache}}
seed: {random: 1, contacts: 2, credentials: 1, audit_log: 10, events: 10}
timeline:
  - backup: nightly
    redis: volume
  - disaster: lose_volume
    stores: [redis]
  - restore: nightly
    order: [redis]
  - start: hub
"""
HEAD = "services:\n  cache:\n    image: redis:7\n"
"""The first three lines; what a case says of the service begins in line 4."""

IN_PLACE = "compose.yaml:4: service cache (redis)"

NEITHER = "is no file and no directory"

SERVICE = {
    "privileged": ("privileged: true", "has privileged"),
    "added capability": ("cap_add: [SYS_ADMIN]", "has cap_add SYS_ADMIN"),
    "added capability, prefixed": ("cap_add: [CAP_BPF]", "has cap_add CAP_BPF"),
    "added capability, small": ("cap_add: [net_admin]", "has cap_add net_admin"),
    "all capabilities": ("cap_add: [ALL]", "has cap_add ALL"),
    "capability by a variable": ("cap_add: ['${CAP:-SYS_PTRACE}']", "has cap_add SYS_PTRACE"),
    "seccomp": ("security_opt: ['seccomp:unconfined']", "has security_opt seccomp:unconfined"),
    "seccomp, other sign": (
        "security_opt: ['seccomp=unconfined']",
        "has security_opt seccomp=unconfined",
    ),
    "apparmor": ("security_opt: ['apparmor:unconfined']", "has security_opt apparmor:unconfined"),
    "label": ("security_opt: ['label:disable']", "has security_opt label:disable"),
    "paths": (
        "security_opt: ['systempaths=unconfined']",
        "has security_opt systempaths=unconfined",
    ),
    "pid": ("pid: host", "has pid"),
    "ipc": ("ipc: host", "has ipc host"),
    "ipc of a container": ("ipc: 'container:production'", "has ipc container:production"),
    "uts": ("uts: host", "has uts"),
    "user namespace": ("userns_mode: host", "has userns_mode"),
    "network of the host": ("network_mode: host", "has network_mode"),
    "network of a container": ("network_mode: 'container:production'", "has network_mode"),
    "control group": ("cgroup_parent: /", "has cgroup_parent"),
    "control group namespace": ("cgroup: host", "has cgroup"),
    "devices": ("devices: ['/dev/sda:/dev/sda']", "has devices"),
    "device rules": ("device_cgroup_rules: ['b 8:0 rwm']", "has device_cgroup_rules"),
    "gpus": ("gpus: all", "has gpus"),
    "runtime": ("runtime: sysbox-runc", "has runtime"),
    "credentials": ("credential_spec: {file: x.json}", "has credential_spec"),
    "program of the machine": ("provider: {type: awesomecloud}", "has provider"),
    "socket by a key": ("use_api_socket: true", "has use_api_socket"),
    "hook": ("post_start: [{command: id, privileged: true}]", "has post_start"),
    "volumes of others": ("volumes_from: ['container:production:rw']", "has volumes_from"),
    "disk weights": ("blkio_config: {weight: 300}", "has blkio_config"),
    "key of tomorrow": ("teleport: now", "has teleport"),
    "setting of the machine": ("sysctls: {vm.swappiness: 1}", "has sysctls vm.swappiness"),
    "settings as a list": ("sysctls: ['kernel.panic=1']", "has sysctls kernel.panic"),
    "badness": ("oom_score_adj: -500", "has oom_score_adj -500"),
    "no killing": ("oom_kill_disable: true", "has oom_kill_disable"),
    "gateway": (
        "extra_hosts: ['host.docker.internal:host-gateway']",
        "has extra_hosts host.docker.internal:host-gateway",
    ),
    "root": ("volumes: ['/:/data:ro']", "mounts / of this machine"),
    "socket": (
        "volumes: ['/var/run/docker.sock:/s']",
        "mounts /var/run/docker.sock of this machine",
    ),
    "socket, long": (
        "volumes: [{type: bind, source: /run/docker.sock, target: /s}]",
        "mounts /run/docker.sock of this machine",
    ),
    "engine": ("volumes: ['/var/lib/docker:/d']", "mounts /var/lib/docker of this machine"),
    "processes": ("volumes: ['/proc/1/root:/d']", "mounts /proc/1/root of this machine"),
    "disk": ("volumes: ['/dev/sda:/d']", "mounts /dev/sda of this machine"),
    "link to the root": (
        "volumes: ['./to-root:/data']",
        "mounts {here}/to-root of this machine, which leads to /",
    ),
    "link in the middle": (
        "volumes: ['./to-root/var/lib/docker:/d']",
        "mounts {here}/to-root/var/lib/docker of this machine, which leads to /var/lib/docker",
    ),
    "link to a link": (
        "volumes: ['./to-link:/d']",
        "mounts {here}/to-link of this machine, which leads to /",
    ),
    "link, long": (
        "volumes: [{type: bind, source: ./to-root, target: /d, read_only: true}]",
        "mounts {here}/to-root of this machine, which leads to /",
    ),
    "link by a variable": (
        "volumes: ['${HERE_IS:-./to-root}:/d']",
        "mounts {here}/to-root of this machine, which leads to /",
    ),
    "climbing": ("volumes: ['{up}run:/d']", "mounts /run of this machine"),
    "home": (
        "volumes: ['~/to-root:/d']",
        "mounts {here}/to-root of this machine, which leads to /",
    ),
    "socket within": (
        "volumes: ['./with-socket:/d']",
        "mounts {here}/with-socket of this machine, where {here}/with-socket/deep/engine "
        + NEITHER,
    ),
    "FIFO": (
        "volumes: ['./pipe:/d']",
        "mounts {here}/pipe of this machine, where {here}/pipe " + NEITHER,
    ),
    "secret that is a socket": (
        "secrets: [s]\nsecrets: {s: {file: /run/docker.sock}}",
        "has the secret s: /run/docker.sock of this machine",
    ),
    "secret that is a link": (
        "secrets: [s]\nsecrets: {s: {file: ./to-root}}",
        "has the secret s: {here}/to-root of this machine, which leads to /",
    ),
}
"""What the service says in line 4, and what is said of it."""

WHOLE = {
    "needed service": (
        HEAD + "    depends_on: [helper]\n  helper: {image: x, cap_add: [SYS_ADMIN]}\n",
        "compose.yaml:5: service cache (redis) needs helper, which has cap_add SYS_ADMIN",
    ),
    "key lent by another": (
        "x-lent: &lent\n  privileged: true\nservices:\n  cache:\n    <<: *lent\n    image: r:7\n",
        "compose.yaml:4: service cache (redis) has privileged",
    ),
    "key of an extended file": (
        HEAD + "    extends: {file: other.yaml, service: it}\n",
        "compose.yaml:2: service cache (redis) has privileged",
    ),
    "models": (HEAD + "models: {m: {model: x}}\n", "compose.yaml:4: models stands beside the"),
    "laughs": (
        "x-0: &a0 [l, l, l, l, l, l, l, l, l, l]\n"
        + "".join(f"x-{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10))
        + HEAD,
        "compose.yaml:5: aliases stand for more than 20,000 values",
    ),
    "merged laughs": (
        "x-0: &a0 {k: v}\n"
        + "".join(
            f"x-{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 10)}]}}\n" for n in range(1, 10)
        )
        + HEAD,
        "compose.yaml:5: aliases stand for more than 20,000 values",
    ),
    "laughs of an included file": (
        HEAD + "include: [laughs.yaml]\n",
        "{here}/laughs.yaml:5: aliases stand for more than 20,000 values",
    ),
    "circle": (
        "x-a: &a [*a]\n" + HEAD,
        "compose.yaml:1: alias *a names nothing before it",
    ),
    "depth": ("x-a: " + "[" * 50_000 + "\n" + HEAD, "compose.yaml:1: nested more than 32 levels"),
    "depth, by lines": (
        "".join(f"{' ' * n}a:\n" for n in range(300)),
        "compose.yaml:33: nested more than 32 levels",
    ),
    "width": (HEAD + "x-a:\n" + "- a\n" * 20_000, "compose.yaml:9993: more than 10,000 values"),
    "size": (HEAD + "# filler\n" * 20_000, "compose.yaml: larger than 128 KiB"),
    "great number": (HEAD + f"    mem_limit: {'9' * 5000}\n", "compose.yaml: "),
    "endless variables": (
        HEAD + "    env_file: /dev/zero\n",
        "compose.yaml:4: /dev/zero cannot be read: this is not a regular file",
    ),
    "variables from a pipe": (
        HEAD + "    env_file: [pipe]\n",
        "compose.yaml:4: {here}/pipe cannot be read: this is not a regular file",
    ),
    "itself": (HEAD + "    extends: {file: compose.yaml, service: cache}\n", "compose.yaml: "),
    "two documents": (HEAD + "---\n" + HEAD, "compose.yaml:4: a second document begins"),
    "no text": ("\0" * 100, "compose.yaml:1: character U+0000 is not text"),
    "no mapping": ("[services]\n", "'compose.yaml' has no services"),
}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the folder that `drill` runs in, with a scenario and what hostile files name."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "x.yaml").write_text(SCENARIO)
    (tmp_path / "to-root").symlink_to("/")
    (tmp_path / "to-link").symlink_to("to-root")
    (tmp_path / "with-socket" / "deep").mkdir(parents=True)
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "other.yaml").write_text("services: {it: {image: x, privileged: true}}\n")
    (tmp_path / "laughs.yaml").write_text(WHOLE["laughs"][0])
    return tmp_path


@cache
def _usual() -> Runtime:
    return our_runtime("docker", pull="never")


def _run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> tuple[int, str]:
    monkeypatch.setattr(sys, "argv", ["drill", "run", "--runtime", "docker", "x.yaml"])
    # The command holds the streams that were there when it was loaded.
    for module in (cli, words):
        monkeypatch.setattr(module, "OUT", printing.standard("stdout", 1))
        monkeypatch.setattr(module, "ERRORS", printing.standard("stderr", 2))
    # What it runs without a compose file is the same for all of them.
    monkeypatch.setattr(
        asked, "choose", lambda *a, **o: our_runtime(*a, **o) if o.get("compose") else _usual()
    )
    with pytest.raises(SystemExit) as ended:
        cli.main()
    said = capfd.readouterr()
    assert said.out == ""
    assert isinstance(ended.value.code, int)
    return ended.value.code, said.err


@pytest.mark.parametrize(("said", "message"), SERVICE.values(), ids=SERVICE.keys())
def test_a_service_that_reaches_out_is_refused_by_name(
    here: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    said: str,
    message: str,
) -> None:
    """A drill of it ends with 2, names file, line, service and value, and has started nothing."""
    require_docker()
    require_compose()
    up = "../" * len(here.parts)
    (here / "compose.yaml").write_text(f"{HEAD}    {said.replace('{up}', up)}\n")
    with socket.socket(socket.AF_UNIX) as listening:
        monkeypatch.chdir(here / "with-socket" / "deep")
        listening.bind("engine")
        monkeypatch.chdir(here)
        status, told = _run(monkeypatch, capfd)
    expected = f"{IN_PLACE} {message.replace('{here}', str(here))}"
    assert (2, expected) == (status, told.partition("\nHINT: ")[0])
    assert told.partition("\nHINT: ")[2]
    assert not list(here.glob("reports/**"))


@pytest.mark.parametrize(("content", "message"), WHOLE.values(), ids=WHOLE.keys())
def test_a_file_that_costs_too_much_is_refused_at_once(
    here: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    content: str,
    message: str,
) -> None:
    """Whatever it would grow to, the answer is one message of one moment."""
    require_docker()
    require_compose()
    (here / "compose.yaml").write_text(content)
    begun_seconds = time.monotonic()
    status, told = _run(monkeypatch, capfd)
    assert time.monotonic() - begun_seconds < 10
    assert 2 == status
    assert message.replace("{here}", str(here)) in told
    assert len(told) < 1000
    assert "Traceback" not in told


def test_what_a_drill_makes_its_own_may_say_anything(here: Path) -> None:
    """Volumes and networks are the drill's, whatever the file binds or names by them."""
    (here / "compose.yaml").write_text(
        HEAD + "    privileged: false\n    restart: always\n    ports: ['0.0.0.0:6379:6379']\n"
        "    deploy: {replicas: 2}\n    volumes: ['d:/data']\n"
        "volumes: {d: {driver_opts: {type: none, o: bind, device: /}}}\n"
        "networks: {default: {external: true, name: host}}\n"
    )
    assert judged(ComposeFile(here / "compose.yaml", {"redis": "cache"}))["services", "cache"] == 2

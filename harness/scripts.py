"""Scripts and runbooks of the user's on the drill's own servers, and on nothing else.

What they name of the user's machines gives way to the drill's, in a copy: `{postgres.port}`.
"""

import re
from collections.abc import Container, Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from harness.core import addresses
from harness.core import environment as surroundings
from harness.core.addresses import PLACE
from harness.core.environment import LOOPBACK
from harness.core.errors import Unavailable
from harness.core.patience import Work
from harness.core.ports import Completed
from harness.runtime.addresses import addresses as variables_of
from harness.runtime.copies import HOMES, Copy, copied
from harness.runtime.unattended import run_script
from harness.site import Site

_LAST_LINES = 12
_LINE_CHARACTERS_AT_MOST = 300

_CONTAINERS = re.compile(
    r"\bdocker(?:-compose|\s+(?:compose|exec|start|stop|restart|kill|rm|cp|volume|network|container"
    r"|system|service|stack|swarm))\b[^\n|;&]*"
)
"""What works on containers and volumes of this machine by name."""

_OF_CONTAINERS = ("exec", "start", "stop", "restart", "kill", "rm")
"""Verbs that name nothing but containers; of exec the first, what follows is run in it."""

_VOLUME = re.compile(r"(?:^|\s)(?:-v|--volume)[=\s]+[\"']?([A-Za-z0-9][\w.-]*):")
_CLIENTS = r"\b(?:psql|pg_\w+|createdb|dropdb|vacuumdb|redis-cli)\b[^\n|;&]*?\s"
_PORT = re.compile(
    rf"(?:localhost|127\.0\.0\.1|\[::1\]):(\d+)|{_CLIENTS}(?:-p|--port)[=\s]*(\d+)\b"
    r"|\bPGPORT=[\"']?(\d+)"
)
_HOST = re.compile(
    rf"{_CLIENTS}(?:-h|--host)[=\s]*[\"']?([\w.-]+)|\bPGHOST=[\"']?([\w.-]+)"
    r"|\b(?:postgres(?:ql)?|rediss?|nats)://(?:[^@\s/\"']*@)?([\w.-]+)"
)
_SOURCED = re.compile(r"^\s*(?:\.|source)\s+[\"']?(?:[^\s;]*/)?([\w.-]+)", re.MULTILINE)


def left_by_scripts(site: Site) -> Path:
    """Return the directory in which the drill's scripts leave their backups."""
    return site.backups / "by-scripts"


def filled(site: Site, text: str, more: Mapping[str, str] | None = None) -> str:
    """Return a text with each place in it replaced by what it is at this moment.

    Raises: DrillError: a store in it cannot run here, or does not run.
    """
    return PLACE.sub(lambda found: _there(site, found[1], more or {}), text)


def prepare(
    site: Site, script: Path, replace: Mapping[str, str], more: Mapping[str, str] | None = None
) -> Copy:
    """Copy a script with its folder, in which each text of `replace` gives way to another.

    Raises: DrillError: it cannot be copied. Unavailable: it would work on what is not the drill's.
    """
    copy = copied(script, site.directory, all_filled(site, replace, more))
    text = copy.script.read_text(encoding="utf-8", errors="replace")
    for path in sorted(copy.home.rglob("*")):
        if path.name in _SOURCED.findall(text) and path.is_file():
            text += "\n" + path.read_text(encoding="utf-8", errors="replace")
    refuse_strangers(site, script.name, text)
    return copy


def run_as_cron(site: Site, copy: Copy, environment: Mapping[str, str]) -> Completed:
    """Run a script as cron does: next to no environment, and its folder is its HOME.

    Raises: DrillError. Unavailable. Unresponsive.
    """
    given = [f"{name}={value}" for name, value in environment.items()]
    argv = [*(["env", *given] if given else []), f"./{copy.script.name}"]
    with site.recorder.command("platform", argv, was_run=True) as status, site.stack.scripted():
        ended = run_script(
            [copy.script],
            copy.home,
            site.directory,
            path=site.stack.script_path,
            environment=all_filled(site, environment),
            servers=lambda: work_of(site),
        )
        status.ended = ended.status
    return ended


def run_as_operator(
    site: Site, argv: Sequence[str | Path], home: Path, environment: Mapping[str, str]
) -> Completed:
    """Run a program as a person does who restores: with the tools of this machine, and the
    drill's servers under the names that clients look for. `environment` comes on top.

    Raises: DrillError. Unavailable: this machine lacks what it needs. Unresponsive.
    """
    tools = surroundings.of_a_project()
    path = ":".join([*map(str, site.stack.script_path), tools["PATH"]])
    given = {**tools, **variables_of(site.stack.services), "PATH": path, **environment}
    # Their home has passwords of their own servers.
    given["HOME"] = str(home)
    with site.stack.scripted():
        return run_script(
            argv, home, site.directory, environment=given, servers=lambda: work_of(site)
        )


def all_filled(
    site: Site, texts: Mapping[str, str], more: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return texts with each place in them replaced, by their names."""
    return {name: filled(site, text, more) for name, text in texts.items()}


def work_of(site: Site) -> Work:
    """Return what servers have done and what scripts have left: their containers are their own."""
    roots = (left_by_scripts(site), site.directory / HOMES)
    left_bytes = sum(path.lstat().st_size for root in roots for path in root.rglob("*"))
    services = site.stack.services.values()
    return sum((service.work() for service in services), Work(moved_bytes=left_bytes))


def refuse_strangers(site: Site, name: str, text: str) -> None:
    """Raise Unavailable if a text would work on servers, containers or volumes not the drill's."""
    lines = text.replace("\\\n", " ").splitlines()
    plain = "\n".join(line for line in lines if not line.lstrip().startswith("#"))
    volumes = {service.volume.name for service in site.stack.services.values()}
    ends = [urlsplit(url) for url in _urls(site)]
    ports = {str(end.port) for end in ends}
    hosts = {*LOOPBACK, *(end.hostname for end in ends)}
    asked = [match[0].strip() for match in _CONTAINERS.finditer(plain)]
    # A container is named as its volume is.
    found = [command for command in asked if not _is_within(command, volumes)]
    for what, pattern, ours in (
        ("volume", _VOLUME, volumes),
        ("port", _PORT, ports),
        ("host", _HOST, hosts),
    ):
        given = [next(filter(None, match.groups())) for match in pattern.finditer(plain)]
        found += [f"{what} {name}" for name in given if name not in ours]
    if found:
        raise Unavailable(
            f"{name} was not run: it works on {found[0]}, which is none of the drill's",
            "Give what stands for it in replace, as in {'54322': '{postgres.port}'}; of a runbook,"
            " leave such lines out.",
        )


def _is_within(command: str, ours: Container[str]) -> bool:
    """Tell whether a command of docker names containers of the drill and no others."""
    verb, *words = [*command.split()[1:], ""]
    names = [word for word in words if word and not word.startswith("-")]
    if verb == "exec":
        names = names[:1]
    return verb in _OF_CONTAINERS and bool(names) and all(name in ours for name in names)


def told(ended: Completed) -> str:
    """Return a program's status and the last lines that it printed."""
    lines = [
        "".join(filter(str.isprintable, line))[:_LINE_CHARACTERS_AT_MOST]
        for line in (*ended.stdout.splitlines(), *ended.stderr.splitlines())
        if line.strip()
    ]
    return "\n".join([f"status {ended.status}", *lines[-_LAST_LINES:]])


def _urls(site: Site) -> list[str]:
    named = variables_of(site.stack.services)
    return [value for name, value in named.items() if name.endswith("_URL")]


def _there(site: Site, place: str, more: Mapping[str, str]) -> str:
    if place in more:
        return more[place]
    if place == "directory":
        directory = left_by_scripts(site)
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        return str(directory)
    if place == "helper.image":
        return site.stack.helper_image
    store, _, what = place.partition(".")
    service = site.service(store)
    if what == "volume":
        return service.volume.name
    return addresses.told(store, service.endpoint)[what]

"""One service of a compose file, in whichever of its notations: what the drill must know of it."""

import re
import shlex
from collections.abc import Collection, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

Table = Mapping[str, Any]

_SHELLS = frozenset({"sh", "ash", "bash", "dash"})
_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)\})")
_SECRETS = "/run/secrets"


def environment(service: Table) -> dict[str, str]:
    """Return its variables as its container gets them; one without a value is not set."""
    value = service.get("environment") or {}
    if not isinstance(value, Mapping):
        value = dict(text.split("=", 1) for text in value if "=" in text)
    return {name: unescaped(str(said)) for name, said in value.items() if said is not None}


def words(service: Table) -> list[str]:
    """Return its entry point and command, word by word; of a shell, the words of its script."""
    parts: list[str] = []
    for key in ("entrypoint", "command"):
        value = service.get(key) or []
        parts += _split(value) if isinstance(value, str) else map(str, value)
    said = [unescaped(part) for part in parts]
    found: list[str] = []
    for index, word in enumerate(said):
        if said[index - 1 : index] == ["-c"] and PurePosixPath(said[index - 2]).name in _SHELLS:
            found += [_expanded(inner, environment(service)) for inner in _split(word)]
        else:
            found.append(word)
    return found


def option(service: Table, *names: str) -> str | None:
    """Return the value that its command gives an option."""
    said = words(service)
    for index, word in enumerate(said):
        name, equals, value = word.partition("=")
        if name in names:
            return value if equals else next(iter(said[index + 1 :]), "")
    return None


def mounts(service: Table) -> list[dict[str, Any]]:
    """Return its mounts in the long notation."""
    return [dict(m) if isinstance(m, Mapping) else _long(m) for m in service.get("volumes") or ()]


def networks(service: Table) -> dict[str, dict[str, Any]]:
    """Return its networks, each with what is said of it."""
    value = service.get("networks") or ["default"]
    table = value if isinstance(value, Mapping) else dict.fromkeys(value)
    return {name: dict(said or {}) for name, said in table.items()}


def depends_on(service: Table) -> dict[str, Any]:
    """Return the services that it depends on, each with the condition that is to hold."""
    value = service.get("depends_on") or {}
    # A file that nobody has checked yet may have anything here.
    names = [name for name in value if isinstance(name, str)]
    return dict(value) if isinstance(value, Mapping) else dict.fromkeys(names)


def needed(services: Table, name: str, stores: Collection[str]) -> list[str]:
    """Return what a service depends on, and that in turn, up to the `stores`.

    What is left out of the file as it is resolved, a service that need not be there, is left out.
    """
    found: list[str] = []
    seekers = [name]
    while seekers:
        for other in depends_on(services.get(seekers.pop()) or {}):
            if other in services and other not in stores and other not in found:
                found.append(other)
                seekers.append(other)
    return found


def secret_file(config: Table, service: Table, path: str) -> Path | None:
    """Return the file on this machine that the service's container sees at `path`, if it is one
    of its secrets.
    """
    for entry in service.get("secrets") or ():
        source = entry if isinstance(entry, str) else entry["source"]
        target = source if isinstance(entry, str) else entry.get("target") or source
        secret = (config.get("secrets") or {}).get(source) or {}
        if path == str(PurePosixPath(_SECRETS, target)) and "file" in secret:
            return Path(secret["file"])
    return None


def granted(service: Table, kind: str) -> list[str]:
    """Return which of the file's `secrets` or `configs` it has."""
    entries = service.get(kind) or ()
    return [entry if isinstance(entry, str) else str(entry["source"]) for entry in entries]


def covers(target: str, path: str) -> bool:
    """Tell whether what is mounted at `target` holds `path`."""
    return path == target or path.startswith(target.rstrip("/") + "/")


def escaped(text: str) -> str:
    """Return a text so that compose takes it as it is."""
    return text.replace("$", "$$")


def unescaped(text: str) -> str:
    """Return a text of the file as a container gets it."""
    return text.replace("$$", "$")


def _split(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:  # A quotation mark without its fellow, as in a shell's own language.
        return text.split()


def _expanded(word: str, variables: Mapping[str, str]) -> str:
    found = _VARIABLE.fullmatch(word)
    return variables.get(found[1] or found[2], "") if found else word


def _long(text: str) -> dict[str, Any]:
    source, colon, rest = text.partition(":")
    if not colon:
        return {"type": "volume", "target": source}
    target, _, mode = rest.partition(":")
    kind = "bind" if source.startswith(("/", ".", "~")) else "volume"
    is_read_only = "ro" in mode.split(",")
    return {"type": kind, "source": source, "target": target, "read_only": is_read_only}

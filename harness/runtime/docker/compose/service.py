"""One service of a compose file, in whichever of its notations: what the drill must know of it."""

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

Table = Mapping[str, Any]


def environment(service: Table) -> dict[str, str]:
    """Return its variables as its container gets them."""
    return {name: unescaped(value) for name, value in _pairs(service.get("environment")).items()}


def labels(service: Table) -> dict[str, str]:
    """Return its labels as they stand in the file."""
    return _pairs(service.get("labels"))


def words(service: Table) -> list[str]:
    """Return its entry point and command, word by word, those of a shell's command line too."""
    found: list[str] = []
    for key in ("entrypoint", "command"):
        value = service.get(key) or []
        parts = value if isinstance(value, list) else shlex.split(value)
        for part in parts:
            found += shlex.split(unescaped(part))
    return found


def option(service: Table, *names: str) -> str | None:
    """Return the value that its command gives an option, a variable's value for `$VARIABLE`."""
    said = words(service)
    for index, word in enumerate(said):
        name, equals, value = word.partition("=")
        if name in names:
            value = value if equals else next(iter(said[index + 1 :]), "")
            if value.startswith("$"):
                return environment(service).get(value[1:].strip("{}"), "")
            return value
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
    return dict(value) if isinstance(value, Mapping) else dict.fromkeys(value)


def secret_file(config: Table, path: str) -> Path | None:
    """Return the file on this machine that a container sees as the secret at `path`."""
    secret = (config.get("secrets") or {}).get(path.rpartition("/")[2])
    return Path(secret["file"]) if isinstance(secret, Mapping) and "file" in secret else None


def escaped(text: str) -> str:
    """Return a text so that compose takes it as it is."""
    return text.replace("$", "$$")


def unescaped(text: str) -> str:
    """Return a text of the file as a container gets it."""
    return text.replace("$$", "$")


def _pairs(value: Table | Sequence[str] | None) -> dict[str, str]:
    if isinstance(value, Mapping):
        return {name: "" if said is None else str(said) for name, said in value.items()}
    return dict(text.partition("=")[::2] for text in value or ())


def _long(text: str) -> dict[str, Any]:
    source, colon, rest = text.partition(":")
    if not colon:
        return {"type": "volume", "target": source}
    target, _, mode = rest.partition(":")
    kind = "bind" if source.startswith(("/", ".", "~")) else "volume"
    is_read_only = "ro" in mode.split(",")
    return {"type": kind, "source": source, "target": target, "read_only": is_read_only}

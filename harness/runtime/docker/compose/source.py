"""A compose file as it is written, judged before any program reads it: its size, and its keys.

A program for compose files follows every alias, file and variable that it finds. What would cost
it more than a moment is refused here, and each refusal has its line.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    DocumentStartEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceStartEvent,
)

from harness import yaml_text
from harness.core.errors import UsageError
from harness.core.ports import ComposeFile
from harness.runtime.docker.compose.allowed import TOP, unknown_keys
from harness.runtime.docker.compose.bound import where
from harness.runtime.docker.compose.service import needed
from harness.yaml_text import Unreadable

Place = tuple[str, ...]
Lines = Mapping[Place, int]

_MERGE = "<<"
_NOT_SAID = ("", "~", "null", "false")
_FILES_AT_MOST = 20
_EXPANDED_AT_MOST = 20_000
_HINT = "Try `docker compose config`."


@dataclass(slots=True)
class Source:
    """What stands in a compose file: mappings, lists and text, and the line of each key.

    `includes` tells whether other files have a part in it.
    """

    path: Path
    value: Any = None
    lines: dict[Place, int] = field(default_factory=dict)
    includes: bool = False

    @property
    def services(self) -> dict[str, dict[str, Any]]:
        """Its services, each with what others lend it by merge keys."""
        found = table(self.value).get("services")
        return {name: table(service) for name, service in table(found).items()}


def read(path: Path) -> Source:
    """Return a compose file, once it and every file that it names were looked at.

    Raises: UsageError: one of them is no compose file, or would cost whoever reads it too much.
    """
    source = _read(path)
    seen, waiting = {where(str(path))}, [source]
    while waiting:
        for other in _others(waiting.pop()):
            source.includes = True
            if where(str(other)) in seen:
                continue
            seen.add(where(str(other)))
            if len(seen) > _FILES_AT_MOST:
                what = f"more than {_FILES_AT_MOST} files have a part in it"
                raise UsageError(f"{path}: {what}", _HINT)
            waiting.append(_read(other))
    return source


def judged(file: ComposeFile) -> Lines:
    """Return the lines of a compose file whose keys are all known, as far as a drill needs them.

    Raises: UsageError: one is not, or the file is none that a program should read.
    """
    source = read(file.path)
    for key in table(source.value):
        if key not in TOP and not key.startswith("x-"):
            line = source.lines.get((key,), 1)
            what = f"{file.path}:{line}: {key} stands beside the services"
            raise UsageError(what, f"Valid: {', '.join(sorted(TOP))}.")
    services = source.services
    for store, name in file.services.items():
        for other in (name, *needed(services, name, file.services.values())):
            if other not in services:
                continue
            said = {key: v for key, v in services[other].items() if v not in _NOT_SAID}
            for why in unknown_keys(said):
                places = (("services", other, why.key), ("services", other))
                line = next((source.lines[place] for place in places if place in source.lines), 1)
                of = "" if other == name else f"needs {other}, which "
                what = f"{file.path}:{line}: service {name} ({store}) {of}{why.what}"
                raise UsageError(what, why.hint)
    return source.lines


def table(value: Any) -> dict[str, Any]:
    """Return a mapping with what its merge keys bring, its own keys first; of all else nothing."""
    if not isinstance(value, dict):
        return {}
    merged: dict[str, Any] = {}
    lent = value.get(_MERGE, [])
    for lender in lent if isinstance(lent, list) else [lent]:
        merged = {**table(lender), **merged}
    return {**merged, **{key: said for key, said in value.items() if key != _MERGE}}


def _read(path: Path) -> Source:
    source = Source(path)
    try:
        _Reader(source, yaml_text.events(yaml_text.decoded(yaml_text.read(path)))).read()
    except Unreadable as error:
        where = f"{path}:{error.line}" if error.line else str(path)
        raise UsageError(f"{where}: {error.text}", _HINT) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"{path}: it cannot be read: {reason}", _HINT) from None
    _require_small(source)
    return source


class _Reader:
    """Builds a file's value from its events; an alias stands for the very value it names."""

    def __init__(self, source: Source, events: Iterator[Any]) -> None:
        self._source = source
        self._events = events
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._line = 1
        self._expanded = 0

    def read(self) -> None:
        documents = 0
        for event in self._events:
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise Unreadable(event.start_mark.line + 1, "a second document begins")
                self._source.value, _ = self._node(self._next(), ())

    def _next(self) -> Any:
        event = next(self._events)
        self._line = event.start_mark.line + 1
        return event

    def _node(self, event: Any, place: Place | None) -> tuple[Any, int]:
        """Return a value and of how many it consists once each alias is written out."""
        if isinstance(event, AliasEvent):
            if event.anchor not in self._anchors:
                raise Unreadable(self._line, f"alias *{event.anchor} names nothing before it")
            value, size = self._anchors[event.anchor]
        else:
            value, size = self._new(event, place)
            if event.anchor:
                self._anchors[event.anchor] = value, size
        if size > _EXPANDED_AT_MOST:
            what = f"aliases stand for more than {_EXPANDED_AT_MOST:,} values"
            raise Unreadable(self._line, what)
        return value, size

    def _new(self, event: Any, place: Place | None) -> tuple[Any, int]:
        if isinstance(event, ScalarEvent):
            return event.value, 1
        size = 1
        if isinstance(event, SequenceStartEvent):
            values: list[Any] = []
            while not isinstance(inner := self._next(), CollectionEndEvent):
                value, inner_size = self._node(inner, None)
                values.append(value)
                size += inner_size
            return values, size
        assert isinstance(event, MappingStartEvent)
        mapping: dict[str, Any] = {}
        while not isinstance(inner := self._next(), CollectionEndEvent):
            line = self._line
            if not isinstance(inner, ScalarEvent):
                raise Unreadable(line, "a key is not text")
            here = None if place is None else (*place, inner.value)
            if here:
                self._source.lines.setdefault(here, line)
            value, inner_size = self._node(self._next(), here)
            mapping[inner.value] = value
            size += inner_size
        return mapping, size


def _others(source: Source) -> Iterator[Path]:
    """Yield the compose files that a file includes or extends, as far as their names are plain."""
    here = source.path.parent
    included = table(source.value).get("include") or []
    for entry in included if isinstance(included, list) else [included]:
        paths = table(entry).get("path") if isinstance(entry, dict) else entry
        for path in paths if isinstance(paths, list) else [paths]:
            yield from _plain(here, path)
    for service in source.services.values():
        extended = service.get("extends")
        yield from _plain(here, table(extended).get("file"))


def _require_small(source: Source) -> None:
    """Raise a UsageError if a file of variables is none, or too large to be one."""
    here = source.path.parent
    named: list[tuple[Path, Place]] = [(here / ".env", ())]
    for name, service in source.services.items():
        for key in ("env_file", "label_file"):
            entries = service.get(key) or []
            for entry in entries if isinstance(entries, list) else [entries]:
                path = table(entry).get("path") if isinstance(entry, dict) else entry
                named += [(found, ("services", name, key)) for found in _plain(here, path)]
    for path, place in named:
        try:
            if path.exists():
                yaml_text.read(path)
        except (Unreadable, OSError) as error:
            line = source.lines.get(place)
            where = f"{source.path}:{line}" if line else str(source.path)
            said = error.text if isinstance(error, Unreadable) else error.strerror
            raise UsageError(f"{where}: {path} cannot be read: {said}", _HINT) from None


def _plain(here: Path, path: Any) -> Iterator[Path]:
    # What a variable says is known to the program only, which has its limits.
    if isinstance(path, str) and path and not {"$", "\0"} & {*path} and "://" not in path:
        # As the program does: by the words alone, before any link is followed.
        yield Path(os.path.normpath(here.absolute() / os.path.expanduser(path)))  # noqa: PTH111

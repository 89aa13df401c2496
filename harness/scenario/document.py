"""YAML text becomes plain values with the line of each: no tags, no aliases, nothing twice."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceStartEvent,
    StreamEndEvent,
    StreamStartEvent,
)

from harness.scenario.problem import Loc, Problems, shown
from harness.yaml_text import NOT_TEXT, Unreadable, events

_DEPTH_AT_MOST = 16
_DIGITS_AT_MOST = 40
_CORE_TAG = "tag:yaml.org,2002:"
_INT = re.compile(r"[-+]?[0-9]+(_[0-9]+)*")
_FLOAT = re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))([eE][-+]?[0-9]+)?")
_CONSTANTS = {"": None, "~": None, "null": None, "true": True, "false": False}


@dataclass(slots=True)
class Document:
    """The value of a file (dicts, lists, text, numbers, booleans, None) and what is wrong in it.

    A key that appears twice keeps its first value; whatever was refused is None.
    """

    value: Any = None
    lines: dict[Loc, int] = field(default_factory=dict)
    problems: Problems = field(init=False)

    def __post_init__(self) -> None:
        self.problems = Problems(self.lines)


def parse(text: str) -> Document:
    """Return the document in a text. Raises: Unreadable: it is not YAML, or not one document."""
    return _Builder(events(text)).build()


class _Builder:
    def __init__(self, events: Iterator[Any]) -> None:
        self._events = events
        self._document = Document()
        self.line = 1

    def build(self) -> Document:
        for event in self._events:
            match event:
                case StreamStartEvent() | StreamEndEvent() | DocumentEndEvent():
                    continue
                case DocumentStartEvent() if () not in self._document.lines:
                    first = self._next()
                    self._document.lines[()] = self.line
                    self._document.value = self._node(first, ())
                case _:
                    line = event.start_mark.line + 1
                    raise Unreadable(line, "a second document begins. Write one in a file")
        return self._document

    def _next(self) -> Any:
        event = next(self._events)
        self.line = event.start_mark.line + 1
        return event

    def _refuse(self, loc: Loc, text: str) -> None:
        # A refused value is None from here on.
        self._document.problems.add(loc, text)

    def _node(self, event: Any, loc: Loc) -> Any:
        if len(loc) > _DEPTH_AT_MOST:
            raise Unreadable(self.line, f"nested more than {_DEPTH_AT_MOST} levels deep")
        if isinstance(event, AliasEvent):
            alias = shown(f"*{event.anchor}")
            return self._refuse(loc, f"alias {alias} is not supported. Write the value out")
        if event.tag is not None:
            self._skip(event)
            tag = shown(str(event.tag).replace(_CORE_TAG, "!!"))
            return self._refuse(loc, f"tag {tag} is not supported. Remove it")
        if isinstance(event, MappingStartEvent):
            return self._mapping(loc)
        if isinstance(event, SequenceStartEvent):
            return self._sequence(loc)
        return self._scalar(event, loc)

    def _scalar(self, event: ScalarEvent, loc: Loc) -> Any:
        value = _plain(event.value) if event.style is None else event.value
        if value is None and loc:
            return self._refuse(loc, "nothing is written here. Give a value or remove this")
        if isinstance(value, str) and (found := NOT_TEXT.search(value)):
            return self._refuse(
                loc, f"an escape stands for U+{ord(found[0]):04X}, which is not text. Remove it"
            )
        return value

    def _mapping(self, loc: Loc) -> dict[str, Any]:
        values: dict[str, Any] = {}
        while not isinstance(event := self._next(), CollectionEndEvent):
            line = self.line
            if not isinstance(event, ScalarEvent):
                key_is_no_text = "a key is not text. Write one word"
                self._document.problems.add((*loc, ""), key_is_no_text, at=loc, line=line)
                self._skip(event)
                self._skip(self._next())
                continue
            key = event.value
            if key in values:
                first = self._document.lines[*loc, key]
                twice = f"key {shown(key)} is written twice, first in line {first}"
                self._document.problems.add((*loc, key, ""), twice, at=loc, line=line)
                self._skip(self._next())
                continue
            self._document.lines[*loc, key] = line
            values[key] = self._node(self._next(), (*loc, key))
        return values

    def _sequence(self, loc: Loc) -> list[Any]:
        values: list[Any] = []
        while not isinstance(event := self._next(), CollectionEndEvent):
            item = (*loc, len(values))
            self._document.lines[item] = self.line
            values.append(self._node(event, item))
        return values

    def _skip(self, event: NodeEvent) -> None:
        depth = int(isinstance(event, CollectionStartEvent))
        while depth:
            following = self._next()
            depth += isinstance(following, CollectionStartEvent)
            depth -= isinstance(following, CollectionEndEvent)


def _plain(text: str) -> Any:
    """Return what an unquoted text stands for, by YAML 1.2 with underscores in whole numbers."""
    if text.lower() in _CONSTANTS:
        return _CONSTANTS[text.lower()]
    if len(text) <= _DIGITS_AT_MOST:
        if _INT.fullmatch(text):
            return int(text)
        if _FLOAT.fullmatch(text) and math.isfinite(number := float(text)):
            return number
    return text

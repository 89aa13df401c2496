"""What options a kind may be given in a timeline: read off its model, whatever kind it is."""

from collections.abc import Callable, Mapping, Sequence
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from harness.kinds import Options

Value = TypeVar("Value")
Draw = Callable[[Sequence[Any]], Any]
"""Takes one of several values, the first of them as the simplest."""

Known = Mapping[str, Sequence[Any]]
"""What an option can name in a timeline, by its name: tables, streams, indexes, schemas."""

_FEW = (1, 2)
_NOT_GIVEN = object()
_TRIES = 4


def is_drawable(kind: type[Options], known: Known) -> bool:
    """Tell whether every option that must be given has a value that can be thought of."""
    required = _required(kind)
    if _go_together(required, known):
        return all(
            field.examples and (name not in known or field.examples[0] in known[name])
            for name, field in required.items()
        )
    return all(known[name] for name in required)


def plain(kind: type[Options], known: Known, stores: Sequence[str] = ()) -> dict[str, Any]:
    """Return the fewest options that will do, and that are of these stores."""
    fewest = _chosen(kind, known, lambda values: values[0])
    if agree(kind, fewest, stores):
        return fewest
    for name, field in kind.model_fields.items():
        called = _name(name, field)
        for value in _values(called, field, known):
            if agree(kind, other := {**fewest, called: value}, stores):
                return other
    return fewest


def drawn(
    kind: type[Options], known: Known, draw: Draw, stores: Sequence[str] = ()
) -> dict[str, Any]:
    """Return options that agree with each other and are of these stores; those that stay as they
    are are left out.
    """
    for _ in range(_TRIES):
        if agree(kind, chosen := _chosen(kind, known, draw), stores):
            return chosen
    return plain(kind, known, stores)


def _chosen(kind: type[Options], known: Known, draw: Draw) -> dict[str, Any]:
    required = _required(kind)
    together = _go_together(required, known)
    chosen: dict[str, Any] = {}
    for name, field in kind.model_fields.items():
        called = _name(name, field)
        if called not in required:
            values = [_NOT_GIVEN, *_values(called, field, known)]
        elif together:
            # Of what is known by examples alone, all values of a choice, else the first example.
            values = _of_type(field.annotation) or list(field.examples or ())[:1]
        else:
            values = list(known[called])
        if (value := draw(values)) is not _NOT_GIVEN:
            chosen[called] = value
    return chosen


def refers_to_a_backup(kind: type[Options]) -> str | None:
    """Return the option that names an earlier backup, which the new one builds on, if any."""
    for name, field in kind.model_fields.items():
        called = _name(name, field)
        try:
            if kind.model_validate({called: "earlier"}).builds_on == "earlier":
                return called
        except ValidationError:
            continue
    return None


def agree(kind: type[Options], chosen: Mapping[str, Any], stores: Sequence[str] = ()) -> bool:
    """Tell whether options agree with each other, and are of these stores."""
    try:
        options = kind.model_validate(chosen)
    except (ValidationError, AssertionError):
        # Files are named from a scenario's folder, and there is none yet.
        return False
    return options.strikes is None or set(stores) <= set(options.strikes)


def _required(kind: type[Options]) -> dict[str, FieldInfo]:
    return {
        _name(name, field): field
        for name, field in kind.model_fields.items()
        if field.is_required()
    }


def _go_together(required: Mapping[str, FieldInfo], known: Known) -> bool:
    """Tell whether options are known by their examples alone, which belong to each other."""
    return not required.keys() <= known.keys()


def _name(name: str, field: FieldInfo) -> str:
    return field.alias or name


def _values(name: str, field: FieldInfo, known: Known) -> list[Any]:
    """Return what an option can be beside what it is when it is left out."""
    if name in known:
        return list(known[name])
    found = [*(field.examples or ()), *_of_type(field.annotation)]
    return [value for value in found if value != field.get_default(call_default_factory=False)]


def _of_type(annotation: Any) -> list[Any]:
    if annotation is bool:
        return [False, True]
    if annotation is int:
        return list(_FEW)
    origin = get_origin(annotation)
    if origin is Literal:
        return list(get_args(annotation))
    if origin in (Union, UnionType):
        return [
            value for one in get_args(annotation) if one is not NoneType for value in _of_type(one)
        ]
    if origin is tuple and (inner := _of_type(get_args(annotation)[0])):
        return [[value] for value in inner] + [inner]
    return []

"""A part of a file is checked by its model, and every refusal is told in the scenario's words."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from harness.kinds import Options
from harness.scenario.form import LISTED, SIZED, RowCounts
from harness.scenario.kinds import Kinds
from harness.scenario.problem import Loc, Problems, unknown_key
from harness.scenario.wording import example, refusal

M = TypeVar("M", bound=BaseModel)
O = TypeVar("O", bound=Options)  # noqa: E741 - never a value
_KEY = "[key]"


def check_part(
    part: type[M], value: Any, loc: Loc, problems: Problems, kinds: Kinds | None = None
) -> M | None:
    """Return the part that a value is, or None after reporting everything wrong with it."""
    try:
        return part.model_validate(value, context=kinds)
    except ValidationError as error:
        _report(part, error, loc, problems, (), kinds)
        return None


def check_options(  # noqa: PLR0917 - as check_part, and what may stand beside them
    options: type[O],
    value: Mapping[str, Any],
    loc: Loc,
    problems: Problems,
    kinds: Kinds,
    beside: Sequence[str],
) -> O | None:
    """Return the options that a mapping is, or None after reporting everything wrong with it.

    `beside` names the keys that may stand beside the options. The value is checked as JSON would
    be: no text for a number, but a list for a tuple and text for an enumeration.
    """
    try:
        return options.model_validate_json(
            json.dumps(value), strict=True, context=kinds, by_alias=True, by_name=False
        )
    except ValidationError as error:
        _report(options, error, loc, problems, beside, kinds)
        return None


def keys(part: type[BaseModel]) -> list[str]:
    """Return the keys of a part as they stand in the file, its own first."""
    own = vars(part).get("__annotations__", {})
    fields = sorted(part.model_fields.items(), key=lambda item: item[0] not in own)
    return [field.alias or name for name, field in fields]


def _report(  # noqa: PLR0917 - as check_options, and the error
    part: type[BaseModel],
    error: ValidationError,
    base: Loc,
    problems: Problems,
    beside: Sequence[str],
    kinds: Kinds | None,
) -> None:
    for details in error.errors(include_url=False):
        inner = tuple(part for part in details["loc"] if part not in (LISTED, SIZED))
        at = None
        if inner and inner[-1] == _KEY:
            inner = inner[:-1]
            at = (*base, *inner[:-1])
        elif inner and isinstance(inner[-1], int) and (*base, *inner) not in problems.lines:
            inner = inner[:-1]  # One value stood for a list of one.
        loc = (*base, *inner)
        owner, field = _owner(part, inner)
        name = str(inner[-1]) if inner else ""
        shape = example(field.examples[0]) if field and field.examples else ""
        if details["type"] == "missing":
            hint = f". For example: {name}: {shape}" if shape else ""
            problems.add(loc, f"key {name!r} is missing{hint}", at=loc[:-1])
        elif details["type"] == "extra_forbidden":
            own = [*beside, *keys(owner)] if owner is part else keys(owner)
            if kinds and issubclass(owner, RowCounts):
                own = [*kinds.tables, *own]
            problems.add(loc, unknown_key(name, own), at=loc[:-1])
        elif not problems.has(loc):  # What was refused before is None since.
            problems.add(loc, refusal(details, shape), at=at)


def _models(annotation: Any) -> list[type[BaseModel]]:
    """Return the models in an annotation, however deep."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for inner in get_args(annotation) for model in _models(inner)]


def _owner(part: type[BaseModel], loc: Loc) -> tuple[type[BaseModel], FieldInfo | None]:
    """Return the innermost part around a place, and the field the place is, if it is one."""
    owner, rest = part, loc
    while rest:
        by_key = {found.alias or name: found for name, found in owner.model_fields.items()}
        field, rest = by_key.get(str(rest[0])), rest[1:]
        if not rest:
            return owner, field
        within = _models(field.annotation) if field else []
        if not within:
            break
        if get_origin(field.annotation if field else None) is dict:
            # Of parts by names of the writer's own.
            rest = rest[1:]
            if not rest:
                break
        owner = within[0]
    return owner, None

"""The values a scenario is written in: counts, durations and names, refused with an example."""

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    JsonValue,
    StrictInt,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from harness.scenario.kinds import Kinds
from harness.scenario.problem import shown

OUR_WORDS = "our_words"
"""The type of errors whose message is ready to be printed."""

NOUN = "x-noun"
"""Marks, in the JSON Schema of a model, text that must be one of a noun's ids."""

ANY_SIZE = "any"
"""Stands for the sizes of a failure that may have any."""

ROWS_AT_MOST = 1_000_000_000
RANDOM_AT_MOST = 2**63 - 1
_UNIQUE: dict[str, JsonValue] = {"uniqueItems": True}
_YEAR_SECONDS = 365 * 24 * 3600
_DURATION = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)(ms|s|m|h|d)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_SIZE = re.compile(r"([0-9][0-9_]{0,14})\.\.([0-9][0-9_]{0,14})")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_TAG = re.compile(r"[a-z][a-z0-9_-]{0,31}")
_BUILT_IN_MARKS = {"skip", "skipif", "xfail", "parametrize", "usefixtures", "filterwarnings"}
_MARKS_OF_PLUGINS = {"timeout", "xdist_group"}
_WORDS_OF_EXPRESSIONS = {"and", "or", "not", "true", "false", "none"}
_SPOKEN_FOR = _BUILT_IN_MARKS | _MARKS_OF_PLUGINS | _WORDS_OF_EXPRESSIONS


def refuse(text: str) -> PydanticCustomError:
    """Return an error that carries its whole message."""
    return PydanticCustomError(OUR_WORDS, "{text}", {"text": text})


@dataclass(frozen=True, slots=True)
class Known:
    """Text that must be an id of the kinds given as validation context: see Kinds.valid."""

    noun: str

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.with_info_before_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {**handler(schema), NOUN: self.noun}

    def _check(self, value: object, info: ValidationInfo) -> object:
        assert isinstance(info.context, Kinds)
        if isinstance(value, dict | list):
            return value
        if refusal := info.context.refusal(self.noun, value):
            raise refuse(refusal)
        return value


def _seconds(value: object) -> float:
    found = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise refuse(
            f"{shown(value)} is not a duration. Write a number and a unit: 500ms, 30s, 5m, 24h, 7d"
        )
    seconds = float(found[1]) * _SECONDS[found[2]]
    if seconds > _YEAR_SECONDS:
        raise refuse(f"{shown(value)} is longer than a year. Write at most 365d")
    return seconds


def _line(value: str) -> str:
    text = value.strip()
    if not text or len(text.splitlines()) > 1:
        raise refuse(f"{shown(value)} is not one line of text")
    return text


def _filled(value: str) -> str:
    if not value.strip():
        raise refuse(f"{shown(value)} is blank. Write a sentence")
    return value.strip()


def _day(value: str) -> str:
    with suppress(ValueError):
        if date.fromisoformat(value).isoformat() == value:
            return value
    raise refuse(f"{shown(value)} is not a day. Write it as in 2027-01-31")


def _name(value: str) -> str:
    if not _NAME.fullmatch(value):
        raise refuse(
            f"{shown(value)} is not a name. Write letters, digits, '.', '-' and '_',"
            " at most 64, the first a letter or digit"
        )
    return value


def _tag(value: str) -> str:
    if not _TAG.fullmatch(value):
        raise refuse(
            f"{shown(value)} is not a tag. Write small letters, digits, '-' and '_',"
            " at most 32, the first a letter"
        )
    if value in _SPOKEN_FOR:
        raise refuse(f"{shown(value)} means something else to pytest. Choose another tag")
    return value


def _url(value: str) -> str:
    if not re.fullmatch(r"https?://[^\s/]+\S*", value):
        raise refuse(f"{shown(value)} is not a URL. Write http://127.0.0.1:4101/health/detailed")
    return value


def _hub_path(value: str) -> str:
    if not re.fullmatch(r"/[!-~]*", value):
        raise refuse(f"{shown(value)} is no path of the hub. Write /health/detailed")
    return value


def _scalar(value: object) -> object:
    if not isinstance(value, str | int | float | bool):
        raise refuse(f"{shown(value)} is not one value. Write a number, text, true or false")
    return value


def _size(value: object) -> tuple[int, int]:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value, value
    found = _SIZE.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise refuse(f"{shown(value)} is no size. Write a whole number or a range: 500, 1..50")
    least, greatest = (int(part.replace("_", "")) for part in found.groups())
    if least > greatest:
        raise refuse(f"{shown(value)} holds no number. Write the smaller one first")
    return least, greatest


def _sizes(value: object) -> object:
    if value == ANY_SIZE:
        return {}
    if not isinstance(value, dict) or not value:
        raise refuse(f"{shown(value)} is no size of a failure. Write {ANY_SIZE}, or {{lost: 500}}")
    return value


def _once(values: list[str]) -> list[str]:
    seen: set[str] = set()
    for value in values:
        if value in seen:
            raise refuse(f"{shown(value)} is listed twice")
        seen.add(value)
    return values


def _whole(most: int) -> dict[str, Any]:
    # Editors follow YAML 1.2, where 2_000 is text.
    text = {"type": "string", "pattern": "^[0-9]+(_[0-9]+)*$"}
    return {"anyOf": [{"type": "integer", "minimum": 0, "maximum": most}, text]}


Count = Annotated[StrictInt, Field(ge=0, le=ROWS_AT_MOST), WithJsonSchema(_whole(ROWS_AT_MOST))]
Random = Annotated[
    StrictInt, Field(ge=0, le=RANDOM_AT_MOST), WithJsonSchema(_whole(RANDOM_AT_MOST))
]
Duration = Annotated[
    float,
    BeforeValidator(_seconds),
    WithJsonSchema({"type": "string", "pattern": rf"^{_DURATION.pattern}$"}),
]
Line = Annotated[str, AfterValidator(_line)]
Prose = Annotated[str, AfterValidator(_filled)]
Day = Annotated[
    str, AfterValidator(_day), Field(json_schema_extra={"pattern": r"^\d{4}-\d{2}-\d{2}$"})
]
Name = Annotated[
    str, AfterValidator(_name), Field(json_schema_extra={"pattern": f"^{_NAME.pattern}$"})
]
Tag = Annotated[
    str, AfterValidator(_tag), Field(json_schema_extra={"pattern": f"^{_TAG.pattern}$"})
]
Url = Annotated[str, AfterValidator(_url)]
HubPath = Annotated[str, AfterValidator(_hub_path)]
Scalar = Annotated[
    Any,
    BeforeValidator(_scalar),
    WithJsonSchema({"type": ["number", "string", "boolean"]}),
]
StoreId = Annotated[str, Known("store")]
LedgerStoreId = Annotated[str, Known("ledger_store")]
MigrationId = Annotated[str, Known("migration")]
OffSiteId = Annotated[str, Known("offsite")]
PointId = Annotated[str, Known("point")]
FaultId = Annotated[str, Known("fault")]
CheckId = Annotated[str, Known("check")]
Tags = Annotated[list[Tag], Field(json_schema_extra=_UNIQUE), AfterValidator(_once)]
Stores = Annotated[
    list[StoreId], Field(min_length=1, json_schema_extra=_UNIQUE), AfterValidator(_once)
]
_SIZE_SCHEMA: dict[str, Any] = {
    "anyOf": [
        {"type": "integer", "minimum": 0},
        {"type": "string", "pattern": f"^{_SIZE.pattern}$"},
    ]
}
Sizes = Annotated[
    dict[str, Annotated[tuple[int, int], BeforeValidator(_size)]],
    BeforeValidator(_sizes),
    WithJsonSchema(
        {
            "anyOf": [
                {"const": ANY_SIZE},
                {"type": "object", "minProperties": 1, "additionalProperties": _SIZE_SCHEMA},
            ]
        }
    ),
]
CheckIds = Annotated[
    list[CheckId], Field(min_length=1, json_schema_extra=_UNIQUE), AfterValidator(_once)
]

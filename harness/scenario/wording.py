"""What pydantic refuses, in the words of a scenario: the value, what is wanted, an example."""

import json
import re
from collections.abc import Mapping

from pydantic_core import ErrorDetails

from harness.scenario.problem import shown, unknown
from harness.scenario.values import OUR_WORDS

_WANTED = {
    "string": "is not text",
    "int": "is not a whole number",
    "float": "is not a number",
    "bool": "is neither true nor false",
    "list": "is not a list",
    "tuple": "is not a list",
    "dict": "is not a mapping",
    "model": "is not a mapping",
}

_NOT_PLAIN = tuple("'\"{[&*!|>%@`#")
_EXAMPLES = {"int": "2", "float": "1.5"}


def example(value: object) -> str:
    """Return a value as it is written in a scenario, on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {example(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(example, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    return json.dumps(text, ensure_ascii=False) if text[:1] in _NOT_PLAIN else text


def refusal(details: ErrorDetails, shape: str) -> str:
    """Return what is wrong with a value; `shape` is an example of what may stand there, or ""."""
    value, context = details["input"], details.get("ctx", {})
    match details["type"]:
        case type_ if type_ == OUR_WORDS:
            return str(context["text"])
        case "literal_error" | "enum":
            expected: str = context["expected"]
            return unknown(value, re.findall("'([^']*)'", expected) or [expected])
        case "greater_than_equal":
            return f"{shown(value)} is less than {context['ge']}"
        case "less_than_equal":
            return f"{shown(value)} is more than {context['le']}"
        case "value_error":
            return str(context["error"])
    return _wrong_type(details["type"], value, details["msg"], shape)


def _wrong_type(type_: str, value: object, message: str, shape: str) -> str:
    kind = type_.partition("_")[0]
    shape = shape or _EXAMPLES.get(kind, "")
    such_as = f". For example: {shape}" if shape else ""
    if type_ == "too_short":
        return f"the list is empty{such_as}"
    if type_ == "string_type" and isinstance(value, int | float):
        return f"{shown(value)} is not text. Put it in quotes: '{shown(value)}'"
    if kind in _WANTED:
        return f"{shown(value)} {_WANTED[kind]}{such_as}"
    return f"{shown(value)} is refused: {message}"

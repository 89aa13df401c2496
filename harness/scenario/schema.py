"""The JSON Schemas of scenario files and of platforms, made from the forms and the kinds, for
editors.
"""

import json
import re
from typing import Any

from pydantic import BaseModel, TypeAdapter

from harness.core.own_check import PREFIX
from harness.core.platform import Platform
from harness.core.ports import STORES
from harness.platform.streams import events_stream
from harness.scenario.form import RowCounts, ScenarioPart, SeedPart
from harness.scenario.kinds import Kinds
from harness.scenario.platform_form import PlatformPart
from harness.scenario.script_form import SCRIPTED_PARTS
from harness.scenario.step_form import (
    STEP_PARTS,
    BackupPart,
    DisasterPart,
    RestorePart,
    StartPart,
    StopPart,
    StruckPart,
    WhenPart,
    WritePart,
)
from harness.scenario.values import NOUN, Count

Schema = dict[str, Any]

_OF_A_LIST = ("type", "items", "minItems", "uniqueItems")
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema(kinds: Kinds | None = None) -> Schema:
    """Return the JSON Schema (draft 2020-12) of a scenario file.

    It accepts every valid scenario; what spans several keys only `load` refuses.
    """
    kinds = kinds or Kinds.installed()
    definitions: Schema = {}
    root = _part(ScenarioPart, kinds, definitions)
    steps = _steps(kinds, definitions)
    keys = root["properties"]
    keys["timeline"]["items"] = {"oneOf": [{"$ref": f"#/$defs/{name}"} for name in steps]}
    keys["expect"]["oneOf"] = [{"const": "pass"}, {"$ref": keys["expect"].pop("$ref")}]
    definitions = dict(sorted((definitions | steps).items()))
    for part in (RowCounts, SeedPart):
        # Editors complete the tables of the platform that comes along; others have their own.
        definitions[part.__name__].setdefault("properties", {}).update(_tables(kinds))
    said = keys["seed"]["description"]
    ours = [*kinds.tables, *SeedPart.model_fields]
    of_ours = {
        "if": {"not": {"required": ["platform"]}},
        "then": {"properties": {"seed": {"description": said, "propertyNames": {"enum": ours}}}},
    }
    return {"$schema": _DIALECT, "title": "Scenario", **root, **of_ours, "$defs": definitions}


def _tables(kinds: Kinds) -> Schema:
    count = TypeAdapter(Count).json_schema()
    return {
        table: {**count, "description": _said(table, kinds.platform), "examples": ["2_000"]}
        for table in kinds.tables
    }


def _said(table: str, platform: Platform) -> str:
    declared = platform.tables.get(table)
    if declared is None:
        return f"Messages of the JetStream stream {events_stream(platform)}."
    return f"Rows of {declared.relation}{', append-only' if declared.is_append_only else ''}."


def platform_schema() -> Schema:
    """Return the JSON Schema of a platform's declaration."""
    definitions: Schema = {}
    root = _part(PlatformPart, Kinds.installed(), definitions)
    return {"$schema": _DIALECT, "title": "Platform", **root, "$defs": definitions}


def schema_text(kinds: Kinds | None = None) -> str:
    """Return the content of `scenarios/schema.json`."""
    return _text(schema(kinds))


def platform_schema_text() -> str:
    """Return the content of `scenarios/platform.schema.json`."""
    return _text(platform_schema())


def _text(made: Schema) -> str:
    return json.dumps(made, indent=2, ensure_ascii=False) + "\n"


def _part(part: type[BaseModel], kinds: Kinds, definitions: Schema) -> Schema:
    """Return a model's schema; the models inside it go into `definitions`."""
    generated = part.model_json_schema(ref_template="#/$defs/{model}")
    definitions.update(
        {name: _written(inner, kinds) for name, inner in generated.pop("$defs", {}).items()}
    )
    made: Schema = _written(generated, kinds)
    return made


def _written(node: Any, kinds: Kinds) -> Any:
    """Return a copy as a file may be written: ids for nouns, nothing null, no generated titles."""
    if isinstance(node, list):
        return [_written(item, kinds) for item in node]
    if not isinstance(node, dict):
        return node
    copy = {key: _written(value, kinds) for key, value in node.items() if key != NOUN}
    if isinstance(copy.get("title"), str):
        del copy["title"]
    if NOUN in node:
        copy["enum"] = list(kinds.valid(node[NOUN]))
        if node[NOUN] == "check":
            # The checks of a scenario, and those of another platform's tables.
            own = f"^{re.escape(PREFIX)}|_(rows|append_only)$"
            copy["anyOf"] = [{"enum": copy.pop("enum")}, {"type": "string", "pattern": own}]
    if {"type": "null"} in copy.get("anyOf", []):
        # A key that may be left out is never written as null.
        choices = [choice for choice in copy.pop("anyOf") if choice != {"type": "null"}]
        copy.update(choices[0] if len(choices) == 1 else {"anyOf": choices})
    if "default" in copy and copy["default"] is None:
        del copy["default"]
    return copy


def _steps(kinds: Kinds, definitions: Schema) -> Schema:
    """Return the schemas of steps by name: one a verb, but of the disaster one a fault."""
    steps: Schema = {}
    for verb, part in STEP_PARTS.items():
        step = _part(part, kinds, definitions)
        if part is BackupPart:
            step["properties"].update(_stores(kinds, definitions))
            step["minProperties"] = 2
        elif part in (StartPart, StopPart):
            services = step["properties"][verb]
            several = {key: services.pop(key) for key in _OF_A_LIST}
            services["anyOf"] = [several["items"], several]
        elif part is RestorePart:
            to = step["properties"]["to"]
            to["anyOf"] = [{"type": "string"}, {"$ref": to.pop("$ref")}]
        if issubclass(part, StruckPart):
            step["properties"]["meanwhile"] |= {"properties": _middle(kinds, definitions)}
        if part is DisasterPart:
            for id_ in kinds.faults:
                steps[f"fault_{id_}"] = _fault(id_, kinds, definitions)
        else:
            steps[part.__name__] = step
    for part in SCRIPTED_PARTS.values():
        steps[part.__name__] = _part(part, kinds, definitions)
    blocks = definitions["RestoreBy"]["properties"]["blocks"]
    blocks["items"] = {"anyOf": [{"type": "integer", "minimum": 1}, blocks["items"]]}
    return steps


def _middle(kinds: Kinds, definitions: Schema) -> Schema:
    """Return what may stand in the middle of a step, beside the options of a fault."""
    own = _part(WhenPart, kinds, definitions)["properties"]
    for part in (DisasterPart, WritePart):
        own |= _part(part, kinds, definitions)["properties"]
    return {key: value for key, value in own.items() if key not in StruckPart.model_fields}


def _stores(kinds: Kinds, definitions: Schema) -> Schema:
    """Return the key of each store that can be backed up."""
    stores: Schema = {}
    for store in STORES:
        ids = kinds.methods_for(store)
        titles = "; ".join(f"{id_}: {kinds.methods[id_].title}" for id_ in ids)
        choices = [_method(id_, kinds, definitions) for id_ in ids]
        if ids:
            stores[store] = {
                "description": f"How {store} is backed up. {titles}.",
                "oneOf": [{"enum": list(ids)}, *choices],
            }
    return stores


def _method(id_: str, kinds: Kinds, definitions: Schema) -> Schema:
    method = kinds.methods[id_]
    options = _part(method.options, kinds, definitions)
    own = {"method": {"const": id_, "description": "The backup method."}}
    options["description"] = method.title
    options["properties"] = own | options.get("properties", {})
    options["required"] = [*own, *options.get("required", [])]
    definitions[f"method_{id_}"] = options
    return {"$ref": f"#/$defs/method_{id_}"}


def _fault(id_: str, kinds: Kinds, definitions: Schema) -> Schema:
    fault = kinds.faults[id_]
    step = _part(DisasterPart, kinds, definitions)
    options = _part(fault.options, kinds, definitions)
    step["description"] = fault.title
    step["properties"]["disaster"] = {"const": id_, "description": fault.title}
    step["properties"].update(options.get("properties", {}))
    stores = step["properties"]["stores"]
    stores["items"] = {**stores["items"], "enum": list(fault.stores)}
    step["required"] += [*(["stores"] if len(fault.stores) > 1 else [])]
    step["required"] += options.get("required", [])
    return step

"""A first platform.yaml and a first scenario, as text, from what was found of a schema."""

import json
import re
from collections.abc import Mapping, Sequence

from harness.init.source import Source
from harness.init.survey import ROWS, Table

PLATFORM, SCENARIO = "platform/platform.yaml", "scenarios/nightly.yaml"
ROLES = [f"platform/{name}.sql" for name in ("roles", "more_roles", "roles_of_the_schema")]
"""Where roles go that nothing creates: the first that is not taken."""


RANDOM = 20261122
"""What a first scenario's rows are made of, and those that are tried."""

_SEEDED = ROWS * 4 // 5
_WRITTEN = ROWS // 10
_WRITTEN_TABLES = 3
_NAME_CHARACTERS = 48
_MEANT_OTHERWISE = ("random", "events")
_PLAIN = re.compile(r"[A-Za-z_.][A-Za-z0-9_./-]*")
_WORDS = ("true", "false", "null", "yes", "no", "on", "off", "y", "n")
_LINE = 110


def platform(source: Source, found: Sequence[Table], roles: str) -> str:
    """Return platform.yaml. `roles` is the file of those that no file of the source creates."""
    more = [roles.rpartition("/")[2]] if roles else []
    bootstrap = [*more, *(script.named for script in source.bootstrap)]
    names = ledger_names(found)
    lines = [
        "# yaml-language-server: $schema=../scenarios/platform.schema.json",
        "# A draft by drill init --from: each table was tried in a server that is gone again.",
        f"name: {quoted(source.name)}",
        "postgres:",
        *_paths("bootstrap", bootstrap, "once in a new cluster, by a superuser, before the schema"),
        *_paths("schema", source.named, ""),
        *_paths("seed", [s.named for s in source.seed], "rows that the platform comes with"),
    ]
    taken = [table for table in found if not table.why_not]
    if taken:
        lines.append("  ledger: # filled in this order, and accounted for row by row")
        for table in taken:
            lines += _entry(names[table.relation], table)
    left = [table for table in found if table.why_not]
    if left:
        lines += [
            "",
            "  # Drills neither fill nor account for these, until you write what is missing:",
        ]
        for table in left:
            lines += _missing(names[table.relation], table)
    return "\n".join(lines) + "\n"


def roles_script(roles: Sequence[str]) -> str:
    """Return the script that creates roles which the schema takes for granted."""
    made = "".join('CREATE ROLE "{}" NOLOGIN;\n'.format(role.replace('"', '""')) for role in roles)
    return (
        f"-- Roles that the schema names and does not create. What else they may, add here.\n{made}"
    )


def scenario(source: Source, found: Sequence[Table]) -> str:
    """Return a first scenario: a dump, the loss of the volume, and its restoration."""
    names = ledger_names(found)
    taken = [table for table in found if not table.why_not]
    logs = [table for table in taken if table.refused_to is not None]
    written = [*logs, *(table for table in reversed(taken) if table not in logs)][:_WRITTEN_TABLES]
    seed = [f"  random: {RANDOM}", *(f"  {names[t.relation]}: {_SEEDED}" for t in taken)]
    write = [f"  - write: {{{', '.join(f'{names[t.relation]}: {_WRITTEN}' for t in written)}}}"]
    title = f"The database of {source.name} is lost and comes back from last night's dump"
    return "\n".join([
        "# yaml-language-server: $schema=schema.json",
        f"title: {quoted(title)}",
        "tags: [nightly]",
        "platform: ../platform",
        "seed: # how many rows of each table",
        *seed,
        "timeline:",
        "  - backup: nightly",
        "    every: 24h",
        "    postgres: pg_dump",
        *(write if written else []),
        "  - disaster: lose_volume",
        "    stores: [postgres]",
        "  - restore: nightly",
        "    order: [postgres]",
        "",
    ])  # fmt: skip


def ledger_names(found: Sequence[Table]) -> Mapping[str, str]:
    """Return a name in the ledger for each relation: its own where nothing else has it."""
    names: dict[str, str] = {}
    for table in found:
        schema, _, name = table.relation.partition(".")
        own = _name(name)
        tried = [own, _name(f"{schema}_{name}")]
        tried += [_name(f"t{number}_{name}") for number in range(2, len(found) + 3)]
        names[table.relation] = next(
            n for n in tried if n not in names.values() and n not in _MEANT_OTHERWISE
        )
    return names


def _name(text: str) -> str:
    name = re.sub(r"[^a-z0-9_]+", "_", text.lower())[:_NAME_CHARACTERS]
    return name if name[:1].isalpha() else f"t_{name}"[:_NAME_CHARACTERS]


def quoted(text: str) -> str:
    """Return text as YAML has it: plain where that means the same."""
    plain = _PLAIN.fullmatch(text) and text.lower() not in _WORDS
    return text if plain else json.dumps(text, ensure_ascii=False)


def _paths(key: str, paths: Sequence[str], remark: str) -> list[str]:
    said = f" # {remark}" if remark else ""
    if len(paths) == 1:
        return [f"  {key}: {quoted(paths[0])}{said}"]
    return [f"  {key}:{said}", *(f"    - {quoted(path)}" for path in paths)] if paths else []


def _entry(name: str, table: Table) -> list[str]:
    key = f"key: {', '.join(table.key)}" if table.key else "no primary key"
    lines = [f"    {name}: # {key}", f"      relation: {quoted(table.relation)}"]
    if table.writer:
        lines.append(f"      writer: {quoted(table.writer)}")
    if table.refused_to == ():
        lines.append("      append_only: true # no role could change or remove a row")
    elif table.refused_to:
        refused = ", ".join(map(quoted, table.refused_to))
        lines.append(f"      append_only: {{refused_to: [{refused}]}} # may add rows, no more")
    return [*lines, *(f"      {line}" for line in _comment(table.remark))]


def _missing(name: str, table: Table) -> list[str]:
    lines = [f"#   {name}:", f"#     relation: {quoted(table.relation)}"]
    if table.column:
        example = json.dumps(table.example, ensure_ascii=False)
        lines.append(f"#     columns: {{{quoted(table.column)}: {example}}} # your SQL over n")
    return [f"  {line}" for line in [*_comment(f"{name}: {table.why_not}"), *lines]]


def _comment(text: str) -> list[str]:
    """Return text as lines of a comment, whatever it holds."""
    words = "".join(sign if sign.isprintable() else " " for sign in text).split()
    lines: list[str] = []
    for word in words:
        if lines and len(lines[-1]) + len(word) < _LINE:
            lines[-1] += f" {word}"
        else:
            lines.append(f"# {word}")
    return lines

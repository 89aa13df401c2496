"""Check that every object of the schema came back, with the definition and the state it had.

One check for each kind of object, so that a drill can name the damage it expects.
"""

from dataclasses import dataclass
from functools import partial
from operator import eq

from harness.checks._definition import difference, same
from harness.core.case import Case, NotApplicable
from harness.core.check import Check
from harness.core.errors import Unread
from harness.core.finding import EXAMPLES_AT_MOST, Finding, named
from harness.observations.postgres_catalog import Catalog


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of the catalog: its check's id, its name for people, and what damages it."""

    kind: str
    check: str
    noun: str
    catches: str
    cause: str = "the backup holds none of it, or the restore passed over an error"
    since: str = "0.1.0"


_NOT_IN_PG_DUMP = "pg_dump holds one database; what belongs to the cluster needs pg_dumpall"
_NOT_IN_EXTENSION = (
    "it was changed by hand; a dump holds the extension's name, and nothing of the server"
)
_IN_ITS_FILES = "it is in a file of the server's volume, which no dump holds"
_CHANGED_BY_HAND = "it was switched off or changed for the restore and never put back"

_KINDS = (
    _Kind("schemas", "schema_schemas", "schemas", "a schema lost"),
    _Kind("tables", "schema_tables", "tables", "a table, its row security or partitioning lost"),
    _Kind("columns", "schema_columns", "columns", "a column, default or identity changed"),
    _Kind("types", "schema_types", "types", "an enum, domain or composite type changed"),
    _Kind("constraints", "schema_constraints", "constraints", "a constraint lost or unenforced"),
    _Kind("indexes", "schema_indexes", "indexes", "an index lost, changed or invalid"),
    _Kind("statistics", "schema_statistics", "extended statistics", "planner statistics lost"),
    _Kind("views", "schema_views", "views", "a view changed or its options lost"),
    _Kind(
        "matviews", "schema_matviews", "materialized views", "a materialized view left unpopulated"
    ),
    _Kind("rules", "schema_rules", "rules", "a rewrite rule lost or left behind"),
    _Kind("functions", "schema_functions", "functions", "a function's body or settings changed"),
    _Kind(
        "triggers", "schema_triggers", "triggers", "a trigger lost or disabled", _CHANGED_BY_HAND
    ),
    _Kind(
        "event_triggers",
        "schema_event_triggers",
        "event triggers",
        "an event trigger lost or disabled",
        _CHANGED_BY_HAND,
    ),
    _Kind("policies", "schema_policies", "policies", "row security that lets other tenants in"),
    _Kind("owners", "schema_owners", "owners", "objects owned by whoever ran the restore"),
    _Kind("grants", "schema_grants", "grants", "a privilege lost, or one too many"),
    _Kind(
        "default_privileges",
        "schema_default_privileges",
        "default privileges",
        "privileges that the next new table will lack",
    ),
    _Kind("roles", "schema_roles", "roles", "a role, its attributes or settings", _NOT_IN_PG_DUMP),
    _Kind("memberships", "schema_memberships", "memberships", "a membership", _NOT_IN_PG_DUMP),
    _Kind(
        "database",
        "schema_database",
        "properties of the database",
        "another encoding, collation or database setting",
        _NOT_IN_PG_DUMP,
    ),
    _Kind("extensions", "schema_extensions", "extensions", "an extension or another version"),
    _Kind("sequences", "schema_sequences", "sequences", "a sequence's definition changed"),
    _Kind("publications", "schema_publications", "publications", "a change feed lost"),
    _Kind("comments", "schema_comments", "comments", "a comment lost"),
    _Kind("large_objects", "large_objects", "groups of large objects", "large objects lost"),
    _Kind(
        "others", "schema_others", "other objects", "a cast, operator, collation or server changed"
    ),
    _Kind(
        "security_labels",
        "schema_security_labels",
        "security labels",
        "a security label lost",
        since="0.2.0",
    ),
    _Kind(
        "extension_members",
        "schema_extension_members",
        "groups of extensions' objects",
        "an object of an extension changed by hand",
        _NOT_IN_EXTENSION,
        since="0.2.0",
    ),
    _Kind(
        "builtins",
        "server_builtins",
        "groups of the server's own objects",
        "a function of pg_catalog replaced",
        _NOT_IN_EXTENSION,
        since="0.2.0",
    ),
    _Kind(
        "system_grants",
        "server_grants",
        "grants on the server's own objects and parameters",
        "a privilege on a function of pg_catalog, an extension's object or a parameter",
        _NOT_IN_PG_DUMP,
        since="0.2.0",
    ),
    _Kind(
        "settings",
        "server_settings",
        "settings of the server",
        "a setting of ALTER SYSTEM or postgresql.conf lost",
        _IN_ITS_FILES,
        since="0.2.0",
    ),
    _Kind(
        "access_rules",
        "server_access_rules",
        "rules of access",
        "a rule of pg_hba.conf or pg_ident.conf",
        _IN_ITS_FILES,
        since="0.2.0",
    ),
    _Kind(
        "databases",
        "server_databases",
        "other databases",
        "another database of the server, or its properties",
        _NOT_IN_PG_DUMP,
        since="0.2.0",
    ),
    _Kind(
        "tablespaces",
        "server_tablespaces",
        "tablespaces",
        "a tablespace, its options or grants",
        _NOT_IN_PG_DUMP,
        since="0.2.0",
    ),
    _Kind(
        "replication",
        "server_replication",
        "replication slots and origins",
        "a replication slot or origin",
        "pg_dump keeps neither, and pg_basebackup no slots",
        since="0.2.0",
    ),
)

# What is SQL is compared as PostgreSQL reads it, everything else exactly.
_SQL = frozenset(
    {
        *(
            "tables",
            "columns",
            "types",
            "constraints",
            "indexes",
            "statistics",
            "views",
            "matviews",
        ),
        *("rules", "functions", "triggers", "policies", "publications"),
    }
)


_SERVER = "built-in server"


def _judge(of: _Kind, check: Check, case: Case) -> Finding:
    before = _objects(case.before[Catalog], of)
    after = _objects(case.after[Catalog], of)
    if of.kind in ("owners", "grants"):
        # An object that is gone, or new, is named by the check of its own kind.
        before, after = _on_both_sides(before, after), _on_both_sides(after, before)
    if of.kind == "extension_members":
        # An extension that is gone, moved or of another version is named by its own check.
        gone = _changed_extensions(case)
        before, after = (
            {n: d for n, d in side.items() if n.partition(": ")[0] not in gone}
            for side in (before, after)
        )
    if of.kind == "builtins" and before.get(_SERVER) != after.get(_SERVER):
        raise NotApplicable("another version of the server has other objects of its own")
    if of.kind in ("builtins", "extension_members"):
        before, after = _named(before, after), _named(after, before)
    if not before and not after:
        raise NotApplicable(f"the database has no {of.noun}")
    alike = same if of.kind in _SQL else eq
    missing = sorted(before.keys() - after.keys())
    unexpected = sorted(after.keys() - before.keys())
    changed = sorted(n for n in before.keys() & after.keys() if not alike(before[n], after[n]))
    if not missing and not unexpected and not changed:
        return check.passed(
            f"{of.noun}: all {len(before)} came back as they were", counts={"owed": len(before)}
        )
    said = [
        f"{len(names)} of {len(before)} {word}{named('', names)}"
        for names, word in ((missing, "missing"), (changed, "changed"))
        if names
    ]
    if unexpected:
        said.append(f"{len(unexpected)} unexpected{named('', unexpected)}")
    expected, actual = [], []
    for name in (*changed, *missing, *unexpected)[:EXAMPLES_AT_MOST]:
        was, is_now = difference(before.get(name, "absent"), after.get(name, "absent"))
        expected.append(f"{name}: {was}")
        actual.append(f"{name}: {is_now}")
    return check.failed(
        f"{of.noun}: {'; '.join(said)}",
        expected="\n".join(expected),
        actual="\n".join(actual),
        examples=(*missing, *changed, *unexpected)[:EXAMPLES_AT_MOST],
        counts={
            "owed": len(before),
            "missing": len(missing),
            "changed": len(changed),
            "unexpected": len(unexpected),
        },
        cause=of.cause,
        next_step="put back the definition shown as expected, or restore from a fuller backup",
    )


def _objects(catalog: Catalog, of: _Kind) -> dict[str, str]:
    if of.kind not in catalog.objects:
        raise Unread(f"{of.noun} were not read")
    return catalog.objects[of.kind]


def _on_both_sides(mine: dict[str, str], other: dict[str, str]) -> dict[str, str]:
    there = {_object(name) for name in other}
    # A column may have no privileges of its own and be there.
    return {n: d for n, d in mine.items() if _object(n) in there or n.startswith("column ")}


def _changed_extensions(case: Case) -> set[str]:
    before, after = (
        seen[Catalog].objects.get("extensions", {}).items() for seen in (case.before, case.after)
    )
    return {f"extension {name}" for name, _ in before ^ after}


def _named(mine: dict[str, str], other: dict[str, str]) -> dict[str, str]:
    """Leave out what is named in a group that is the same, and a group whose change is named."""
    differing = {name for name in mine if ": " in name and mine[name] != other.get(name)}
    differing |= {name for name in other if ": " in name and other[name] != mine.get(name)}
    explained = {name.partition(": ")[0] for name in differing}
    kept = {}
    for name, definition in mine.items():
        group, separator, _ = name.partition(": ")
        is_same = mine.get(group) == other.get(group)
        if not is_same if separator else is_same or name not in explained:
            kept[name] = definition
    return kept


def _object(name: str) -> str:
    """Return whose owner or grant it is: `table public.a` for `table public.a to hub_app`."""
    return name.partition(" to ")[0]


CHECKS = tuple(
    Check(kind.check, "postgres", kind.catches, partial(_judge, kind), since=kind.since)
    for kind in _KINDS
)

"""Every kind of schema object: one missing, changed or added, and what only looks like it."""

from harness.checks.schema_objects import _KINDS, _SQL, _Kind
from harness.core.case import Case
from harness.observations.postgres_catalog import Catalog
from literal_cases.form import Literal, case

Objects = dict[str, str]


def seen(kind: str, before: Objects, after: Objects, **others: tuple[Objects, Objects]) -> Case:
    """Return a case with these objects of a kind, and others of other kinds."""
    kinds = {kind: (before, after)} | others
    then, now = ({k: pair[at] for k, pair in kinds.items()} for at in (0, 1))
    return case(Catalog(now), before=(Catalog(then),))


def near_miss(kind: str) -> tuple[Case, int, str]:
    """Return what is legal in a kind, of how many objects that are compared, and why."""
    if kind in ("owners", "grants"):
        before = {"table public.a to hub_app": "SELECT", "table public.b to hub_app": "SELECT"}
        after = {"table public.a to hub_app": "SELECT"}
        return seen(kind, before, after), 1, "of a table that is gone its own check speaks"
    if kind == "extension_members":
        before = {"extension a": "digest 1", "extension a: f()": "one", "extension b": "digest"}
        after = {"extension a": "digest 2", "extension a: f()": "two", "extension b": "digest"}
        versions: tuple[Objects, Objects] = ({"a": "1.0", "b": "1"}, {"a": "1.1", "b": "1"})
        made = seen(kind, before, after, extensions=versions)
        return made, 1, "an extension of another version has other members"
    if kind == "builtins":
        before = {"built-in server": "17.10", "functions": "digest", "functions: f()": "one"}
        after = {"built-in server": "17.10", "functions": "digest", "functions: f()": "two"}
        return seen(kind, before, after), 2, "what a group that is the same names is no change"
    if kind in _SQL:
        before = {"public.a": "CHECK (((x > 1) AND (y > 1)) AND (z > 1))"}
        after = {"public.a": "CHECK ((x > 1) AND (y > 1) AND (z > 1))"}
        return seen(kind, before, after), 1, "PostgreSQL reads both and prints the second"
    before, after = {"a": "one", "b": "two"}, {"b": "two", "a": "one"}
    return seen(kind, before, after), 2, "the order in which a catalog lists objects means nothing"


def _of(kind: _Kind) -> Literal:
    gone, changed, added = "public.gone", "public.changed", "public.added"
    if kind.kind in ("owners", "grants"):
        # Of an object that is on both sides.
        gone, changed, added = (f"table a to {role}" for role in ("gone", "changed", "added"))
    before = {"table a to kept": "one", gone: "one", changed: "one"}
    after = {"table a to kept": "one", changed: "two", added: "one"}
    holds, compared, because = near_miss(kind.kind)
    return Literal(
        fails=seen(kind.kind, before, after),
        alarm=f"{kind.noun}: 1 of 3 missing ({gone}); 1 of 3 changed ({changed});"
        f" 1 unexpected ({added})",
        counts={"owed": 3, "missing": 1, "changed": 1, "unexpected": 1},
        names=(gone, changed, added),
        holds=holds,
        because=because,
        all_clear=f"{kind.noun}: all {compared} came back as they were",
    )


LITERALS = {kind.check: _of(kind) for kind in _KINDS}

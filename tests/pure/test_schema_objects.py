"""Every kind of schema object is compared by name and by definition."""

import pytest
from ours import our_case

from harness.checks._definition import difference, same
from harness.checks.schema_objects import CHECKS
from harness.core.case import Case, NotApplicable
from harness.core.check import Check
from harness.core.errors import Unread
from harness.core.history import History
from harness.core.ledger import Ledger
from harness.core.observation import Observations
from harness.core.verdict import Verdict
from harness.observations.postgres_catalog import Catalog
from harness.probes.postgres_catalog import CATALOG_KINDS

BY_ID = {check.id: check for check in CHECKS}
POLICY = "contacts_of_own_tenant on public.contacts"
TENANT_ONLY = "PERMISSIVE FOR ALL TO authenticated USING ((tenant_id = auth.tenant_id()))"
ANYBODY = "PERMISSIVE FOR ALL TO authenticated USING (true)"


def case_of(before: dict[str, dict[str, str]] | None, after: dict[str, dict[str, str]]) -> Case:
    """Return a case with these catalogs; None stands for one that was not read."""
    case = our_case(Ledger(1), History(), Observations(), Observations())
    if before is not None:
        case.before.put(Catalog(before))
    case.after.put(Catalog(after))
    return case


OTHERWISE_CALLED = {
    "large_objects": "large_objects",
    "builtins": "server_builtins",
    "system_grants": "server_grants",
    **{
        kind: f"server_{kind}"
        for kind in ("settings", "access_rules", "databases", "tablespaces", "replication")
    },
}


def check_of(kind: str) -> Check:
    """Return the check of a kind of objects."""
    return BY_ID[OTHERWISE_CALLED.get(kind, f"schema_{kind}")]


@pytest.mark.parametrize("kind", CATALOG_KINDS)
def test_a_damaged_object_is_named_by_its_own_check(kind: str) -> None:
    """Each kind that is read has a check, which names what it misses."""
    check = check_of(kind)
    before = {kind: {"public.kept": "as it was", "public.gone": "as it was"}}
    after = {kind: {"public.kept": "as it was"}}
    if kind in ("owners", "grants"):
        before = {kind: {"public.gone": "one"}}
        after = {kind: {"public.gone": "another"}}
    finding = check.judge(check, case_of(before, after))
    assert Verdict.FAIL is finding.verdict
    assert ("public.gone",) == finding.examples


def test_a_changed_definition_is_shown_from_where_it_differs() -> None:
    """The finding says what the definition was and what it is."""
    check = BY_ID["schema_policies"]
    finding = check.judge(
        check, case_of({"policies": {POLICY: TENANT_ONLY}}, {"policies": {POLICY: ANYBODY}})
    )
    assert f"policies: 1 of 1 changed ({POLICY})" == finding.summary
    shown = f"{POLICY}: …FOR ALL TO authenticated USING "
    assert shown + "((tenant_id = auth.tenant_id()))" == finding.expected
    assert shown + "(true)" == finding.actual


def test_all_three_differences_are_counted() -> None:
    """Missing, changed and unexpected objects are counted apart, over what was owed."""
    check = BY_ID["schema_views"]
    before = {"views": {"public.a": "SELECT 1", "public.b": "SELECT 2", "public.c": "SELECT 3"}}
    after = {"views": {"public.a": "SELECT 1", "public.b": "SELECT 9", "public.d": "SELECT 4"}}
    finding = check.judge(check, case_of(before, after))
    assert (
        "views: 1 of 3 missing (public.c); 1 of 3 changed (public.b); 1 unexpected (public.d)"
        == finding.summary
    )
    assert {"owed": 3, "missing": 1, "changed": 1, "unexpected": 1} == finding.counts


def test_a_privilege_of_a_lost_object_is_not_counted_twice() -> None:
    """What is left of an object is compared; a column without privileges is still there."""
    check = BY_ID["schema_grants"]
    before = {
        "table public.a to hub_app": "SELECT",
        "table public.b to its owner": "SELECT",
        "table public.b to hub_app": "SELECT",
        "column public.b.c to dashboard": "SELECT",
    }
    after = {"table public.b to its owner": "SELECT"}
    finding = check.judge(check, case_of({"grants": before}, {"grants": after}))
    assert ("column public.b.c to dashboard", "table public.b to hub_app") == finding.examples


def test_an_unread_catalog_is_no_pass() -> None:
    """Without an observation before the disaster there is nothing to compare with."""
    check = BY_ID["schema_tables"]
    with pytest.raises(Unread, match=r"^what it judges was not observed$"):
        check.judge(check, case_of(None, {"tables": {}}))


def test_a_kind_that_was_not_read_is_no_pass() -> None:
    """Evidence that lacks a kind cannot vouch for it."""
    check = BY_ID["schema_rules"]
    with pytest.raises(Unread, match=r"^rules were not read$"):
        check.judge(check, case_of({}, {"rules": {}}))


def test_a_kind_the_platform_does_not_use_is_not_applicable() -> None:
    """No objects before and none after prove nothing."""
    check = BY_ID["schema_rules"]
    with pytest.raises(NotApplicable, match=r"^the database has no rules$"):
        check.judge(check, case_of({"rules": {}}, {"rules": {}}))


def test_what_an_extension_lost_is_named_where_it_can_be() -> None:
    """The name takes the place of its group's digest, and a group that is the same says nothing."""
    check = BY_ID["schema_extension_members"]
    before = {
        "extension a": "2 objects, digest 1",
        "extension a: function f()": "cost 9",
        "extension b": "2 objects, digest 2",
        "extension b: function g()": "touched, and put back",
        "extension c": "2 objects, digest 3",
    }
    after = {
        "extension a": "2 objects, digest 4",
        "extension b": "2 objects, digest 2",
        "extension c": "2 objects, digest 5",
    }
    finding = check.judge(
        check, case_of({"extension_members": before}, {"extension_members": after})
    )
    assert ("extension a: function f()", "extension c") == finding.examples


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("two  blanks", "two blanks"),
        ("the client's name", "the clients name"),
        ("a (b)", "a ((b))"),
    ],
)
@pytest.mark.parametrize("kind", ["comments", "settings", "roles", "others"])
def test_prose_is_compared_exactly(kind: str, before: str, after: str) -> None:
    """Every character of what is no SQL counts."""
    check = check_of(kind)
    finding = check.judge(check, case_of({kind: {"a": before}}, {kind: {"a": after}}))
    assert ("a",) == finding.examples


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "f(a boolean DEFAULT ((x OR y) OR z)) AS $$ (a) $$",
            "f(a boolean DEFAULT (x OR y OR z)) AS $$ (a) $$",
        ),
        ("it's", "it's"),
        ("CHECK ((x > 1))", "CHECK (x > 1)"),
        ("((a)) b", "(a) b"),
        ("(x AND (a AND b))", "(x AND a AND b)"),
        ("((a AND b) AND x)", "(a AND b AND x)"),
        ("CHECK ((((a > 1) OR (b > 1)) OR (c > 1)))", "CHECK (((a > 1) OR (b > 1) OR (c > 1)))"),
        ("(((a) AND (b)) AND ((c) OR (d)))", "((a) AND (b) AND ((c) OR (d)))"),
        (
            "(s = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[]))",
            "(s = ANY (ARRAY[('a'::character varying)::text, ('b'::character varying)::text]))",
        ),
    ],
)
def test_what_postgresql_prints_after_reading_its_own_print_is_the_same(
    before: str, after: str
) -> None:
    """A dump and its restore may change parentheses and casts that mean nothing."""
    assert same(before, after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("((a OR b) AND c)", "(a OR b AND c)"),
        ("((a AND b) OR c)", "(a AND (b OR c))"),
        ("(NOT (a OR b) OR c)", "(NOT a OR b OR c)"),
        ("(a OR b OR c)", "(a OR c OR b)"),
        ("f((a OR b), c)", "f(a, (b OR c))"),
        ("(x = 'a  b')", "(x = 'a b')"),
        ("(x = '(a OR b) OR c')", "(x = 'a OR b OR c')"),
        ("AS $$ SELECT 1 $$", "AS $$ SELECT  1 $$"),
        ("AS $$ SELECT ((1)) $$", "AS $$ SELECT (1) $$"),
        ("(x = 'it''s')", "(x = 'its')"),
        ("it's (a)", "it's ((a))"),
        ("it's a", "it s a"),
        ("it s a", "it's a"),
        ("a ) b", "a ) c"),
        ("AS $$ a $$ LANGUAGE sql", "AS $$ b $$ LANGUAGE sql"),
        ("(x AND (a AND b) ISNULL)", "(x AND a AND b ISNULL)"),
        ("(NOT (a AND b) AND x)", "(NOT a AND b AND x)"),
        ("(x BETWEEN (a AND b) AND c)", "(x BETWEEN a AND b AND c)"),
    ],
)
def test_what_means_something_else_is_not_the_same(before: str, after: str) -> None:
    """Only what PostgreSQL's own printing changes is forgiven."""
    assert not same(before, after)


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("a b", "a c", ("a b", "a c")),
        ("a", "a b", ("a", "a b")),
        (f"{'x' * 60} last", f"{'x' * 60} next", ("…last", "…next")),
        (f"{'x' * 60}a", f"{'x' * 60}b", (f"…{'x' * 40}a", f"…{'x' * 40}b")),
        (f"first {'x' * 38} b", f"first {'x' * 38} c", (f"…{'x' * 38} b", f"…{'x' * 38} c")),
        (f"a{'b' * 300}", f"a{'c' * 300}", (f"a{'b' * 199}", f"a{'c' * 199}")),
    ],
)
def test_a_difference_is_shown_with_a_little_before_it(
    before: str, after: str, shown: tuple[str, str]
) -> None:
    """From the beginning of a word, as far as there is one near; no more than can be read."""
    assert shown == difference(before, after)


def test_another_version_of_the_server_has_other_builtins() -> None:
    """An upgrade is no damage; what the user granted on them is for another check."""
    check = BY_ID["server_builtins"]
    before, after = ({"built-in server": v, "functions": v} for v in ("17.9", "17.10"))
    with pytest.raises(NotApplicable, match=r"^another version of the server has other objects"):
        check.judge(check, case_of({"builtins": before}, {"builtins": after}))


def test_a_kind_that_is_new_altogether_is_unexpected() -> None:
    """Where there was none before, one is one too many."""
    check = BY_ID["schema_rules"]
    finding = check.judge(check, case_of({"rules": {}}, {"rules": {"public.r": "DO INSTEAD"}}))
    assert "rules: 1 unexpected (public.r)" == finding.summary


def test_only_an_extensions_members_go_with_its_version() -> None:
    """What is said of it, or bears a colon in its name, is compared like everything else."""
    versions = {"extensions": {"a": "1.0"}}, {"extensions": {"a": "1.1"}}
    before, after = ({"comments": {"extension a": said}} | v for said, v in zip("xy", versions))  # noqa: B905 - two of each
    check = BY_ID["schema_comments"]
    finding = check.judge(check, case_of(before, after))
    assert ("extension a",) == finding.examples
    check = BY_ID["schema_constraints"]
    same_ones = {"constraints": {"public.a: positive": "CHECK ((a > 0))"}}
    assert {"owed": 1} == check.judge(check, case_of(same_ones, same_ones)).counts

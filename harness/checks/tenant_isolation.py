"""Check that each tenant sees its own rows, all of them, and nobody else's."""

from harness.checks._accounts import require_none_to_look_at
from harness.core.case import Case, NotApplicable
from harness.core.check import Check
from harness.core.finding import EXAMPLES_AT_MOST, Finding, named
from harness.observations.postgres_behaviour import Behaviour, TenantView


def _judge(check: Check, case: Case) -> Finding:
    views = case.after[Behaviour].tenants
    tenants = [view for view in views if view.tenant is not None]
    if not tenants:
        relations = case.platform.tenants.tables if case.platform.tenants else {}
        for table in case.platform.tables.values():
            if table.relation in relations:
                require_none_to_look_at(case, table.name)
        raise NotApplicable("no tenant has a row; the checks of rows say whether that is right")
    wrong = [view for view in views if view.foreign or view.own != view.own_expected]
    counts = {"views": len(views), "wrong": len(wrong)}
    if not wrong:
        return check.passed(
            f"tenants: all {len(tenants)} views show their own rows and no others;"
            " without a token nothing is shown",
            counts=counts,
        )
    said = [_said(view) for view in wrong]
    return check.failed(
        f"tenants: {len(wrong)} of {len(views)} views show the wrong rows" + named("namely", said),
        expected="each tenant its own rows, no others; nothing without a token",
        actual="\n".join(said[:EXAMPLES_AT_MOST]),
        examples=tuple(f"{view.table} for {_who(view)}" for view in wrong[:EXAMPLES_AT_MOST]),
        counts=counts,
        cause="row-level security, its policies or the privileges are not what they were",
        next_step="compare the table's policies with those at the backup before anyone logs in",
    )


def _who(view: TenantView) -> str:
    return "no tenant" if view.tenant is None else f"tenant {view.tenant}"


def _said(view: TenantView) -> str:
    seen = f"{_who(view)} sees {view.own} of {view.own_expected} own and {view.foreign} foreign"
    return f"{seen} rows of {view.table}" + (f", SQLSTATE {view.said}" if view.said else "")


CHECKS = (
    Check(
        "tenant_isolation",
        "postgres",
        "tenants that see each other, or nothing",
        _judge,
        of="tenants",
    ),
)

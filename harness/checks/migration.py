"""Check that a migration of a restored database left the rows that it has no business with."""

from harness.core.case import Case, NotApplicable
from harness.core.check import Check
from harness.core.finding import EXAMPLES_AT_MOST, Finding, named


def _judge(check: Check, case: Case) -> Finding:
    migrations = case.history.migrated
    if not migrations:
        raise NotApplicable("no migration follows the restore")
    changed = {
        table: said
        for migration in migrations
        for table, said in migration.changed.items()
        if table not in migration.allowed
    }
    tables = max(migration.tables for migration in migrations)
    counts = {"tables": tables, "changed": len(changed)}
    if not changed:
        rows = max(migration.rows for migration in migrations)
        told = ", ".join(migration.migration for migration in migrations)
        return check.passed(
            f"migration {told}: all {rows} rows of {tables} tables are as they were restored, but"
            " for what it may change",
            counts=counts,
        )
    return check.failed(
        f"migration: rows of {len(changed)} of {tables} tables changed"
        + named("namely", sorted(changed)),
        expected="rows as they were restored, but in the tables that the step's changes name",
        actual="\n".join(f"{table}: {changed[table]}" for table in sorted(changed)),
        examples=tuple(sorted(changed)[:EXAMPLES_AT_MOST]),
        counts=counts,
        cause="the migration rewrites, drops or fills more than its release says",
        next_step="read what it does to these tables; name those that it is to change in changes",
    )


CHECKS = (
    Check(
        "migration_keeps_rows",
        "postgres",
        "a migration that changes rows it has no business with",
        _judge,
        since="0.2.0",
    ),
)

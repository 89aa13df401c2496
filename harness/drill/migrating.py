"""What a migration made of the rows of a restored database."""

from harness.checks._row_difference import difference, differs
from harness.core.history import Migrated
from harness.observations.postgres_tables import Tables
from harness.scenario.steps import Migrate


def migrated(step: Migrate, then: Tables, now: Tables) -> Migrated:
    """Compare the tables beside the ledger's before and after a migration.

    One that it makes is new, and changes none; one that it drops loses its rows.
    """
    changed = {
        name: difference(contents, now.tables.get(name)).text
        for name, contents in then.tables.items()
        if differs(contents, now.tables.get(name))
    }
    rows = sum(contents.rows for contents in then.tables.values())
    return Migrated(step.migration, len(then.tables), rows, changed, step.changes)

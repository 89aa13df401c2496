"""What was written and what came back, table by table, as tables."""

from harness.core.evidence import Evidence
from harness.core.history import store_of
from harness.core.ledger import Outcome
from harness.platform.accounting import Account
from harness.report.overview import Overview, lost
from harness.report.tables import Kind, Table, columns
from harness.report.wording import count


def written(evidence: Evidence) -> Table:
    """Return what the harness tried to write and what the stores said to it."""
    ledger, history = evidence.ledger, evidence.history
    rows = []
    for table in ledger.tables():
        attempts = list(ledger.of(table))
        said = [
            sum(a.rows for a in attempts if a.outcome is outcome)
            for outcome in (Outcome.ACKNOWLEDGED, Outcome.REFUSED, Outcome.INDETERMINATE)
        ]
        owed = sum(a.rows for a in history.owed(ledger, table))
        rows.append(
            (table, store_of(table), *map(count, (len(attempts), *said, owed, said[0] - owed)))
        )
    return Table(
        "Rows the harness wrote, by its own ledger",
        columns(
            table=Kind.HEADING,
            store=Kind.TEXT,
            attempts=Kind.NUMBER,
            acknowledged=Kind.NUMBER,
            refused=Kind.NUMBER,
            indeterminate=Kind.NUMBER,
            owed=Kind.NUMBER,
            at_risk=Kind.NUMBER,
        ),
        tuple(rows),
        "Nothing was written.",
    )


def came_back(seen: Overview) -> Table:
    """Return what the stores held at the end, compared with the ledger."""
    return Table(
        "Rows at the end of the drill, compared with the ledger",
        columns(
            table=Kind.HEADING,
            owed=Kind.NUMBER,
            lost=Kind.NUMBER,
            altered=Kind.NUMBER,
            duplicated=Kind.NUMBER,
            reordered=Kind.NUMBER,
            unexpected=Kind.NUMBER,
            recovered=Kind.NUMBER,
            at_risk=Kind.NUMBER,
            at_risk_and_gone=Kind.NUMBER,
        ),
        tuple(_row(account) for account in seen.accounts),
        "No table was read.",
    )


def _row(account: Account) -> tuple[str, ...]:
    return (
        account.table,
        count(account.owed),
        count(lost(account)),
        count(len(account.altered)),
        count(len(account.duplicated)),
        count(len(account.reordered)),
        count(len(account.unexpected) + account.unnumbered),
        count(len(account.recovered)),
        count(account.at_risk),
        count(len(account.gone)),
    )

"""The ways in which a ledger table can differ from what is owed, in words that count."""

from dataclasses import dataclass, field
from itertools import islice

from harness.checks import _accounts
from harness.core.case import Case, NotApplicable
from harness.core.finding import EXAMPLES_AT_MOST, NamedKeys, named
from harness.observations.ledger_rows import LedgerRows
from harness.platform.accounting import Account
from harness.platform.numbers import Numbers


@dataclass(frozen=True, slots=True)
class Aspect:
    """One way to differ. `numbers` is the field of the account that names the rows."""

    id: str
    numbers: str
    catches: str
    wrong: str
    right: str
    cause: str
    next_step: str


COMPLETE = Aspect(
    "complete",
    "lost",
    "acknowledged rows that did not come back",
    "{count} of {owed} owed rows lost",
    "all {owed} owed rows present",
    "the backup did not hold these rows, or the restore stopped or skipped before them",
    "read what the restore said on its error stream, then look for the ids in the backup itself",
)
UNALTERED = Aspect(
    "unaltered",
    "altered",
    "rows that came back with other contents",
    "{count} of {present} rows altered",
    "all {present} rows as they were written",
    "the rows were changed between their acknowledgement and now, or damaged in the backup",
    "compare one of the rows with the same row in the backup: that tells which side changed it",
)
UNDUPLICATED = Aspect(
    "unduplicated",
    "duplicated",
    "rows that came back twice",
    "{count} of {present} rows there more than once",
    "each of {present} rows there once",
    "rows were restored twice, and no primary key was in place to refuse them",
    "restore into an empty database, and see that the primary key came back",
)
IN_ORDER = Aspect(
    "in_order",
    "reordered",
    "rows under each other's ids",
    "{count} of {present} rows hold the contents of another",
    "all {present} rows under their own ids",
    "the rows were loaded without their ids, or in another order than they were numbered",
    "restore the id column with the rows instead of letting the database number them",
)
NOTHING_UNEXPECTED = Aspect(
    "nothing_unexpected",
    "unexpected",
    "rows that nobody was acknowledged for",
    "{count} beside the {present} rows that were written",
    "nothing beside the {present} rows that were written",
    "the target was not empty, someone wrote to it, or the backup is of another database",
    "find out who wrote these ids, and restore into an empty database",
)
ASPECTS = (COMPLETE, UNALTERED, UNDUPLICATED, IN_ORDER, NOTHING_UNEXPECTED)


@dataclass(frozen=True, slots=True)
class TableAccount:
    """A table's account with what it takes to say it: of rows that the server made, the keys of
    the first by number, and those of all that differ.
    """

    account: Account
    is_absent: bool
    names: dict[int, str] = field(default_factory=dict)
    keys: NamedKeys | None = None

    @property
    def present(self) -> int:
        """How many of the rows that may be there are there."""
        a = self.account
        return a.owed - len(a.lost) + len(a.survived) + len(a.recovered)

    def count(self, aspect: Aspect) -> int:
        """Return how many rows differ in this way."""
        unnumbered = self.account.unnumbered if aspect is NOTHING_UNEXPECTED else 0
        return len(self.numbers(aspect)) + unnumbered

    def numbers(self, aspect: Aspect) -> Numbers:
        """Return the rows that differ in this way."""
        numbers = getattr(self.account, aspect.numbers)
        assert isinstance(numbers, Numbers)
        return numbers

    def examples(self, aspect: Aspect) -> tuple[str, ...]:
        """Return the ids of the first rows that differ in this way."""
        first = islice(self.numbers(aspect), EXAMPLES_AT_MOST)
        if self.keys is None:
            return tuple(map(str, first))
        named_first = [self.names.get(number, f"row {number}") for number in first]
        if aspect is NOTHING_UNEXPECTED:
            led = f"{aspect.numbers} "
            named_first += [
                line.partition(": ")[2] for line in self.keys.lines if line.startswith(led)
            ][:EXAMPLES_AT_MOST]
        return tuple(named_first)

    def wrong(self, aspect: Aspect) -> str:
        """Say how many rows differ in this way, and which."""
        count = self.count(aspect)
        said = self._filled(aspect.wrong, count)
        if self.is_absent:
            return f"{said} (the table does not exist)"
        if self.keys is None and count > len(self.numbers(aspect)):
            said += f", {count - len(self.numbers(aspect))} of them without an id"
        noun = "id" if self.keys is None else "key"
        return said + named(noun if count == 1 else f"{noun}s", list(self.examples(aspect)), count)

    def right(self, aspect: Aspect) -> str:
        """Say that no row differs in this way."""
        return self._filled(aspect.right, 0)

    def allowed(self) -> str:
        """Say what became of the rows that were not owed; begins with a semicolon."""
        kinds = (
            (self.account.gone, "at-risk rows gone, as the backup allows"),
            (self.account.survived, "at-risk rows survived"),
            (self.account.recovered, "unacknowledged rows recovered"),
        )
        return "".join(f"; {len(numbers)} {what}" for numbers, what in kinds if numbers)

    def counts(self) -> dict[str, int]:
        """Return the counts that a finding carries."""
        named_counts = {aspect.numbers: self.count(aspect) for aspect in ASPECTS}
        kept = {
            kind: len(getattr(self.account, kind)) for kind in ("gone", "survived", "recovered")
        }
        return {"owed": self.account.owed, **named_counts, **kept}

    def _filled(self, text: str, count: int) -> str:
        return text.format(count=count, owed=self.account.owed, present=self.present)


def account_of(case: Case, table: str) -> TableAccount:
    """Return a table's account, of a table that nothing was written to as well.

    Raises: NotApplicable: there is no such table, and nothing of it is owed. Unread: it was not
    read.
    """
    account = _accounts.account_of(case, table)
    seen = case.after[LedgerRows]
    is_absent = table in seen.absent
    if is_absent and not account.owed:
        raise NotApplicable(f"{table}: the table does not exist, and no row of it is owed")
    if seen.scans[table].remade is None:
        return TableAccount(account, is_absent)
    keys = seen.named.get(table, NamedKeys())
    return TableAccount(account, is_absent, seen.scans[table].names, keys)

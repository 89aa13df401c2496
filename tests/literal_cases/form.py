"""What is said of a check by hand, and how its cases are made."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from ours import our_case

from harness.core.case import Case, Objectives
from harness.core.history import History
from harness.core.ledger import Ledger
from harness.core.observation import Observations


@dataclass(frozen=True, slots=True)
class Literal:
    """The three cases of one check.

    `fails` must fail; `alarm` is what the finding says then, `counts` how much, and `names` the
    examples that it gives. `holds` is the near miss: it looks like a failure `because` of
    something that is legal, and `all_clear` is what the finding says. Of the near miss every
    observation is needed: where one could not be read, the check is UNVERIFIED. A check that
    needs none has an `unread` case, or else a sentence that says why there can be none.
    """

    fails: Case
    alarm: str
    holds: Case
    because: str
    all_clear: str
    counts: dict[str, int] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    unread: Case | str | None = None


def case(
    *after: object,
    before: tuple[object, ...] = (),
    written: Ledger | None = None,
    history: History | None = None,
    objectives: Objectives | None = None,
    failure: str = "",
) -> Case:
    """Return a case in which this was seen, at the end and at the backup."""
    made = our_case(
        written or Ledger(7),
        history or History(),
        Observations(),
        Observations(),
        objectives or Objectives(),
        failure=failure,
    )
    for observation in before:
        made.before.put(observation)
    for observation in after:
        made.after.put(observation)
    return made


def unread_one_by_one(whole: Case, reason: str) -> Iterator[Case]:
    """Yield the case without each of its observations in turn, for that reason."""
    for seen in whole.before.seen():
        yield replace(whole, before=_without(whole.before, type(seen), reason))
    for seen in whole.after.seen():
        yield replace(whole, after=_without(whole.after, type(seen), reason))


def _without(seen: Observations, kind: type, reason: str) -> Observations:
    others = Observations()
    others.update(seen)
    others.put_unread(kind, reason)
    return others

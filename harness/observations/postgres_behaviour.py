"""What PostgreSQL did when things were tried at the end of the drill, some at the backup too."""

from dataclasses import dataclass, field
from enum import StrEnum

READ_ONLY = "25006"
"""The SQLSTATE of a write in a transaction that only reads; nextval counts as one."""

LEFT_ALONE = "left alone"
"""In the place of a SQLSTATE: not called, as it reaches out of its transaction."""


class Answer(StrEnum):
    """What came of an attempt. Refused is a refusal by privilege or by rule; broken is any other
    error, which proves nothing about either.
    """

    ALLOWED = "allowed"
    REFUSED = "refused"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Tried:
    """A verb (an SQL command's name) tried by a role. `said` is the error's SQLSTATE, if any."""

    role: str
    verb: str
    answer: Answer
    said: str = ""


@dataclass(frozen=True, slots=True)
class NextKey:
    """The key that the next row of a table would get. `said` is the error's SQLSTATE, if any.

    `is_beyond` tells that no row had this key or one further on; None where it was not asked.
    """

    sequence: str
    column: str
    is_free: bool
    said: str = ""
    is_beyond: bool | None = None


@dataclass(frozen=True, slots=True)
class TenantView:
    """What a tenant sees of a table under row-level security; tenant None has no token at all.

    `own` of `own_expected` rows, and `foreign` ones. `said` is the error's SQLSTATE, if any.
    """

    table: str
    tenant: int | str | None
    own_expected: int
    own: int
    foreign: int
    said: str = ""


@dataclass(frozen=True, slots=True)
class AppendOnly:
    """What an append-only table answered to `changes` (UPDATE, DELETE and TRUNCATE by each role)
    and to the `insert` of a row by its writer; None of both when there is no such table.
    """

    changes: tuple[Tried, ...] | None = None
    insert: Tried | None = None


@dataclass(frozen=True, slots=True)
class Behaviour:
    """Everything that was tried, and rolled back.

    At the backup `next_keys` are foreseen, not drawn, functions that would write say READ_ONLY,
    and the rest is not tried.

    `append_only` holds what each append-only table answered, by its name in the ledger; of an older
    release `changes` and `insert` are what the one table that it tried answered.
    `logins` maps roles that must log in to why they could not, empty when they could. `functions`
    maps functions to the SQLSTATE of a call that could not even be carried out, empty when it was,
    or to LEFT_ALONE.
    """

    changes: tuple[Tried, ...] | None = None
    insert: Tried | None = None
    next_keys: tuple[NextKey, ...] = ()
    tenants: tuple[TenantView, ...] = ()
    logins: dict[str, str] = field(default_factory=dict)
    functions: dict[str, str] = field(default_factory=dict)
    append_only: dict[str, AppendOnly] = field(default_factory=dict)

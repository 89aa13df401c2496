"""A finding is what one check concludes, in counts over a denominator."""

from dataclasses import dataclass, field

from harness.core.verdict import Verdict

EXAMPLES_AT_MOST = 10

ROWS = "rows"
"""The folder of the files that name rows, beside the evidence."""

KEYS_AT_MOST = 1_000
"""So many rows are named one by one in the evidence; more are named in a file beside it."""


@dataclass(frozen=True, slots=True)
class NamedKeys:
    """Rows by keys that are no running numbers: how many, and each in a line, as in
    `lost public.parts: abc`. Of more than KEYS_AT_MOST there are no lines, but the SHA-256 of the
    file that has them, `rows_file` of the check, beside the evidence.
    """

    count: int = 0
    lines: tuple[str, ...] = ()
    sha256: str = ""


def rows_file(check: str) -> str:
    """Return where a check's rows are named that are too many for the evidence, beside it."""
    return f"{ROWS}/{check}.txt"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found.

    `summary` is one sentence that counts over a denominator and names at most ten examples, as in
    `audit_log: 3 of 10000 owed rows lost (ids 17, 4711, 9999)`. `examples` holds keys and object
    names, never row contents. `cause` and `next_step` are for a failure: what most likely
    happened, and what to do about it. `rows` names every row that differs, however many, by the
    kind of difference, in ranges of numbers: `{"lost": ((17, 17), (4711, 4720))}`.
    """

    check: str
    store: str
    verdict: Verdict
    summary: str
    expected: str = ""
    actual: str = ""
    examples: tuple[str, ...] = ()
    counts: dict[str, int] = field(default_factory=dict)
    cause: str = ""
    next_step: str = ""
    rows: dict[str, tuple[tuple[int, int], ...]] = field(default_factory=dict)
    keys: NamedKeys = field(default_factory=NamedKeys)


def named(noun: str, names: list[str], total: int | None = None) -> str:
    """Return ` (noun a, b, c and 7 more)`, at most ten names; nothing for no names.

    An empty noun is left out. `total` is how many there are when only the first few were kept.
    """
    if not names:
        return ""
    shown = names[:EXAMPLES_AT_MOST]
    more = (len(names) if total is None else total) - len(shown)
    lead = f"{noun} " if noun else ""
    return f" ({lead}{', '.join(shown)}" + (f" and {more} more)" if more > 0 else ")")


def counted(number: int, noun: str) -> str:
    """Return `1 row`, or `17 rows`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"

r"""Rows as a pure function of (random, table, number): made once to seed, again to judge.

A row's canonical text is its columns as PostgreSQL prints them, joined by tabs, NULL as `\N`
(DateStyle ISO, TimeZone UTC). Its digest is that text's fingerprint, which the server computes too.

No two rows share a text. Of those that are made here, none has a tab in a value, NULL in a column
that is not nullable, or `\N` for a text. The server gives a row that does (it was damaged, or is
not ours) another text, of more tabs than those: `harness.probes._row_digest`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from hashlib import shake_128

from harness.platform import vault

TENANTS = 4
"""Tenants are numbered from 1; row n of any table belongs to one of them."""

_HEX_A_ROW = 32
_ROWS_A_BLOCK = 64
_ROWS_A_SECOND = 20
_EPOCH_DAY = 20_454  # 2026-01-01, in days since 1970
_ACTIONS = ("contact.created", "contact.updated", "credential.read", "session.opened")
_NAMES = ("Ada", "Björn", "Chidi", "Dolores", "Emiliano", "Fatima", "Grace", "Håkon")
_FAMILIES = ("O'Neill", "Lovelace", "Núñez", "Öztürk", "de la Cruz", "Ng", "Sørensen", "Tanaka")
_WHO = tuple(
    f"{x % TENANTS + 1}\tuser-{x % 97}\t{_ACTIONS[x // 7 % len(_ACTIONS)]}" for x in range(256)
)
_MICROSECONDS = tuple(f"{k * 50_000 + 1:06d}+00" for k in range(_ROWS_A_SECOND))


@dataclass(frozen=True, slots=True)
class RowSource:
    """A ledger table: where it lives, its columns in order (the key first), and its rows.

    `lines(random, first, last)` returns the canonical text of the rows `first` to `last`, both
    included, in order. `keyed` tells whether that text begins with the key. `texts` are the columns
    whose values may hold any character, and `nullable` those of them that may be NULL.
    """

    table: str
    relation: str
    columns: tuple[str, ...]
    lines: Callable[[int, int, int], list[str]]
    keyed: bool = True
    texts: tuple[str, ...] = ()
    nullable: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The column that holds the row's number."""
        return self.columns[0]

    def bodies(self, lines: Sequence[str]) -> list[str]:
        """Return each line without its key: what must not turn up under another number."""
        return [line.partition("\t")[2] for line in lines] if self.keyed else list(lines)


def _noise(random: int, table: str, first: int, last: int) -> list[str]:
    """Return 32 hexadecimal digits for each row, drawn in blocks: one hash call for 64 rows."""
    noise: list[str] = []
    for block in range(first // _ROWS_A_BLOCK, last // _ROWS_A_BLOCK + 1):
        digits = shake_128(b"%d:%s:%d" % (random, table.encode(), block)).hexdigest(
            _HEX_A_ROW // 2 * _ROWS_A_BLOCK
        )
        low = max(first - block * _ROWS_A_BLOCK, 0)
        high = min(last - block * _ROWS_A_BLOCK + 1, _ROWS_A_BLOCK)
        noise += [digits[at * _HEX_A_ROW : (at + 1) * _HEX_A_ROW] for at in range(low, high)]
    return noise


def _second(second: int) -> str:
    """Return the text of a second since 2026-01-01 UTC, as PostgreSQL prints it, with a point."""
    day, rest = divmod(second, 86_400)
    hour, rest = divmod(rest, 3_600)
    minute, rest = divmod(rest, 60)
    return f"{_date(day)} {hour:02d}:{minute:02d}:{rest:02d}."


def _date(day: int) -> str:
    # Civil date from a day count: Howard Hinnant's algorithm, for days after 1970.
    z = day + _EPOCH_DAY + 719_468
    era, doe = divmod(z, 146_097)
    yoe = (doe - doe // 1_460 + doe // 36_524 - doe // 146_096) // 365
    doy = doe - (365 * yoe + yoe // 4 - yoe // 100)
    mp = (5 * doy + 2) // 153
    month = mp + 3 if mp < 10 else mp - 9
    year = yoe + era * 400 + (month <= 2)
    return f"{year:04d}-{month:02d}-{doy - (153 * mp + 2) // 5 + 1:02d}"


def _audit_lines(random: int, first: int, last: int) -> list[str]:
    lines: list[str] = []
    this_second = -1
    stamp = ""
    for number, noise in enumerate(_noise(random, "audit_log", first, last), first):
        second, tick = divmod(number, _ROWS_A_SECOND)
        if second != this_second:
            this_second = second
            stamp = _second(second)
        drawn = int(noise[:6], 16)
        lines.append(
            f"{number}\t{_WHO[drawn & 255]}\tcontact\t{drawn >> 8}\t{stamp}{_MICROSECONDS[tick]}"
            f'\t{{"request": "{noise}"}}'
        )
    return lines


def _contact_lines(random: int, first: int, last: int) -> list[str]:
    lines: list[str] = []
    for number, noise in enumerate(_noise(random, "contacts", first, last), first):
        drawn = int(noise[:8], 16)
        name = f"{_NAMES[drawn % 8]} {_FAMILIES[drawn // 8 % 8]}"
        kind = ("person", "company", "team")[drawn // 64 % 3]
        phone = f"+{drawn % 90 + 10} {noise[9:15]}" if drawn // 192 % 4 else r"\N"
        uuid = f"{noise[:8]}-{noise[8:12]}-{noise[12:16]}-{noise[16:20]}-{noise[20:]}"
        lines.append(
            f"{number}\t{uuid}\t{number % TENANTS + 1}\t{name}\tcontact-{number}@example.org"
            f"\t{phone}\t{kind}\t"
            f'{{"note": "{noise[:6]}", "score": {drawn % 1000}}}'
            f"\t1\t{_second(number)}000001+00"
        )
    return lines


def _credential_lines(random: int, first: int, last: int) -> list[str]:
    lines: list[str] = []
    for number in range(first, last + 1):
        sealed = vault.seal(random, number)
        lines.append(
            f"{number}\t{number % TENANTS + 1}\tservice-{number}\t{sealed}"
            f"\t{_second(number)}000001+00"
        )
    return lines


@dataclass(frozen=True, slots=True)
class Message:
    """An event as it is published: `message_id` goes into the header Nats-Msg-Id."""

    subject: str
    message_id: str
    trace: str
    payload: str

    @property
    def line(self) -> str:
        """Its canonical text."""
        return f"{self.subject}\t{self.message_id}\t{self.trace}\t{self.payload}"


def messages(random: int, first: int, last: int, subject: str = "") -> list[Message]:
    """Return the events `first` to `last`, both included, in order; `subject` is that of another
    platform's, over `{n}`.
    """
    made: list[Message] = []
    for number, noise in enumerate(_noise(random, "events", first, last), first):
        drawn = int(noise[:6], 16)
        action = _ACTIONS[drawn % len(_ACTIONS)]
        made.append(
            Message(
                subject=subject.replace("{n}", str(number))
                or f"events.{number % TENANTS + 1}.{action}",
                message_id=f"events-{number}",
                trace=noise[8:24],
                payload=f'{{"event": {number}, "action": "{action}", "noise": "{noise}"}}',
            )
        )
    return made


def _event_lines(random: int, first: int, last: int) -> list[str]:
    return [message.line for message in messages(random, first, last)]


AUDIT_LOG = RowSource(
    "audit_log",
    "public.audit_log",
    ("id", "tenant_id", "actor", "action", "entity", "entity_id", "occurred_at", "detail"),
    _audit_lines,
    texts=("actor", "action", "entity"),
)
CONTACTS = RowSource(
    "contacts",
    "public.contacts",
    (
        "number",
        "id",
        "tenant_id",
        "full_name",
        "email",
        "phone",
        "kind",
        "attributes",
        "version",
        "created_at",
    ),
    _contact_lines,
    texts=("full_name", "email", "phone", "kind"),
    nullable=("phone",),
)
CREDENTIALS = RowSource(
    "credentials",
    "vault.credentials",
    ("id", "tenant_id", "name", "sealed", "created_at"),
    _credential_lines,
    texts=("name", "sealed"),
)
EVENTS = RowSource("events", "EVENTS", ("number", "subject", "payload"), _event_lines, keyed=False)


def events_about(subject: str) -> RowSource:
    """Return the events as they are published under another platform's subject, over `{n}`."""

    def lines(random: int, first: int, last: int) -> list[str]:
        return [message.line for message in messages(random, first, last, subject)]

    return replace(EVENTS, lines=lines)


SOURCES = {source.table: source for source in (CONTACTS, CREDENTIALS, AUDIT_LOG, EVENTS)}
"""The ledger tables, in the order they are seeded."""

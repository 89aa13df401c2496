"""Made Open's rows and messages: pure functions of (random, number), made to seed and to judge."""

from harness.platform.rows import MESSAGES_TABLE, Message, RowSource, event_source, noise_of
from harness.platforms.made_open import vault

TENANTS = 4
"""Tenants are numbered from 1; row n of any table belongs to one of them."""

_ROWS_A_SECOND = 20
_EPOCH_DAY = 20_454  # 2026-01-01, in days since 1970
_ACTIONS = ("contact.created", "contact.updated", "credential.read", "session.opened")
_NAMES = ("Ada", "Björn", "Chidi", "Dolores", "Emiliano", "Fatima", "Grace", "Håkon")
_FAMILIES = ("O'Neill", "Lovelace", "Núñez", "Öztürk", "de la Cruz", "Ng", "Sørensen", "Tanaka")
_WHO = tuple(
    f"{x % TENANTS + 1}\tuser-{x % 97}\t{_ACTIONS[x // 7 % len(_ACTIONS)]}" for x in range(256)
)
_MICROSECONDS = tuple(f"{k * 50_000 + 1:06d}+00" for k in range(_ROWS_A_SECOND))


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
    for number, noise in enumerate(noise_of(random, "audit_log", first, last), first):
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
    for number, noise in enumerate(noise_of(random, "contacts", first, last), first):
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


def messages(random: int, first: int, last: int) -> list[Message]:
    """Return the events `first` to `last`, both included, in order."""
    made: list[Message] = []
    for number, noise in enumerate(noise_of(random, MESSAGES_TABLE, first, last), first):
        drawn = int(noise[:6], 16)
        action = _ACTIONS[drawn % len(_ACTIONS)]
        made.append(
            Message(
                subject=f"events.{number % TENANTS + 1}.{action}",
                message_id=f"{MESSAGES_TABLE}-{number}",
                trace=noise[8:24],
                payload=f'{{"event": {number}, "action": "{action}", "noise": "{noise}"}}',
            )
        )
    return made


AUDIT_LOG = RowSource(
    "audit_log",
    "public.audit_log",
    ("id", "tenant_id", "actor", "action", "entity", "entity_id", "occurred_at", "detail"),
    _audit_lines,
    texts=("actor", "action", "entity"),
    row_bytes=460,
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
    row_bytes=3_600,
)
CREDENTIALS = RowSource(
    "credentials",
    "vault.credentials",
    ("id", "tenant_id", "name", "sealed", "created_at"),
    _credential_lines,
    texts=("name", "sealed"),
    row_bytes=1_000,
)

SOURCES = (CONTACTS, CREDENTIALS, AUDIT_LOG, event_source("EVENTS", messages))
"""The ledger's tables and messages."""

MESSAGES = messages
"""What makes the messages that a drill publishes."""

"""What came of the checks that a scenario brings."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class OwnAnswer:
    """`value` is the exit status, the HTTP status, or the SQL value as PostgreSQL prints it, and
    None where there was none. `said` tells why there was none, or else the last lines that a
    command printed. `unread` is why it could not be asked, empty where it could.
    """

    value: str | None = None
    said: str = ""
    unread: str = ""


@dataclass(frozen=True, slots=True)
class OwnAnswers:
    """The answers by the checks' ids."""

    answers: dict[str, OwnAnswer] = field(default_factory=dict)

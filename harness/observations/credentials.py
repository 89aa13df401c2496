"""What became of the credentials when they were opened with the key in the hub's volume."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Credentials:
    """Numbers of the credentials that were tried, in ascending order.

    `tried` counts those that the ledger knows. `unopened`: the key does not open them, or there
    is no key. `wrong`: they open to another secret than was sealed.
    """

    key_present: bool
    tried: int
    unopened: list[int] = field(default_factory=list)
    wrong: list[int] = field(default_factory=list)

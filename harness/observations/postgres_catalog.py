"""What the catalogs hold: every object with its definition, every sequence with its state."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SequenceState:
    """Where a sequence stands. `furthest_key` is the key it must not give again: the greatest in
    the column that owns it (the least, when it descends); None for no rows or no such column.
    """

    last_value: int
    is_called: bool
    increment: int
    furthest_key: int | None = None

    @property
    def next_value(self) -> int:
        """The value it gives next."""
        return self.last_value + self.increment if self.is_called else self.last_value


@dataclass(frozen=True, slots=True)
class Catalog:
    """Every object of the user's: kind → name → definition; and sequence → state."""

    objects: dict[str, dict[str, str]] = field(default_factory=dict)
    sequence_states: dict[str, SequenceState] = field(default_factory=dict)

"""What probes saw: plain data by type, and for what could not be read, the reason."""

from collections.abc import Iterator
from typing import TypeVar

from harness.core.errors import Unread

Seen = TypeVar("Seen")


class Observations:
    """Observations by their type. Asking for one that was not made raises its reason."""

    def __init__(self) -> None:
        self._seen: dict[type, object] = {}
        self._unread: dict[type, str] = {}

    def put(self, observation: object) -> None:
        """Keep an observation under its own type, in place of an earlier one."""
        self._seen[type(observation)] = observation
        self._unread.pop(type(observation), None)

    def put_unread(self, kind: type, reason: str) -> None:
        """Keep the reason why an observation of this type could not be made."""
        self._unread[kind] = reason
        self._seen.pop(kind, None)

    def __getitem__(self, kind: type[Seen]) -> Seen:
        """Return the observation of this type. Raises: Unread: it was not made; with its reason."""
        found = self._seen.get(kind)
        if isinstance(found, kind):
            return found
        raise Unread(self._unread.get(kind, "what it judges was not observed"))

    def get(self, kind: type[Seen]) -> Seen | None:
        """Return the observation of this type, or None."""
        found = self._seen.get(kind)
        return found if isinstance(found, kind) else None

    def seen(self) -> Iterator[object]:
        """Yield the observations in the order they were made."""
        yield from self._seen.values()

    def unread(self) -> Iterator[tuple[type, str]]:
        """Yield each type that could not be read, with the reason."""
        yield from self._unread.items()

    def update(self, other: "Observations") -> None:
        """Take over everything the other holds, in place of what was there."""
        for observation in other.seen():
            self.put(observation)
        for kind, reason in other.unread():
            self.put_unread(kind, reason)

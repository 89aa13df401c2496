"""The list of a folder's kinds: one file and one line each, nothing twice, nothing forgotten."""

import pkgutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import ModuleType
from typing import Generic, Protocol, TypeVar


class Named(Protocol):
    """Anything with an id of its own."""

    @property
    def id(self) -> str:
        """The name scenarios and reports use."""


N = TypeVar("N", bound=Named)


class Registry(Mapping[str, N], Generic[N]):
    """Kinds by id, in the order of the list.

    Raises: ValueError: two kinds share an id, or a module of the folder is not in the list.
    """

    def __init__(
        self, package: str, path: Iterable[str], modules: Sequence[ModuleType], kinds: Iterable[N]
    ) -> None:
        self._kinds: dict[str, N] = {}
        for kind in kinds:
            if kind.id in self._kinds:
                raise ValueError(f"{package}: two kinds are named {kind.id!r}")
            self._kinds[kind.id] = kind
        listed = {module.__name__.rpartition(".")[2] for module in modules}
        found = {m.name for m in pkgutil.iter_modules(path) if not m.name.startswith("_")}
        if forgotten := sorted(found - listed):
            raise ValueError(f"{package}: not in the list: {', '.join(forgotten)}")

    def __getitem__(self, kind_id: str) -> N:
        return self._kinds[kind_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._kinds)

    def __len__(self) -> int:
        return len(self._kinds)

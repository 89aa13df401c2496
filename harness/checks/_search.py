"""What the checks of search share: what is the same, and whether anything was brought back."""

import json
from collections.abc import Mapping
from typing import Any

from harness.checks._cold import came_back_cold
from harness.core.history import History

_UNORDERED = frozenset(
    {
        *("filterableAttributes", "sortableAttributes", "stopWords", "dictionary"),
        *("separatorTokens", "nonSeparatorTokens", "disableOnWords", "disableOnAttributes"),
        *("synonyms", "actions", "indexes"),
    }
)
"""Settings and fields whose lists of words have no order, nor those within them."""


def is_kept(history: History) -> bool:
    """Tell whether the engine's own data was promised: backed up, and brought back or not lost."""
    backed_up = any(artefact.store == "meilisearch" for artefact in history.artefacts)
    return backed_up and not came_back_cold(history, "meilisearch")


def tally(number: int, total: int, nouns: tuple[str, str], *, unlike: bool = False) -> str:
    """Return `1 of 3 keys is as it was`, or `2 of 3 keys are not as they were`.

    The nouns are one's and several's.
    """
    verb, was = ("is", "it was") if number == 1 else ("are", "they were")
    noun = nouns[total != 1]
    return f"{number} of {total} {noun} {verb} {'not as' if unlike else 'as'} {was}"


def with_lost(number: int, total: int, nouns: tuple[str, str]) -> str:
    """Return the same of those that are left in an engine that promised none of the others."""
    if number == total:
        return tally(number, total, nouns)
    left = (
        tally(number, total, nouns) if number else f"none of {total} {nouns[total != 1]} is there"
    )
    return f"{left}; not promised: {total - number} went with the engine"


def canonical(value: Any) -> str:
    """Return settings, or a key's fields, in one way of writing them."""
    return json.dumps(_ordered("", value), sort_keys=True)


def differences(was: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Return what was and what is, by name, wherever that differs; None where there is none."""
    return {
        name: (was.get(name), now.get(name))
        for name in was.keys() | now.keys()
        if canonical({name: was.get(name)}) != canonical({name: now.get(name)})
    }


def _ordered(name: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        return {
            key: _ordered(name if name in _UNORDERED else key, inner)
            for key, inner in value.items()
        }
    if isinstance(value, list | tuple):
        members = [_ordered(name, member) for member in value]
        has_order = name not in _UNORDERED or not all(isinstance(m, str) for m in members)
        return members if has_order else sorted(members)
    return value

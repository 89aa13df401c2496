"""Whether a store came back empty: lost and not restored, or restored from no backup at all."""

from harness.core.history import History


def came_back_cold(history: History, store: str) -> bool:
    """Tell whether nobody brought back what the store held before it was struck."""
    struck, restored = history.struck(store), history.restored(store)
    if restored is None:
        return struck is not None
    lost_again = struck is not None and struck.begun_seconds > restored.ended_seconds
    return restored.method == "none" or lost_again

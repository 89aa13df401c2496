"""Whether a store came back empty: lost and not restored, or restored from no backup at all."""

from harness.core.history import History, Takes


def came_back_cold(history: History, store: str) -> bool:
    """Tell whether nobody brought back what the store held before it was struck or emptied."""
    lost_seconds = [
        d.begun_seconds for d in history.disasters if d.store == store and d.takes is Takes.VOLUME
    ]
    lost_seconds += [e.at_seconds for e in history.emptied if e.store == store]
    restored = history.restored(store)
    if restored is None:
        return bool(lost_seconds)
    return restored.method == "none" or max(lost_seconds, default=0.0) > restored.ended_seconds

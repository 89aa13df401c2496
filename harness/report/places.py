"""Where in its scenario file a trouble has its place: the line of the step, or of the key, that it
comes from; the first line where neither is known.
"""

import re
from collections.abc import Callable

from harness.core.evidence import Evidence
from harness.core.finding import Finding
from harness.core.history import History, StepRecord

TOP = 1

_OBJECTIVES = ("rto", "rpo")


def of_step(history: History, is_it: Callable[[StepRecord], bool]) -> int:
    """Return the line of the last step that it is."""
    return next((step.line for step in reversed(history.steps) if is_it(step)), TOP)


def of_title(history: History, title: str) -> int:
    """Return the line of the last step of that title."""
    return of_step(history, lambda step: step.title == title)


def of_artefact(history: History, backup: str, store: str) -> int:
    """Return the line of the step that damaged a backup on purpose, or else of the one that took
    it.
    """

    def damaged(step: StepRecord) -> bool:
        is_of_it = step.title.startswith(f"damage {backup}:")
        return step.verb == "damage" and is_of_it and store in step.stores

    found = of_step(history, damaged)
    return found if found != TOP else of_title(history, f"backup {backup}")


def of_restore(history: History, store: str) -> int:
    """Return the line of the last step that restored a store."""
    return of_step(history, lambda step: step.verb == "restore" and store in step.stores)


def of_strike(history: History, store: str) -> int:
    """Return the line of the step that last took a store's data."""
    return of_step(history, lambda step: store in step.strikes)


def of_finding(evidence: Evidence, finding: Finding) -> int:
    """Return the line that a finding speaks of: its objective, its store's last restore, or what
    struck a store that was never restored.
    """
    if finding.check in _OBJECTIVES:
        return of_key(evidence, "objectives")
    found = of_restore(evidence.history, finding.store)
    return found if found != TOP else of_strike(evidence.history, finding.store)


def of_key(evidence: Evidence, key: str) -> int:
    """Return the line of a key of the scenario."""
    found = re.search(rf"^{key}\s*:", evidence.scenario.text, re.MULTILINE)
    return evidence.scenario.text.count("\n", 0, found.start()) + 1 if found else TOP

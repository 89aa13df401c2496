"""What was so at the backup excuses what is so now; where that look failed, nothing is known."""

from typing import TypeVar

from harness.core.case import Case
from harness.core.errors import Unread

Seen = TypeVar("Seen")


def earlier(case: Case, nothing: Seen, *, matters: bool) -> Seen:
    """Return what was seen at the backup, or `nothing` where nobody looked then.

    Raises: Unread: somebody did and could not read it, and it matters.
    """
    kind = type(nothing)
    seen = case.before.get(kind)
    reason = dict(case.before.unread()).get(kind)
    if matters and reason is not None:
        raise Unread(f"whether it was so at the backup is unknown: {reason}")
    return nothing if seen is None else seen

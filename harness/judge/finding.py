"""Make one check on a case; what is missing, unread or broken is UNVERIFIED."""

from harness.core.case import Case, NotApplicable
from harness.core.check import Check
from harness.core.errors import Unread, in_words
from harness.core.finding import Finding


def find(check: Check, case: Case) -> Finding:
    """Return one check's finding.

    Raises: NotApplicable: this drill gives it nothing to judge.
    """
    if check.store in case.missing:
        return check.unverified(case.missing[check.store])
    try:
        return check.judge(check, case)
    except NotApplicable:
        raise
    except Unread as reason:
        return check.unverified(str(reason))
    except Exception as error:  # noqa: BLE001 - a check that breaks has verified nothing
        return check.unverified(f"the check itself broke: {in_words(error)}")

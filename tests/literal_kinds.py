"""Kinds for scenarios in tests: the guide's methods and fault, and three checks by name only."""

from harness.backups import METHODS
from harness.core.case import Case
from harness.core.check import Check
from harness.core.finding import Finding
from harness.faults import FAULTS
from harness.offsite import OFFSITE
from harness.scenario.kinds import Kinds


def _holds(check: Check, case: Case) -> Finding:  # noqa: ARG001 - it never looks
    return check.passed("nothing was looked at")


KINDS = Kinds(
    methods={id_: METHODS[id_] for id_ in ("pg_dump", "volume", "none")},
    faults={"lose_volume": FAULTS["lose_volume"]},
    checks={
        id_: Check(id_, "platform", "nothing", _holds)
        for id_ in ("audit_log_complete", "rto", "table_rows")
    },
    offsite={id_: OFFSITE[id_] for id_ in ("directory", "s3")},
)

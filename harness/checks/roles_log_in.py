"""Check that every program of the platform can log in, and that its functions can be called."""

from harness.core.case import Case, NotApplicable
from harness.core.check import Check
from harness.core.errors import Unread
from harness.core.finding import EXAMPLES_AT_MOST, Finding, named
from harness.observations.postgres_behaviour import Behaviour

_UNFINISHED = "57014"
# Only SQL that a function puts together while it runs has bad syntax: NULL stood for a part of it.
_NO_LOSS = ("", _UNFINISHED, "42601")


def _log_in(check: Check, case: Case) -> Finding:
    logins = case.after[Behaviour].logins
    if not logins:
        raise Unread("no role tried to log in")
    refused = {role: said for role, said in logins.items() if said}
    counts = {"roles": len(logins), "refused": len(refused)}
    if not refused:
        return check.passed(f"roles: all {len(logins)} log in", counts=counts)
    return check.failed(
        f"roles: {len(refused)} of {len(logins)} cannot log in" + named("namely", list(refused)),
        expected=f"{', '.join(logins)} log in with their passwords",
        actual="\n".join(f"{role}: {said}" for role, said in refused.items()),
        examples=tuple(refused)[:EXAMPLES_AT_MOST],
        counts=counts,
        cause="roles and passwords belong to the cluster: no dump of a database holds them",
        next_step="back up the roles too (pg_dumpall --globals-only) and restore them first",
    )


def _call(check: Check, case: Case) -> Finding:
    functions = case.after[Behaviour].functions
    if not functions:
        raise NotApplicable("the database has no functions that a query can call")
    before = (case.before.get(Behaviour) or Behaviour()).functions
    failed = {name: said for name, said in functions.items() if said not in _NO_LOSS}
    broken = {name: said for name, said in failed.items() if before.get(name) != said}
    unfinished = sum(said == _UNFINISHED for said in functions.values())
    as_before = len(failed) - len(broken)
    counts = {"functions": len(functions), "broken": len(broken)}
    counts |= {"as_before": as_before, "unfinished": unfinished}
    if len(functions) == unfinished:
        raise Unread(f"none of {unfinished} functions came to an end in its time")
    if not broken:
        exempt = f", but {as_before} that failed at the backup too" if as_before else ""
        unknown = f"; {unfinished} came to no end in their time" if unfinished else ""
        return check.passed(
            f"functions: all {len(functions) - unfinished} can be called{exempt}{unknown}",
            counts=counts,
        )
    return check.failed(
        f"functions: {len(broken)} of {len(functions)} break when called"
        + named("namely", list(broken)),
        expected="each can be called that could be at the backup",
        actual="\n".join(f"{name}: SQLSTATE {said}" for name, said in broken.items()),
        examples=tuple(broken)[:EXAMPLES_AT_MOST],
        counts=counts,
        cause="what a function uses did not come back, or its search_path is not what it was",
        next_step="call the function by hand and create what it misses",
    )


CHECKS = (
    Check("roles_log_in", "postgres", "roles that were not restored", _log_in),
    Check("functions_callable", "postgres", "functions that broke in the restore", _call),
)

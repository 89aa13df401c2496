"""Check that every program of the platform can log in, and that its functions can be called."""

from harness.checks._earlier import earlier
from harness.core.case import Case, NotApplicable
from harness.core.check import Check
from harness.core.errors import Unread
from harness.core.finding import EXAMPLES_AT_MOST, Finding, counted, named
from harness.observations.postgres_behaviour import LEFT_ALONE, READ_ONLY, Behaviour

_UNFINISHED = "57014"
# Only SQL that a function puts together while it runs has bad syntax: NULL stood for a part of it.
_BAD_SYNTAX = "42601"
_NOT_CALLED = ("", LEFT_ALONE)
# What says nothing of how the call would have ended: the last is a lock that others held.
_NO_ANSWER = (READ_ONLY, LEFT_ALONE, _UNFINISHED, "55P03")


# What is told of the functions in each group, after their number.
_TOLD = {
    "works": "can be called",
    "broken": "break when called",
    "stopped": "gave no answer",
    "as_before": "failed at the backup too",
    "unknown": "failed, and gave no answer at the backup",
    "unfinished": "came to no end in the time given",
    "left_alone": "not called, as that reaches out of the transaction",
}


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
    matters = any(said not in _NOT_CALLED for said in functions.values())
    before = earlier(case, Behaviour(), matters=matters).functions
    groups: dict[str, list[str]] = {group: [] for group in _TOLD}
    for name, said in functions.items():
        groups[_group(before.get(name), said)].append(name)
    broken = groups["broken"]
    counts = {"functions": len(functions)} | {g: len(n) for g, n in groups.items() if g != "works"}
    if broken:
        return check.failed(
            f"functions: {len(broken)} of {len(functions)} break when called"
            + named("namely", broken),
            expected="each can be called that could be at the backup",
            actual="\n".join(f"{name}: SQLSTATE {functions[name]}" for name in broken),
            examples=tuple(broken)[:EXAMPLES_AT_MOST],
            counts=counts,
            cause="what a function uses did not come back, or its search_path is not what it was",
            next_step="call the function by hand and create what it misses",
        )
    stopped = groups["stopped"]
    if stopped:
        raise Unread(
            f"{counted(len(stopped), 'function')} gave an answer at the backup and none now"
            + named("namely", stopped)
        )
    told = "; ".join(f"{len(n)} {_TOLD[g]}" for g, n in groups.items() if n and g != "works")
    if groups["works"] or groups["as_before"]:
        some = f"{len(groups['works'])} of {len(functions)}" if told else f"all {len(functions)}"
        said = f"functions: {some} can be called{'; ' if told else ''}{told}"
        return check.passed(said, counts=counts)
    nothing = f"no function gave an answer to judge: {told}"
    if groups["unfinished"]:
        raise Unread(nothing)
    raise NotApplicable(nothing)


def _group(before: str | None, now: str) -> str:
    """Tell what a call says, given what it said at the backup; None where it was not there."""
    knew_no_answer = before is None or before in _NO_ANSWER
    if not now:
        return "works"
    if now in (_UNFINISHED, LEFT_ALONE):
        if not knew_no_answer:
            return "stopped"
        return "unfinished" if now == _UNFINISHED else "left_alone"
    if before == now:
        return "as_before"
    if before in _NO_ANSWER or (now == _BAD_SYNTAX and knew_no_answer):
        return "unknown"
    return "broken"


CHECKS = (
    Check("roles_log_in", "postgres", "roles that were not restored", _log_in, of="logins"),
    Check("functions_callable", "postgres", "functions that broke in the restore", _call),
)

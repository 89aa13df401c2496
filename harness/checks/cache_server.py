"""Check that the cache's server is set up as it was: settings, users, functions, modules."""

from collections.abc import Mapping

from harness.checks._cold import came_back_cold
from harness.core.case import Case
from harness.core.check import Check
from harness.core.finding import EXAMPLES_AT_MOST, Finding, named
from harness.observations.cache import CacheServer, UserSeen

_Differences = dict[str, tuple[str, str]]
"""What was and what is, by kind and name."""

_NONE = "none"


def _server(check: Check, case: Case) -> Finding:
    """Everything is as it was at the backup, or without one before the disaster.

    What CONFIG SET and ACL SETUSER change lives in the server's memory, and in its configuration
    after CONFIG REWRITE or ACL SAVE: in the volume there is neither. A server that was started
    without what it had is a failure, whichever way its data went. Functions are in the volume:
    where that was lost and not brought back they went with it, and only other ones are found.
    """
    before, after = case.before[CacheServer], case.after[CacheServer]
    functions = before.functions
    if came_back_cold(case.history, "redis"):
        functions = {n: digest for n, digest in functions.items() if n in after.functions}
    differences = (
        _compared("setting", before.settings, after.settings)
        | _compared("user", before.users, after.users)
        | _compared("functions", functions, after.functions)
        | _compared("module", before.modules, after.modules)
    )
    counts = {
        "objects": len(before.settings) + len(before.users) + len(functions) + len(before.modules),
        "missing": sum(now == _NONE for _, now in differences.values()),
        "changed": sum(_NONE not in pair for pair in differences.values()),
        "unexpected": sum(was == _NONE for was, _ in differences.values()),
    }
    if not differences:
        return check.passed(
            f"cache: {len(before.settings)} settings, {len(before.users)} users and"
            f" {len(functions)} libraries of functions are as they were",
            counts=counts,
        )
    names = sorted(differences)
    some = names[:EXAMPLES_AT_MOST]
    return check.failed(
        f"cache: the server differs in {len(names)} of {counts['objects']} settings, users,"
        " functions and modules" + named("namely", names),
        expected="; ".join(f"{name}: {differences[name][0]}" for name in some),
        actual="; ".join(f"{name}: {differences[name][1]}" for name in some),
        examples=tuple(some),
        counts=counts,
        cause="what was set at run time is in no backup, and gone when the server starts again",
        next_step="keep redis.conf and users.acl with the backups, and start the server with them",
    )


def _compared(
    kind: str, was: Mapping[str, str | UserSeen], now: Mapping[str, str | UserSeen]
) -> _Differences:
    return {
        f"{kind} {name}": (_shown(was.get(name)), _shown(now.get(name)))
        for name in was.keys() | now.keys()
        if was.get(name) != now.get(name)
    }


def _shown(value: str | UserSeen | None) -> str:
    if value is None:
        return _NONE
    if isinstance(value, UserSeen):
        passwords = "".join(f" (password digest {digest})" for digest in value.passwords)
        return value.rules + passwords
    return repr(value)


CHECKS = (
    Check(
        "cache_server",
        "redis",
        "settings, ACL users, functions or modules of the cache's server changed",
        _server,
        since="0.2.0",
    ),
)

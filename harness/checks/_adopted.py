"""Which checks are not made of an adopted backup: it is another's, and so is its server."""

from collections.abc import Callable

from harness.core.case import Case, NotApplicable
from harness.core.check import Check
from harness.core.errors import Unread
from harness.core.finding import Finding
from harness.core.verdict import Verdict

LEFT_OUT = {
    "functions_callable": "an adopted database's own code is not run",
    "sequences_advance": "an adopted database's own code is not run",
    "matview_rows": "an adopted database's own code is not run, and a view's query is that",
    "generated_columns_recompute": "an adopted database's own code is not run",
    "schema_database": "the drill's own database has its own locale and owner",
    "schema_roles": "roles belong to the cluster, and its dump is not compared",
    "schema_memberships": "roles belong to the cluster, and its dump is not compared",
    "cache_server": "the drill has a server of its own",
    "stream_live": "the drill writes nothing into an adopted stream",
    "backups_kept": "the drill takes no backup of its own",
    "schema_security_labels": "they take the modules of the server that was backed up",
}
"""Checks that are not made of an adopted backup, each with the reason."""

OF_THE_SERVER = "server_"
"""What the ids of checks begin with that are about a server, which the drill has its own of."""


def left_out(check: Check) -> str:
    """Return why a check is not made of an adopted backup; empty if it is."""
    if check.id.startswith(OF_THE_SERVER):
        return "the drill has a server of its own"
    return LEFT_OUT.get(check.id, "")


def as_far_as_known(check: Check) -> Callable[[Check, Case], Finding]:
    """Return a judgement that fails nothing for being other than a manifest which was not made at
    the backup's very moment.
    """

    def judge(made: Check, case: Case) -> Finding:
        found = check.judge(made, case)
        of_it = [a for a in case.history.artefacts if a.store == made.store]
        if found.verdict is Verdict.FAIL and not all(a.is_exact for a in of_it):
            raise Unread(
                f"{found.summary}, but the manifest of {made.store} was not made at the backup's"
                " very moment"
            )
        return found

    return judge


def not_made(reason: str) -> Callable[[Check, Case], Finding]:
    """Return a judgement that is none."""

    def judge(check: Check, case: Case) -> Finding:  # noqa: ARG001 - it never looks
        raise NotApplicable(reason)

    return judge

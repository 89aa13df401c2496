"""Checks judge what was seen against what was promised; the list below is the order of a report.

A module holds one check, or a family that differs in data only; it exports them as CHECKS.
"""

from collections.abc import Mapping
from dataclasses import replace

from harness.checks import (
    append_only,
    backup_age,
    backups_kept,
    cache,
    cache_server,
    consumers,
    each_aspect,
    foreign_keys,
    hub_healthy,
    ledger_tables,
    migration,
    next_backup,
    next_keys,
    objectives,
    procedure,
    recovery_target,
    roles_log_in,
    schema_objects,
    search,
    search_server,
    sequences,
    stores_agree,
    stream_messages,
    streams,
    table_rows,
    tenant_isolation,
)
from harness.checks._accounts import accounts_of
from harness.checks._adopted import as_far_as_known, left_out, not_made
from harness.checks._own import own_checks
from harness.core.check import Check
from harness.core.own_check import PREFIX
from harness.core.platform import Platform
from harness.core.registry import Registry
from harness.platform import own_code

__all__ = ["CHECKS", "accounts_of", "checks_of", "own_checks"]

_MODULES = (
    each_aspect,
    append_only,
    ledger_tables,
    recovery_target,
    next_keys,
    tenant_isolation,
    roles_log_in,
    stream_messages,
    streams,
    consumers,
    table_rows,
    sequences,
    foreign_keys,
    schema_objects,
    cache,
    cache_server,
    search,
    search_server,
    hub_healthy,
    stores_agree,
    migration,
    procedure,
    next_backup,
    backups_kept,
    backup_age,
    objectives,
)

CHECKS: Registry[Check] = Registry(
    __name__, __path__, _MODULES, [check for module in _MODULES for check in module.CHECKS]
)


def checks_of(platform: Platform) -> Mapping[str, Check]:
    """Return the checks that drills of a platform call for, in the order of a report.

    Its own come first, those of its tables next; a table whose rows one of its own accounts for is
    left to that.
    Raises: BrokenCode.
    """
    own = own_code.brought(platform, "checks", "CHECKS", Check)
    if not platform.is_ours:
        own = tuple(replace(check, id=f"{PREFIX}{check.id}") for check in own)
    claimed = {table for check in own for table in check.claims}
    rows = ledger_tables.checks_of(table for table in platform.tables if table not in claimed)
    general = [
        check
        for check in CHECKS.values()
        if check.store in (*platform.stores, "platform")
        and (not check.of or getattr(platform, check.of))
    ]
    tables = (*append_only.checks_of(platform), *rows)
    found = {check.id: check for check in (*own, *tables, *general)}
    if platform.is_adopted:
        for id_, check in found.items():
            if reason := left_out(check):
                found[id_] = replace(check, judge=not_made(reason))
            else:
                found[id_] = replace(check, judge=as_far_as_known(check))
    return found

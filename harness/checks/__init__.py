"""Checks judge what was seen against what was promised; the list below is the order of a report.

A module holds one check, or a family that differs in data only; it exports them as CHECKS.
"""

from collections.abc import Mapping
from dataclasses import replace

from harness.checks import (
    append_only,
    audit_log,
    backups_kept,
    cache,
    cache_server,
    consumers,
    credentials_decrypt,
    foreign_keys,
    hub_healthy,
    ledger_tables,
    migration,
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
from harness.core.platform import Platform
from harness.core.registry import Registry

__all__ = ["CHECKS", "accounts_of", "checks_of", "own_checks"]

_MODULES = (
    audit_log,
    append_only,
    ledger_tables,
    recovery_target,
    credentials_decrypt,
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
    backups_kept,
    objectives,
)

CHECKS: Registry[Check] = Registry(
    __name__, __path__, _MODULES, [check for module in _MODULES for check in module.CHECKS]
)


def checks_of(platform: Platform) -> Mapping[str, Check]:
    """Return the checks that drills of a platform call for, in the order of a report.

    Another platform than ours has none of what only ours has, and checks of its own tables.
    """
    if platform.is_ours:
        return CHECKS
    tables = (*append_only.checks_of(platform), *ledger_tables.checks_of(platform.tables))
    general = [
        check
        for check in CHECKS.values()
        if not check.is_ours and check.store in (*platform.stores, "platform")
    ]
    found = {check.id: check for check in (*tables, *general)}
    if platform.is_adopted:
        for id_, check in found.items():
            if reason := left_out(check):
                found[id_] = replace(check, judge=not_made(reason))
            else:
                found[id_] = replace(check, judge=as_far_as_known(check))
    return found

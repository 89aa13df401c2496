"""Checks judge what was seen against what was promised; the list below is the order of a report.

A module holds one check, or a family that differs in data only; it exports them as CHECKS.
"""

from harness.checks import (
    audit_log,
    audit_log_rules,
    backups_kept,
    cache,
    cache_server,
    consumers,
    credentials_decrypt,
    foreign_keys,
    hub_healthy,
    ledger_tables,
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
from harness.core.check import Check
from harness.core.registry import Registry

__all__ = ["CHECKS", "accounts_of"]

_MODULES = (
    audit_log,
    audit_log_rules,
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
    procedure,
    backups_kept,
    objectives,
)

CHECKS: Registry[Check] = Registry(
    __name__, __path__, _MODULES, [check for module in _MODULES for check in module.CHECKS]
)

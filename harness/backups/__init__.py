"""Documented ways to back up a store and to bring it back, one file each."""

from harness.backups import (
    base_backup,
    meili_dump,
    meili_snapshot,
    none,
    pg_dump,
    redis_rdb,
    script,
    stream_backup,
    supabase_db_dump,
    volume,
)
from harness.core.registry import Registry
from harness.kinds import BackupMethod

_MODULES = (
    pg_dump,
    supabase_db_dump,
    base_backup,
    stream_backup,
    meili_snapshot,
    meili_dump,
    redis_rdb,
    # What a tool left may lie in a folder or an archive as a volume does.
    volume,
    script,
    none,
)

METHODS: Registry[BackupMethod] = Registry(
    __name__, __path__, _MODULES, [module.METHOD for module in _MODULES]
)

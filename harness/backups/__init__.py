"""Documented ways to back up a store and to bring it back, one file each."""

from harness.backups import none, pg_dump, volume
from harness.core.registry import Registry
from harness.kinds import BackupMethod

_MODULES = (pg_dump, volume, none)

METHODS: Registry[BackupMethod] = Registry(
    __name__, __path__, _MODULES, [module.METHOD for module in _MODULES]
)

"""Places for backups away from the machine that they protect, one file each."""

from harness.core.registry import Registry
from harness.kinds import OffSite
from harness.offsite import directory, s3

_MODULES = (directory, s3)

OFFSITE: Registry[OffSite] = Registry(
    __name__, __path__, _MODULES, [module.OFFSITE for module in _MODULES]
)

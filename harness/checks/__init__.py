"""Checks judge what was seen against what was promised; the list below is the order of a report.

A module holds one check, or a family that differs in data only; it exports them as CHECKS.
"""

from harness.core.check import Check
from harness.core.registry import Registry

_MODULES = ()

CHECKS: Registry[Check] = Registry(
    __name__, __path__, _MODULES, [check for module in _MODULES for check in module.CHECKS]
)

"""Probes read the stores; the list below is the order in which they look."""

from typing import Any

from harness.core.registry import Registry
from harness.kinds import Probe

_MODULES = ()

PROBES: Registry[Probe[Any]] = Registry(
    __name__, __path__, _MODULES, [module.PROBE for module in _MODULES]
)

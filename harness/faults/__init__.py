"""Disasters, injected on purpose; each returns what shows that the data is gone."""

from harness.core.registry import Registry
from harness.faults import lose_volume
from harness.kinds import Fault

_MODULES = (lose_volume,)

FAULTS: Registry[Fault] = Registry(
    __name__, __path__, _MODULES, [module.FAULT for module in _MODULES]
)

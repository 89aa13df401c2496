"""Disasters, injected on purpose; each returns what shows that the data is gone."""

from harness.core.registry import Registry
from harness.faults import (
    delete_index,
    delete_rows,
    drop_schema,
    drop_table,
    flush_cache,
    kill_server,
    lose_stream,
    lose_volume,
    truncate_table,
    update_rows,
)
from harness.kinds import Fault

_MODULES = (
    lose_volume,
    kill_server,
    delete_rows,
    update_rows,
    truncate_table,
    drop_table,
    drop_schema,
    lose_stream,
    flush_cache,
    delete_index,
)

FAULTS: Registry[Fault] = Registry(
    __name__, __path__, _MODULES, [module.FAULT for module in _MODULES]
)

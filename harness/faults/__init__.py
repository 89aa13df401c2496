"""Disasters, injected on purpose; each returns what shows that the data is gone."""

from harness.core.registry import Registry
from harness.faults import (
    cut_power,
    delete_index,
    delete_rows,
    drop_database,
    drop_schema,
    drop_table,
    encrypt_volume,
    fill_disk,
    flip_bytes,
    flush_cache,
    kill_server,
    lose_segment,
    lose_stream,
    lose_volume,
    remove_file,
    swap_blocks,
    tear_page,
    truncate_file,
    truncate_table,
    update_rows,
    zero_blocks,
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
    cut_power,
    encrypt_volume,
    flip_bytes,
    tear_page,
    swap_blocks,
    zero_blocks,
    truncate_file,
    remove_file,
    lose_segment,
    fill_disk,
    drop_database,
)

FAULTS: Registry[Fault] = Registry(
    __name__, __path__, _MODULES, [module.FAULT for module in _MODULES]
)

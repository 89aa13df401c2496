"""Torments of drills at random instants, from a fixed seed: one file a kind.

`nox -s torture -- --kills 100 --server-kills 50 --stops 30 --full-disks 60` plays many; pytest
plays a few.
"""

from collections.abc import Mapping

from torture import full_disks, interrupts, kills, server_kills, stops
from torture.arena import Torment

TORMENTS: Mapping[str, Torment] = {
    "kills": kills.TORMENT,
    "interrupts": interrupts.TORMENT,
    "server-kills": server_kills.TORMENT,
    "stops": stops.TORMENT,
    "full-disks": full_disks.TORMENT,
}
"""Kinds of torment, by the option that tells how often."""

"""Torments of drills at random instants, from a fixed seed: one file a kind.

`nox -s torture -- --kills 100 --server-kills 50 --stops 30` plays many; pytest plays a few.
"""

from collections.abc import Mapping

from torture import kills, server_kills, stops
from torture.arena import Torment

TORMENTS: Mapping[str, Torment] = {
    "kills": kills.strike,
    "server-kills": server_kills.strike,
    "stops": stops.strike,
}
"""Kinds of torment, by the option that tells how often."""

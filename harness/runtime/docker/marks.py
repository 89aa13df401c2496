"""Every container, volume and network of a drill bears its labels; nothing else is touched."""

from pathlib import Path

from harness.runtime import marker

DRILL_LABEL = "restore-drills.drill"
BOOT_LABEL = "restore-drills.boot"
MARKER_LABEL = "restore-drills.marker"
"""Where the drill's marker is, on the system that BOOT_LABEL names."""


def labels(drill_id: str, directory: Path) -> dict[str, str]:
    """Return the labels of whatever this process makes for the drill of a directory."""
    return {
        DRILL_LABEL: drill_id,
        BOOT_LABEL: marker.boot(),
        MARKER_LABEL: str(marker.beside(directory)),
    }


def name(drill_id: str, *parts: str) -> str:
    """Return the name of something made for a drill; the labels, not the name, make it ours."""
    return "-".join(("drill", drill_id, *parts))

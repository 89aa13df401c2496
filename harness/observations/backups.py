"""What is left of the drill's backups at its end."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class BackupsKept:
    """Files and bytes of each backup that is there, by `backup/store`."""

    directory_present: bool
    files: dict[str, int] = field(default_factory=dict)
    size_bytes: dict[str, int] = field(default_factory=dict)

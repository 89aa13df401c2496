"""See which backups are still there after everything that happened to them."""

from harness.kinds import Look, Probe
from harness.observations.backups import BackupsKept


def _observe(look: Look) -> BackupsKept:
    seen = BackupsKept(look.site.backups.is_dir())
    for directory in sorted(look.site.backups.glob("*/*/")):
        name = directory.relative_to(look.site.backups).as_posix()
        files = [path for path in directory.rglob("*") if path.is_file()]
        seen.files[name] = len(files)
        seen.size_bytes[name] = sum(path.stat().st_size for path in files)
    return seen


PROBE = Probe("backups_kept", "platform", BackupsKept, at_backup=False, observe=_observe)

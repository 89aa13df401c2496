"""A volume is a named volume of the engine, read and written the guide's way: beside its server.

Source: the guide, "Docker volume backup (raw files)" and "Docker volume restore".
"""

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from docker.errors import APIError, NotFound
from docker.types import Mount

from harness.core.errors import DrillError
from harness.core.ports import Census, Completed
from harness.runtime import archives
from harness.runtime.docker import transfer
from harness.runtime.docker.engine import Engine, explain
from harness.runtime.docker.marks import DRILL_LABEL
from harness.runtime.docker.sidecar import Sidecar

ROOT = f"/{archives.ROOT}"
"""Where a sidecar has the volume, as in the guide."""

_FILES_CHANGED = 1
_NO_SUCH_FILE = 44
_COUNT = """
find "$0" -mindepth 1 -print0 | tr -dc '\\0' | wc -c
find "$0" -mindepth 1 ! -type d -exec stat -c %s {} + |
    awk '{ sum += $1 } END { printf "%.0f", sum }'
"""
_READ = f'[ -f "$0" ] || exit {_NO_SUCH_FILE}; cat "$0"'
_WRITE = """
set -e; umask 077; at=$(dirname "$0"); mkdir -p "$at"
cat > "$0.new"; chown "$(stat -c %u:%g "$at")" "$0.new"; mv "$0.new" "$0"
"""
_SIZES = ("stat", "-c", "%s %n", "{}", "+")
_DIGESTS = ("sha256sum", "{}", "+")
_SCRAMBLE = 'head -c "$(stat -c %s "$0")" /dev/urandom | dd of="$0" conv=notrunc 2> /dev/null'


class NamedVolume:
    """A volume that comes to be with the first container that uses it, and goes when it is wiped.

    `note` takes what tar said on the error stream; `is_in_use` tells whether its server runs.
    """

    def __init__(
        self,
        engine: Engine,
        helper_image: str,
        name: str,
        labels: Mapping[str, str],
        *,
        note: Callable[[str], None],
        is_in_use: Callable[[], bool],
    ) -> None:
        self._engine = engine
        self._name = name
        self._labels = labels
        self._note = note
        self._is_in_use = is_in_use
        self.sidecar = Sidecar(
            engine, helper_image, f"{name}-volume", labels, [self.mounted_at(ROOT)]
        )

    @property
    def name(self) -> str:
        """The volume's name on the engine."""
        return self._name

    def mounted_at(self, path: str) -> Mount:
        """Return a mount of it; a container that has it creates the volume, labelled."""
        return Mount(path, self._name, type="volume", labels=dict(self._labels))

    def make(self) -> None:
        """Make it where it is absent, labelled: whoever else names it first would make it bare."""
        self._engine.client.volumes.create(self._name, labels=dict(self._labels))

    def archive(self, target: Path) -> None:
        """Write everything to `target` by `tar czf`. Raises: DrillError: it cannot."""
        completed = self.sidecar.execute("tar", "czf", "-", ROOT, stdout=target)
        # A live copy is what the guide shows; whether it can be restored is for the drill to see.
        if completed.status not in (0, _FILES_CHANGED):
            target.unlink()
            raise DrillError(f"{self._name}: tar failed: {completed.stderr.strip()}")
        if completed.stderr:
            self._note(completed.stderr)

    def extract(self, source: Path) -> None:
        """Have the engine unpack a tar.gz. Raises: DrillError: it is damaged or unsafe."""
        archives.check(source)
        emptied = self.sidecar.execute("find", ROOT, "-mindepth", "1", "-delete")
        if emptied.status:
            raise DrillError(f"{self._name}: cannot be emptied: {emptied.stderr.strip()}")
        transfer.put(self.sidecar.container, archives.cleaned(source), "/")

    def wipe(self) -> None:
        """Remove the volume itself; beneath a running server, everything in it.

        Raises: DrillError: it does not bear our marker, or the engine refuses.
        """
        try:
            volume = self._engine.client.volumes.get(self._name)
        except NotFound:
            return
        marked = (volume.attrs.get("Labels") or {}).get(DRILL_LABEL)
        if marked != self._labels[DRILL_LABEL]:
            raise DrillError(f"refusing to remove the volume {self._name}: it is not this drill's")
        if self._is_in_use():
            self.sidecar.execute("find", ROOT, "-mindepth", "1", "-delete")
            return
        self.sidecar.remove()
        try:
            volume.remove()
        except APIError as error:
            raise DrillError(f"cannot remove the volume {self._name}: {explain(error)}") from None

    def census(self) -> Census:
        """Count every entry, dotfiles too; a volume that the engine does not know has none."""
        if not self._exists():
            return Census(0, 0)
        completed = self.sidecar.execute("sh", "-c", _COUNT, ROOT)
        try:
            entries, size_bytes = map(int, completed.stdout.split())
        except ValueError:
            raise DrillError(
                f"cannot count what {self._name} holds: {completed.stderr.strip()}"
            ) from None
        return Census(entries, size_bytes)

    def read(self, path: str) -> bytes:
        """Return a small file's content. Raises: FileNotFoundError: there is none."""
        with tempfile.NamedTemporaryFile() as taken:
            completed = self.sidecar.execute(
                "sh", "-c", _READ, self._below(path), stdout=Path(taken.name)
            )
            if completed.status == _NO_SUCH_FILE:
                raise FileNotFoundError(path)
            if completed.status:
                raise DrillError(f"{self._name}: cannot read {path}: {completed.stderr.strip()}")
            return Path(taken.name).read_bytes()

    def write(self, path: str, content: bytes) -> None:
        """Create or replace a small file, mode 0600, of its directory's owner."""
        with tempfile.NamedTemporaryFile() as given:
            Path(given.name).write_bytes(content)
            completed = self.sidecar.execute(
                "sh", "-c", _WRITE, self._below(path), stdin=Path(given.name)
            )
        if completed.status:
            raise DrillError(f"{self._name}: cannot write {path}: {completed.stderr.strip()}")

    def files(self) -> dict[str, int]:
        """Return the size of every file that is still there when it is looked at."""
        listed = self._done("list", "find", ROOT, "-type", "f", "-exec", *_SIZES).stdout
        found = (line.split(" ", 1) for line in listed.splitlines())
        return {path.removeprefix(f"{ROOT}/"): int(size) for size, path in sorted(found)}

    def digests(self) -> dict[str, str]:
        """Return the SHA-256 of every file that is still there when it is read."""
        listed = self._done("read", "find", ROOT, "-type", "f", "-exec", *_DIGESTS).stdout
        found = (line.split("  ", 1) for line in listed.splitlines())
        return {path.removeprefix(f"{ROOT}/"): digest for digest, path in sorted(found)}

    def patch(self, path: str, offset: int, content: bytes) -> None:
        """Overwrite a part of a file where it lies."""
        with tempfile.NamedTemporaryFile() as given:
            Path(given.name).write_bytes(content)
            argv = ("dd", f"of={self._below(path)}", "bs=1", f"seek={offset}", "conv=notrunc")
            self._done("patch", *argv, stdin=Path(given.name))

    def cut(self, path: str, size_bytes: int) -> None:
        """End a file early."""
        self._done("cut", "truncate", "-s", str(size_bytes), self._below(path))

    def remove(self, path: str) -> None:
        """Remove one file."""
        self._done("remove", "rm", self._below(path))

    def scramble(self) -> None:
        """Overwrite every file where it lies."""
        self._done(
            "scramble", "find", ROOT, "-type", "f", "-exec", "sh", "-c", _SCRAMBLE, "{}", ";"
        )

    def _done(self, what: str, *argv: str, stdin: Path | None = None) -> Completed:
        """Run a command; a file may go meanwhile. Raises: DrillError: it fails."""
        completed = self.sidecar.execute(*argv, stdin=stdin)
        if completed.status and not (argv[0] == "find" and completed.stdout):
            raise DrillError(f"{self._name}: cannot {what}: {completed.stderr.strip()}")
        return completed

    def _exists(self) -> bool:
        try:
            self._engine.client.volumes.get(self._name)
        except NotFound:
            return False
        return True

    def _below(self, path: str) -> str:
        if path.startswith("/") or {"", ".", ".."} & set(path.split("/")):
            raise DrillError(f"{self._name}: {path!r} leads out of the volume")
        return f"{ROOT}/{path}"

"""Backups are put away after they were taken, and fetched and verified before they are used."""

import shutil
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from harness.core.history import Kept
from harness.core.points import HALF_UPLOADED
from harness.core.ports import STORES
from harness.drill import encryption
from harness.drill.artefacts import manifest, verify
from harness.kinds import Away
from harness.offsite import OFFSITE
from harness.scenario.steps import Keep
from harness.scripts import left_by_scripts
from harness.site import Site


@dataclass(slots=True)
class Keeping:
    """The drill's backups on this machine, and the places off it that its scenario names."""

    site: Site
    away: dict[str, Away] = field(default_factory=dict)

    def prepare(self, keeps: Iterable[Keep]) -> None:
        """Open the places and make the key. Raises: Unavailable: this machine lacks one."""
        keeps = list(keeps)
        for place in {keep.offsite for keep in keeps if keep.offsite}:
            self.away[place] = OFFSITE[place].open(self.site)
        if any(keep.encrypt for keep in keeps):
            encryption.make_key(self.site)

    def close(self) -> None:
        """Remove everything from the places. Raises: DrillError: something is left."""
        with ExitStack() as closing:
            for away in self.away.values():
                closing.callback(away.close)

    def directory(self, backup: str, store: str) -> Path:
        """Return where a backup leaves its files of a store."""
        return self.site.backups / backup / store

    def put_away(self, backup: str, store: str, keep: Keep) -> None:
        """Encrypt and push what a backup left of a store, and keep the manifest of that.

        Nothing in clear stays where something is encrypted, and nothing at all where it is pushed.
        Raises: DrillError: it could not be encrypted or pushed.
        """
        directory = self.directory(backup, store)
        if keep.encrypt:
            encryption.encrypt(self.site, directory)
        kept = Kept(
            backup=backup,
            store=store,
            offsite=keep.offsite,
            place=self.away[keep.offsite].name if keep.offsite else "this machine",
            encrypted_by=keep.encrypt,
            files=manifest(directory),
            directories=tuple(
                path.relative_to(directory).as_posix()
                for path in sorted(directory.rglob("*"))
                if path.is_dir()
            ),
        )
        self._push(kept, directory)
        self.site.history.kept.append(kept)
        if keep.offsite:
            shutil.rmtree(directory)

    def sweep(self, backup: str) -> None:
        """Remove what lies beside the stores' files, such as what else a script has left."""
        for path in (self.site.backups / backup).iterdir():
            if path.name not in STORES:
                shutil.rmtree(path)
        if left_by_scripts(self.site).exists():
            shutil.rmtree(left_by_scripts(self.site))

    @contextmanager
    def at_hand(self, backup: str, store: str) -> Iterator[Path]:
        """Give a directory with the files of a backup, verified and in clear.

        Raises: DrillError: a file is missing, is not what the manifest says, or the key is lost.
        """
        kept = self._kept(backup, store)
        if kept is None:
            yield self.directory(backup, store)
            return
        with self._copy(kept) as copy:
            verify(copy, kept)
            self.site.recorder.places[str(copy)] = f"{{backups}}/{backup}/{store}"
            if kept.encrypted_by:
                encryption.decrypt(self.site, copy)
            yield copy

    @contextmanager
    def as_kept(self, backup: str, store: str) -> Iterator[Path]:
        """Give a directory with the files as they are kept; what is changed there is kept so."""
        kept = self._kept(backup, store)
        if kept is None or not kept.offsite:
            yield self.directory(backup, store)
            return
        with self._copy(kept) as copy:
            yield copy
            self._push(kept, copy)

    @contextmanager
    def _copy(self, kept: Kept) -> Iterator[Path]:
        with TemporaryDirectory(dir=self.site.directory, prefix="fetched-") as name:
            copy = Path(name)
            self.site.recorder.places[name] = f"{{backups}}/{kept.backup}/{kept.store}"
            for directory in kept.directories:
                (copy / directory).mkdir(mode=0o700)
            here = self.directory(kept.backup, kept.store)
            with self._moving(kept, _away(kept), copy):
                for file in kept.files:
                    if kept.offsite:
                        self.away[kept.offsite].pull(_name(kept, file.path), copy / file.path)
                    elif (here / file.path).is_file():
                        shutil.copyfile(here / file.path, copy / file.path)
            yield copy

    def _push(self, kept: Kept, directory: Path) -> None:
        sent_bytes, all_bytes = 0, sum(file.size_bytes for file in kept.files)
        with self._moving(kept, directory, _away(kept)):
            for file in kept.files if kept.offsite else ():
                sent_bytes += file.size_bytes
                if 2 * sent_bytes > all_bytes:
                    self.site.points.reached(HALF_UPLOADED)
                self.away[kept.offsite].push(directory / file.path, _name(kept, file.path))

    def _moving(
        self, kept: Kept, source: Path | str, target: Path | str
    ) -> AbstractContextManager[object]:
        if not kept.offsite:
            return nullcontext()
        return self.site.instead(kept.store, "rclone", "copy", source, target)

    def _kept(self, backup: str, store: str) -> Kept | None:
        found = (k for k in self.site.history.kept if (k.backup, k.store) == (backup, store))
        return next(found, None)


def _away(kept: Kept) -> str:
    return f"offsite:{kept.backup}/{kept.store}"


def _name(kept: Kept, path: str) -> str:
    return f"{kept.backup}/{kept.store}/{path}"

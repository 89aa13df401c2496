"""Any script of the user's that backs up stores, in its own folder, run as cron would run it.

Source: the guide, "Automated Backup Script".
"""

import gzip
import os
import shutil
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field, field_validator, model_validator

from harness.backups._archive import unpack
from harness.core.addresses import OF_A_STORE, is_bare, unknown_places
from harness.core.errors import DrillError
from harness.kinds import FileBeside, ObserveAtCut, Options, Promise
from harness.site import Site

ARCHIVES = (".tar.gz", ".tgz")
_CUSTOM, _GZIP = b"PGDMP", b"\x1f\x8b"

Stamp = tuple[int, int, int]


class Given(Options):
    """What a script is given: other texts in a copy, and variables."""

    replace: dict[str, str] = Field(
        default_factory=dict,
        description="Each text in the script's folder that stands for something of the drill's"
        " own: '54322' for '{postgres.port}'.",
        examples=[{"54322": "{postgres.port}"}],
    )
    environment: dict[str, str] = Field(
        default_factory=dict,
        description="Variables on top of what runs it gives; {postgres.password} and the like"
        " stand for the drill's.",
        examples=[{"PGPASSWORD": "{postgres.password}"}],
    )

    also: ClassVar[tuple[str, ...]] = ()
    """What can be named beside the places of every drill."""

    def require_in_folder(self, script: str) -> None:
        """Raise ValueError if what is to be replaced stands nowhere in a script's folder."""
        if self.replace:
            from harness.runtime.copies import texts_in  # noqa: PLC0415 - few replace anything

            texts = texts_in(Path(script).parent)
            require_in(texts.values(), self.replace, "the script's folder")

    @field_validator("replace", "environment")
    @classmethod
    def _names_places(cls, values: dict[str, str]) -> dict[str, str]:
        for value in values.values():
            if is_bare(value):
                raise ValueError(
                    f"{value!r} stands for itself. Write '{{{value}}}' for the drill's"
                )
            for place in unknown_places(value, cls.also):
                store = place.partition(".")[0]
                parts = [f"{store}.{part}" for part in OF_A_STORE.get(store, ())]
                valid = parts or [*cls.also, "directory", "helper.image", *OF_A_STORE]
                raise ValueError(f"{{{place}}} is unknown. Valid: {', '.join(valid)}")
        if "" in values:
            raise ValueError("an empty text stands everywhere. Write what is to be replaced")
        return values


class ScriptOptions(Given):
    """Which script, what it leaves of this store, and where it finds the drill's servers."""

    script: FileBeside = Field(
        description="The script's path from the scenario's folder; the folder it lies in is copied"
        " and is its HOME. Stores of one backup that name the same script share one run of it."
    )
    leaves: str = Field(
        "",
        description="The file it leaves of this store, by its name or a pattern, in whatever"
        " directory: of PostgreSQL a dump of any format, compressed or not; of any store an archive"
        " of the volume (.tar.gz or .tgz). Where this is left out, everything it leaves is the"
        " backup, and a script or runbook restores it.",
    )
    status: Literal["checked", "ignored"] = Field(
        "checked",
        description="Whether anybody looks at the script's status; if it is ignored, whatever it"
        " left is taken for a backup.",
    )

    @property
    def shares(self) -> str:
        """Stores of one backup share the run of one script."""
        return self.script

    @property
    def is_restorable(self) -> bool:
        """What a script leaves under names of its own, only its counterpart can restore."""
        return bool(self.leaves)

    @model_validator(mode="after")
    def _replaces_something(self) -> "ScriptOptions":
        self.require_in_folder(self.script)
        return self


def require_in(texts: Iterable[str], replace: dict[str, str], where: str) -> None:
    """Raise ValueError if what is to be replaced stands nowhere: the script would go elsewhere."""
    texts = list(texts)
    for old in replace:
        if not any(old in text for text in texts):
            raise ValueError(f"{old!r} stands nowhere in {where}, so nothing can replace it")


class ScriptBackup:
    """What the script left, restored by what it looks like: by psql, by pg_restore, or into the
    volume.
    """

    id = "script"
    stores = ("postgres", "nats", "meilisearch", "redis", "hub")
    title = "a script of the user's, run as cron would run it"
    options = ScriptOptions

    def promise(self, options: Options) -> Promise:  # noqa: ARG002 - all the same
        """Whatever the script is for: it is held to the whole of its stores."""
        return Promise("what the script says", "when the script was begun")

    def take(
        self, site: Site, store: str, directory: Path, options: Options, observe: ObserveAtCut
    ) -> str:
        """Run the script, unless another store of this backup has, and take what it left.

        Raises: DrillError: it ended with a status other than 0, or left no such file.
        Unavailable: this machine lacks a program or an image that it runs.
        """
        assert isinstance(options, ScriptOptions)
        observe(None)
        run = directory.parent / f"{Path(options.script).name}.run"
        if not run.exists():
            run.mkdir(mode=0o700)
            _run(site, options, run)
        left = [Path(name) for name in _lines(run / "left")]
        if options.leaves:
            left = [path for path in left if path.match(options.leaves)][-1:]
        if not left:
            raise DrillError(f"{store}: {options.script} left no {options.leaves or 'file'}")
        base = Path(os.path.commonpath([path.parent for path in left]))
        for path in left:
            target = directory / path.relative_to(base)
            target.parent.mkdir(parents=True, exist_ok=True)
            # What a later run writes over this file, it writes over this backup.
            _link(path, target)
        return "; ".join([Path(options.script).name, *_lines(run / "said")])

    def restore(self, site: Site, store: str, directory: Path, options: Options) -> str:
        """Restore by what the file is; returns what the tools said on their error streams."""
        assert isinstance(options, ScriptOptions)
        left = next(iter(sorted(directory.iterdir())), directory / options.leaves)
        if left.name.endswith(ARCHIVES):
            unpack(site, store, left)
            return ""
        if not left.is_file():
            raise DrillError(f"{store}: the backup holds no {left.name}")
        if store != "postgres":
            raise DrillError(
                f"{store}: {left.name} is no archive of its volume ({' or '.join(ARCHIVES)})",
                "Restore it by a script: restore: {script: restore.sh}.",
            )
        service = site.service(store)
        with _unpacked(site, left) as dump:
            site.start_clean(store)
            with dump.open("rb") as file:
                is_custom = file.read(len(_CUSTOM)) == _CUSTOM
            if not is_custom:
                return service.run(["psql"], stdin=dump).stderr
            argv = ["pg_restore", f"--dbname={service.endpoint.database}"]
            # It ends with 1 when it ignored an error; what it said is judged.
            return service.run(argv, stdin=dump, check=False).stderr


@contextmanager
def _unpacked(site: Site, left: Path) -> Iterator[Path]:
    """Give a dump as it was before anybody compressed it. Raises: DrillError: it is damaged."""
    with left.open("rb") as file:
        is_compressed = file.read(len(_GZIP)) == _GZIP
    if not is_compressed:
        yield left
        return
    plain = site.directory / f"{left.stem}.unpacked"
    try:
        with (
            site.instead("postgres", "gunzip", "-c", left, stdout=plain),
            gzip.open(left) as packed,
            plain.open("wb") as file,
        ):
            shutil.copyfileobj(packed, file)
        yield plain
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DrillError(f"postgres: {left.name} is damaged: {error}") from None
    finally:
        plain.unlink(missing_ok=True)


def _run(site: Site, options: ScriptOptions, run: Path) -> None:
    from harness.scripts import (  # noqa: PLC0415 - a kind starts nothing
        left_by_scripts,
        prepare,
        run_as_cron,
    )

    copy = prepare(site, Path(options.script), options.replace)
    roots = (left_by_scripts(site), copy.home)
    before = _stamps(roots)
    ended = run_as_cron(site, copy, options.environment)
    left = [path for path, stamp in _stamps(roots).items() if before.get(path) != stamp]
    (run / "left").write_text("\0".join(map(str, left)), encoding="utf-8")
    (run / "said").write_text(copy.said, encoding="utf-8")
    if ended.status and options.status == "checked":
        sizes = [f"{path.name} of {path.stat().st_size} bytes" for path in left]
        raise DrillError(
            f"{options.script} ended with status {ended.status} and left"
            f" {', '.join(sizes) or 'nothing'}: {ended.stderr.strip()}",
            "Run it with cron's environment: env -i PATH=/usr/bin:/bin sh -c SCRIPT",
        )


def _stamps(roots: tuple[Path, ...]) -> dict[Path, Stamp]:
    """Return the regular files below, sorted, each with what changes when it is written."""
    found: dict[Path, Stamp] = {}
    for root in roots:
        for path in sorted(root.rglob("*")):
            if path.is_file() and not path.is_symlink():
                stat = path.stat()
                found[path] = (stat.st_ino, stat.st_size, stat.st_mtime_ns)
    return found


def _lines(file: Path) -> list[str]:
    text = file.read_text(encoding="utf-8") if file.is_file() else ""
    return text.split("\0") if text else []


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        # Linux lets nobody link to a file of another user's, as a container's may be.
        shutil.copyfile(source, target)


METHOD = ScriptBackup()

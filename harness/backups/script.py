"""Any script of the user's that leaves files in a directory, run as cron would run it.

Source: the guide, "Automated Backup Script".
"""

from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator

from harness.backups._archive import unpack
from harness.core.errors import DrillError, Unavailable
from harness.core.patience import Work
from harness.core.redact import Redactor
from harness.kinds import FileBeside, ObserveAtCut, Options
from harness.site import Site

Place = Literal[
    "directory",
    "helper.image",
    "postgres.host",
    "postgres.port",
    "postgres.password",
    "postgres.volume",
    "nats.port",
    "nats.password",
    "nats.volume",
    "meilisearch.port",
    "meilisearch.password",
    "meilisearch.volume",
    "redis.port",
    "redis.password",
    "redis.volume",
]

DUMP, ARCHIVE = ".sql", ".tar.gz"

DOCKER_ITSELF_FAILED = 125


class ScriptOptions(Options):
    """Which script, what it leaves of this store, and where it finds the drill's servers."""

    script: FileBeside = Field(
        description="The script's path from the scenario's folder. Stores of one backup that name"
        " the same script share one run of it."
    )
    leaves: str = Field(
        description="The file it leaves of this store, in whatever directory: a dump for psql"
        f" ({DUMP}) or an archive of the volume ({ARCHIVE})."
    )
    replace: dict[str, Place] = Field(
        default_factory=dict,
        description="Each text of the script that stands for something of the drill's own.",
    )
    environment: dict[str, Place] = Field(
        default_factory=dict, description="Variables that the crontab sets beside cron's own."
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

    @field_validator("leaves")
    @classmethod
    def _can_be_restored(cls, value: str) -> str:
        if not value.endswith((DUMP, ARCHIVE)):
            raise ValueError(
                f"{value!r} cannot be restored. Name a file that ends in .sql or .tar.gz"
            )
        return value


class ScriptBackup:
    """What the script left, restored by psql or into the volume, as the guide does."""

    id = "script"
    stores = ("postgres", "nats", "meilisearch", "redis")
    title = "a script of the user's, run as cron would run it"
    options = ScriptOptions

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
        left = sorted(run.rglob(options.leaves))
        if not left:
            raise DrillError(f"{store}: {options.script} left no {options.leaves}")
        left[-1].rename(directory / options.leaves)
        return Path(options.script).name

    def restore(self, site: Site, store: str, directory: Path, options: Options) -> str:
        """Restore by what the file is; returns what psql said on its error stream."""
        assert isinstance(options, ScriptOptions)
        left = directory / options.leaves
        if options.leaves.endswith(ARCHIVE):
            unpack(site, store, left)
            return ""
        if not left.is_file():
            raise DrillError(f"{store}: the backup holds no {left.name}")
        site.start_clean(store)
        return site.service(store).run(["psql"], stdin=left).stderr


def _work(site: Site, run: Path) -> Work:
    """Return what servers have done and what the script has left: its containers are its own."""
    left_bytes = sum(path.lstat().st_size for path in run.rglob("*"))
    services = site.stack.services.values()
    return sum((service.work() for service in services), Work(moved_bytes=left_bytes))


def _run(site: Site, options: ScriptOptions, run: Path) -> None:
    from harness.runtime.unattended import run_script  # noqa: PLC0415 - a kind starts nothing

    replaced = {old: _there(site, place, run) for old, place in options.replace.items()}
    environment = {name: _there(site, place, run) for name, place in options.environment.items()}
    with site.stack.scripted():
        ended = run_script(
            Path(options.script),
            site.directory,
            path=site.stack.script_path,
            replaced=replaced,
            environment=environment,
            servers=lambda: _work(site, run),
        )
    if ended.status == DOCKER_ITSELF_FAILED and "has no containers" in ended.stderr:
        raise Unavailable(
            f"{options.script} runs docker, and this runtime has no containers",
            "Play it with --runtime docker.",
        )
    if ended.status == DOCKER_ITSELF_FAILED and "Unable to find image" in ended.stderr:
        raise Unavailable(
            f"{options.script} runs an image that this machine neither has nor can get:"
            f" {ended.stderr.strip().splitlines()[0]}",
            "Pull it, or have a registry within reach.",
        )
    if ended.status and options.status == "checked":
        left = [f"{p.name} of {p.stat().st_size} bytes" for p in run.rglob("*") if p.is_file()]
        given = (*options.replace.values(), *options.environment.values())
        secrets = [_there(site, place, run) for place in given if place.endswith(".password")]
        raise DrillError(
            f"{options.script} ended with status {ended.status} and left"
            f" {', '.join(left) or 'nothing'}: {Redactor(secrets).text(ended.stderr.strip())}",
            "Run it with cron's environment: env -i PATH=/usr/bin:/bin sh -c SCRIPT",
        )


def _there(site: Site, place: Place, run: Path) -> str:
    if place == "directory":
        return str(run)
    if place == "helper.image":
        return site.stack.helper_image
    store, _, what = place.partition(".")
    service = site.service(store)
    if what == "volume":
        return service.volume.name
    at = service.endpoint
    return {"host": at.host, "port": str(at.port), "password": at.secret}[what]


METHOD = ScriptBackup()

"""`supabase db dump`: the script that the real CLI prints, run beside the server.

The CLI runs that script in a container of its own; `--dry-run` prints it instead, and nothing in
it needs the container. Source: the guide, "Manual backup via Supabase CLI"; the CLI's `--help`;
Supabase docs, "Backup and Restore using the CLI", for the order of the restore.
"""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field

from harness.backups import _roles
from harness.core import environment
from harness.core.errors import DrillError, Unavailable
from harness.core.patience import QUICK_WITHIN_SECONDS
from harness.kinds import ObserveAtCut, Options, Promise
from harness.site import Site

CLI = "supabase"
CLI_VARIABLE = "DRILL_SUPABASE_CLI"
NODE_BINARIES = Path("node_modules/.bin")

Form = Literal["roles", "schema", "data"]
_FLAGS: dict[Form, tuple[str, ...]] = {
    "roles": ("--role-only",),
    "schema": (),
    "data": ("--data-only",),
}

# The script is to take the server's address from its environment, as every client program here.
_NOWHERE = "postgresql://postgres:nothing@127.0.0.1:1/postgres"
_ADDRESS = re.compile(r"^export PG[A-Z]+=.*\n", re.MULTILINE)
# What the CLI keeps in a variable is printed bare, and would be a pipe.
_BARE_SCHEMAS = re.compile(r"--schema=[^\s\"]+")


class SupabaseDumpOptions(Options):
    """Which of the CLI's three forms are dumped. `schemas` names schemas, those that the platform
    maintains included, which the CLI leaves out otherwise.
    """

    forms: tuple[Form, ...] = Field(
        ("schema",),
        min_length=1,
        description="roles, schema or data, each a file; restored in that order.",
    )
    schemas: tuple[str, ...] = Field((), description="Schemas to dump; none: the CLI's choice.")


class SupabaseDbDump:
    """Each form is a file; all of them are restored by psql into a new project."""

    id = "supabase_db_dump"
    stores = ("postgres",)
    title = "supabase db dump, the real CLI's script, restored by psql"
    options = SupabaseDumpOptions

    def arm(self, site: Site, store: str, options: Options) -> None:  # noqa: ARG002 - nothing runs yet
        """Raises: Unavailable: the CLI is not on this machine, or does not run here."""
        self.require_here()

    def require_here(self) -> None:
        """Raises: Unavailable: the CLI is not on this machine, or does not run here."""
        version()

    def promise(self, options: Options) -> Promise:
        """Only the forms that were asked for."""
        assert isinstance(options, SupabaseDumpOptions)
        schemas = ", ".join(options.schemas) or "the schemas that the CLI chooses"
        return Promise(f"{', '.join(_in_order(options))} of {schemas}", "a snapshot for each form")

    def take(
        self, site: Site, store: str, directory: Path, options: Options, observe: ObserveAtCut
    ) -> str:
        """Run the CLI's script of each form, one after the other, as the CLI does."""
        from harness.runtime import processes  # noqa: PLC0415 - a client, of this machine's kernel

        assert isinstance(options, SupabaseDumpOptions)
        service = site.service(store)
        observe(None)
        marks = processes.marks(site.directory.name, site.directory)
        for form in _in_order(options):
            printed = _script(form, options, marks)
            service.run(["bash", "-c", printed], stdout=directory / f"{form}.sql")
        return f"supabase CLI {version()}, {service.run(['pg_dump', '--version']).stdout.strip()}"

    def restore(self, site: Site, store: str, directory: Path, options: Options) -> str:
        """Restore into a new project; returns what psql said on its error stream."""
        assert isinstance(options, SupabaseDumpOptions)
        site.start_clean(store)
        site.run_scripts(site.platform.project)
        service = site.service(store)
        said = ""
        for form in _in_order(options):
            dump = directory / f"{form}.sql"
            if not dump.is_file():
                raise DrillError(f"{store}: the backup holds no {dump.name}")
            if form == "roles":
                guarded = _roles.make_restorable(site, store, dump)
                said += service.run(["psql"], stdin=guarded).stderr
                guarded.unlink()
            else:
                said += service.run(["psql"], stdin=dump).stderr
        return said


def cli() -> str:
    """Return the path of the CLI: from DRILL_SUPABASE_CLI, PATH, or the project's node_modules.

    Raises: Unavailable: there is none.
    """
    beside = shutil.which(CLI, path=str(NODE_BINARIES.absolute()))
    found = os.environ.get(CLI_VARIABLE) or shutil.which(CLI) or beside
    if not found:
        raise Unavailable(
            "the Supabase CLI is not on this machine",
            f"Run npm install supabase here, or set {CLI_VARIABLE} to the CLI.",
        )
    return found


def version() -> str:
    """Return the CLI's version. Raises: Unavailable: there is none, or it cannot be run."""
    return _run(cli(), "--version").strip()


def _in_order(options: SupabaseDumpOptions) -> list[Form]:
    return [form for form in _FLAGS if form in options.forms]


def _script(form: Form, options: SupabaseDumpOptions, marks: Mapping[str, str]) -> str:
    """Return the bash script that the CLI would run, without the address that it was given."""
    schemas = ("--schema", ",".join(options.schemas)) if options.schemas else ()
    schemas = () if form == "roles" else schemas
    asked = ("db", "dump", "--dry-run", "--db-url", _NOWHERE, *_FLAGS[form], *schemas)
    printed = _run(cli(), *asked, **marks)
    if "pg_dump" not in printed:
        raise Unavailable("the Supabase CLI printed no script: supabase db dump --dry-run")
    return _BARE_SCHEMAS.sub(r'"\g<0>"', _ADDRESS.sub("", printed))


def _run(*argv: str, **marks: str) -> str:
    with tempfile.TemporaryDirectory() as home:
        # Nothing that a person keeps at home changes the script, and nothing is reported anywhere.
        environ = environment.plain(HOME=home, DO_NOT_TRACK="1", **marks)
        try:
            ended = subprocess.run(
                argv,
                cwd=home,
                env=environ,
                capture_output=True,
                text=True,
                timeout=QUICK_WITHIN_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Unavailable(f"the Supabase CLI cannot be run: {error}") from None
    if ended.returncode:
        raise Unavailable(f"the Supabase CLI ended with status {ended.returncode}: {ended.stderr}")
    return ended.stdout


METHOD = SupabaseDbDump()

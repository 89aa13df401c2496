"""`drill manifest` and `drill verify`: real backups, and what they are compared with."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness import settings as project_settings
from harness.cli.running import run
from harness.cli.words import (
    console,
    named_path,
)
from harness.core import writing
from harness.core.errors import DrillError, UsageError

if TYPE_CHECKING:
    pass

Variable = Annotated[
    str | None, typer.Option(metavar="VARIABLE", help="The variable that holds its address.")
]


def manifest(  # noqa: PLR0917 - typer makes options of them
    database: Variable = None,
    nats: Variable = None,
    meilisearch: Variable = None,
    redis: Variable = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Where it is written.", parser=named_path)
    ] = Path("manifest.json"),
    command: Annotated[
        str, typer.Option("--run", help="Run this meanwhile, with $DRILL_SNAPSHOT to share.")
    ] = "",
    snapshot: Annotated[str, typer.Option(help="Look in this exported snapshot.")] = "",
    at_rest: Annotated[
        list[str] | None,
        typer.Option(metavar="STORE", help="Nobody writes to it meanwhile; repeatable."),
    ] = None,
) -> None:
    """Keep beside a real backup what runs now: sums, no rows. It only reads.

    PostgreSQL is found in DATABASE_URL unless stores are named.
    """
    from harness import manifesting
    from harness.manifest import save

    named_by = {"postgres": database, "nats": nats, "meilisearch": meilisearch, "redis": redis}
    if not any(named_by.values()):
        named_by["postgres"] = "DATABASE_URL"
    addresses = {store: _address(store, name) for store, name in named_by.items() if name}
    for store in at_rest or ():
        if store not in addresses:
            raise UsageError(
                f"--at-rest: '{store}' is not looked at", f"Valid: {', '.join(addresses)}."
            )
    made = manifesting.made(addresses, command=command, snapshot=snapshot, at_rest=at_rest or ())
    try:
        save(made, output)
    except OSError as error:
        raise DrillError(f"{output} cannot be written: {writing.reason(error)}") from None
    seen = ", ".join(made.stores)
    of = f"{made.database} on {made.server}" if made.database else seen
    console.print(f"{output}: {of}", markup=False, highlight=False)


def _address(store: str, variable: str) -> str:
    if address := os.environ.get(variable, ""):
        return address
    option = "database" if store == "postgres" else store
    raise UsageError(
        f"--{option}: the variable {variable} is not set",
        "An address may hold a password, so it is given by the name of a variable.",
    )


Backup = Annotated[Path | None, typer.Option(metavar="PATH", help="Its backup.", parser=named_path)]


def verify(  # noqa: PLR0917 - typer makes options of them
    file: Annotated[
        Path | None,
        typer.Argument(help="A dump of pg_dump, or a copy of a whole cluster.", parser=named_path),
    ] = None,
    nats: Backup = None,
    meilisearch: Backup = None,
    redis: Backup = None,
    manifest_file: Annotated[
        Path | None, typer.Option("--manifest", help="What drill manifest saw.", parser=named_path)
    ] = None,
    roles: Annotated[
        Path | None, typer.Option(help="What pg_dumpall --globals-only wrote.", parser=named_path)
    ] = None,
    database: Annotated[
        str, typer.Option(help="Which database of a copied cluster is judged.")
    ] = "",
    age: Annotated[
        str, typer.Option(metavar="DURATION", help="How old a backup may be, as in 26h.")
    ] = "",
    rto: Annotated[
        str, typer.Option(metavar="DURATION", help="How long the restore may take, as in 30m.")
    ] = "",
    no_isolation: Annotated[
        bool,
        typer.Option("--no-isolation", help="Run whatever it holds on this machine."),
    ] = False,
    runtime: Annotated[str | None, typer.Option(help="auto, docker or embedded.")] = None,
    reports: Annotated[
        Path | None, typer.Option(help="Where reports go.", parser=named_path)
    ] = None,
) -> None:
    """Restore last night's real backups, and compare them with their manifest."""
    from harness.adopted_scenario import Given, write

    named_files = {"postgres": file, "nats": nats, "meilisearch": meilisearch, "redis": redis}
    files = {store: path for store, path in named_files.items() if path is not None}
    if not files:
        raise UsageError("no backup is named", "As in drill verify nightly.dump.")
    folder = reports or project_settings.read(Path.cwd()).reports
    given = Given(files, manifest_file, roles, database, {"age": age, "rto": rto}, not no_isolation)
    run([write(given, folder)], runtime=runtime, reports=reports)

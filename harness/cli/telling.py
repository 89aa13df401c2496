"""`drill list`, `validate`, `doctor`, `clean`, `schema` and `compare`: what starts nothing."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness import settings as project_settings
from harness.cli.words import (
    DEFAULT_TAG,
    OUT,
    Accepted,
    Paths,
    Pulls,
    Reports,
    Runtimes,
    Tags,
    console,
    kinds,
    named_path,
    select,
)
from harness.core import writing
from harness.core.errors import DrillError, UsageError
from harness.printing import require_told

if TYPE_CHECKING:
    pass


def list_scenarios(
    paths: Paths = None,
    tag: Tags = None,
    json: Annotated[bool, typer.Option("--json", help="As a JSON list.")] = False,
) -> None:
    """List scenarios with what they back up and expect; starts nothing."""
    from harness import listing

    scenarios = select(paths, tag)
    if json:
        OUT.write(listing.as_json(scenarios) + "\n")
    else:
        for line in listing.lines(scenarios, console.width if console.is_terminal else None):
            console.print(line)
    require_told(OUT)


def validate(paths: Paths = None) -> None:
    """Check scenario files without starting anything."""
    scenarios = select(paths, None)
    console.print(
        "1 scenario is valid" if len(scenarios) == 1 else f"{len(scenarios)} scenarios are valid"
    )


def doctor(  # noqa: PLR0917 - typer makes options of them
    paths: Paths = None,
    tag: Tags = None,
    runtime: Runtimes = None,
    pull: Pulls = None,
    accept_unverified: Accepted = None,
    reports: Reports = None,
) -> None:
    """Tell what a run of the same drills would lack here, with one fix a line; starts nothing.

    Its exit code is the one that the machine would force on the run: 0, 3 for what could not be
    verified, or 2 for what would be refused.
    """
    from harness import doctor as diagnosis
    from harness.suite import Asked

    settings = project_settings.read(Path.cwd())
    asked = Asked(settings, runtime, pull, tuple(accept_unverified or ()), reports=reports)
    accepted = asked.reasons()
    scenarios, symptoms = [], []
    try:
        scenarios = select(paths, tag, default_tag=DEFAULT_TAG)
        symptoms.append(diagnosis.of_scenarios(scenarios))
    except UsageError as error:
        symptoms.append(diagnosis.lack("scenarios", error))
    where = reports or settings.reports
    wanted = diagnosis.Wanted(scenarios, asked.runtime_of, where, accepted, settings.notify)
    symptoms += diagnosis.examine(wanted)
    for symptom in symptoms:
        fix = f"\n    fix: {symptom.fix}" if symptom.fix else ""
        console.print(f"{symptom.sign} {symptom.about}: {symptom.state}{fix}")
    require_told(OUT)
    raise typer.Exit(diagnosis.status_of(symptoms))


def clean() -> None:
    """Remove what killed runs left behind; nothing without our marker is touched."""
    from harness.runtime import remove_abandoned

    cleaned = remove_abandoned()
    for name in cleaned.removed:
        console.print(f"removed {name}")
    for name in cleaned.left:
        console.print(f"could not remove {name}")
    console.print(f"{len(cleaned.removed)} removed, {len(cleaned.left)} left")
    raise typer.Exit(3 if cleaned.left else 0)


def schema(
    check: Annotated[
        bool, typer.Option("--check", help="Only tell whether the files are in step.")
    ] = False,
    platform: Annotated[
        bool, typer.Option("--platform", help="Only print that of platform.yaml.")
    ] = False,
    run: Annotated[
        bool, typer.Option("--run", help="Only print the schema of what drill run --json writes.")
    ] = False,
) -> None:
    """Write what editors check scenarios and platform.yaml with: scenarios/*schema.json."""
    if run:
        from harness.report import json_document

        OUT.write(json_document.schema_text())
        require_told(OUT)
        return
    from harness.scenario.schema import platform_schema_text, schema_text

    if platform:
        console.print(platform_schema_text(), end="", highlight=False, markup=False)
        require_told(OUT)
        return
    folder = Path("scenarios")
    texts = {
        folder / "schema.json": schema_text(kinds()),
        folder / "platform.schema.json": platform_schema_text(),
    }
    if check:
        wrong = [p for p, text in texts.items() if not _holds(p, text)]
        for path in texts:
            console.print(f"{path} is {'out of step' if path in wrong else 'in step'}")
        raise typer.Exit(1 if wrong else 0)
    for path, text in texts.items():
        try:
            writing.whole(path, text)
        except OSError as error:
            kind = UsageError if isinstance(error, FileNotFoundError) else DrillError
            raise kind(
                f"{path}: {writing.reason(error)}", "Run this in the project's folder."
            ) from None
        console.print(f"wrote {path}")


def _holds(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


def compare_runs(
    before: Annotated[
        Path, typer.Argument(help="A run's folder, as in reports/RUN.", parser=named_path)
    ],
    after: Annotated[Path, typer.Argument(help="Another run's.", parser=named_path)],
    verified: Annotated[
        bool, typer.Option("--verified", help="Only what both runs verified.")
    ] = False,
) -> None:
    """Tell what one run found that the other did not, times aside; starts nothing."""
    from harness.report import comparison

    runs = comparison.load_run(before), comparison.load_run(after)
    differences = comparison.compare(*runs)
    if verified:
        differences = comparison.verified_in_both(differences)
    for found in differences:
        console.print(
            f"{found.scenario}: {found.check}\n  - {found.before}\n  + {found.after}",
        )
    count = comparison.count_verified_in_both(*runs)
    console.print(
        f"{len(differences)} differences between {len(runs[0])} and {len(runs[1])} drills,"
        f" {count} checks of which both runs verified",
    )
    require_told(OUT)
    raise typer.Exit(1 if differences or not count else 0)

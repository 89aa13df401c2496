"""The command `drill`: init, demo, run, list, validate, doctor, clean, schema, report, history,
compare and prove.

Each command imports what it needs: to be told what there is takes no pytest, no page, no client.
"""

import contextlib
import io
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from harness import (
    __version__,
    help_text,
    history_command,
    merge_command,
    printing,
    run_options,
)
from harness import settings as project_settings
from harness.core import environment, patience, writing
from harness.core.errors import TRACEBACK_VARIABLE, DrillError, Unavailable, UsageError, broke
from harness.core.interruption import SIGNALS, Interrupted, told
from harness.core.ports import STORES, Runtime
from harness.core.reading import named
from harness.core.verdict import Verdict
from harness.printing import require_told

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.console import ConsoleReport
    from harness.run_outputs import Outputs
    from harness.scenario.kinds import Kinds
    from harness.scenario.model import Scenario
    from harness.suite import Suite

DEFAULT_TAG = "nightly"
INTERRUPTED = 130
_PLUGINS = ("xdist",)

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.add_typer(history_command.app, name="history")
reports_app = typer.Typer(cls=merge_command.Judging, add_completion=False)
reports_app.command(merge_command.MERGE)(merge_command.merge)
app.add_typer(reports_app, name="report")
# Bound to this very stream: what pytest itself prints is put aside.
OUT, ERRORS = printing.standard("stdout", 1), printing.standard("stderr", 2)
console = printing.console(OUT)


def _named(text: str | Path) -> Path:
    return named(os.fspath(text), "command line")


Paths = Annotated[
    list[Path] | None,
    typer.Argument(
        help="Scenario files, folders or ids; scenarios/ when there are none.", parser=_named
    ),
]
Tags = Annotated[
    list[str] | None, typer.Option("--tag", "-t", help="Only scenarios with this tag; repeatable.")
]
Runtimes = Annotated[str | None, typer.Option("--runtime", help="auto, docker or embedded.")]
Pulls = Annotated[str | None, typer.Option("--pull", help="Pull images: never, missing or always.")]
Accepted = Annotated[
    list[str] | None,
    typer.Option(
        "--accept-unverified",
        metavar="STORE=REASON",
        help="Accept a store's gap, by name and reason.",
    ),
]
Reports = Annotated[Path | None, typer.Option("--reports", help="Where reports go.", parser=_named)]


class _Stopped(DrillError):
    """The user ended it; the message says what was removed. Typer keeps interruptions to itself."""


def main() -> NoReturn:
    """Run the command line. No traceback reaches a user for anything they can act on."""
    with environment.ours():
        status = _status()
    if lost := printing.unsaid(OUT):
        _say(lost, status)
    ERRORS.flush()
    raise SystemExit(status)


def _status() -> int:
    """Run the command, tell what went wrong, and return the exit status."""
    try:
        status: int = app(standalone_mode=False) or 0
    except (KeyboardInterrupt, typer.Abort):
        status = INTERRUPTED
    except _Stopped as stopped:
        return _say(str(stopped), INTERRUPTED)
    except DrillError as error:
        return _say(str(error), 2 if isinstance(error, UsageError) else 3)
    except Exception as error:
        if error.__class__.__module__.startswith(("click", "typer")):
            return _say(getattr(error, "format_message", error.__str__)(), 2)
        if os.environ.get(TRACEBACK_VARIABLE):
            raise
        return _say(broke(error), 3)
    return status if status != INTERRUPTED else _say("interrupted; nothing was started", status)


def _tell_version(asked: bool) -> None:
    if asked:
        console.print(f"restore-drills {__version__}")
        raise typer.Exit


@app.callback(epilog=help_text.DRILL)
def drill(
    _: Annotated[
        bool,
        typer.Option(
            "--version", callback=_tell_version, is_eager=True, help="Tell the version and leave."
        ),
    ] = False,
) -> None:
    """Restore drills: would we get our data back?"""


@app.command(epilog=help_text.RUN)
def run(  # noqa: PLR0917 - typer makes options of them
    paths: Paths = None,
    tag: Tags = None,
    runtime: Runtimes = None,
    pull: Pulls = None,
    accept_unverified: Accepted = None,
    random: Annotated[int | None, typer.Option(help="Play with this random seed.")] = None,
    jobs: Annotated[int, typer.Option("--jobs", "-n", min=1, help="Drills at once.")] = 1,
    reports: Reports = None,
    junitxml: run_options.JunitXml = None,
    json: run_options.Json = None,
    metrics: run_options.Metrics = None,
    notify_env: run_options.NotifyEnv = None,
    notify_format: run_options.NotifyFormat = None,
    notify_on: run_options.NotifyOn = None,
    sign_key: run_options.SignKey = None,
    shard: run_options.ShardOf = None,
    run_id: run_options.RunId = None,
) -> None:
    """Play drills: the named files or ids, those with a tag, or else every one tagged nightly."""
    import pytest

    from harness import run_shards
    from harness.console import Ahead, ConsoleReport
    from harness.core.finding import counted
    from harness.platform import own_code
    from harness.report import expected_times
    from harness.run_outputs import STDOUT, Outputs
    from harness.suite import Asked, Suite, new_run_id

    settings = project_settings.read(Path.cwd())
    hook = run_options.hook_of(settings.notify, notify_env, notify_format, notify_on)
    outputs = Outputs(junitxml, json, metrics, hook, sign_key or settings.sign_key)
    said = console if json != STDOUT else printing.console(ERRORS)
    asked = Asked(settings, runtime, pull, tuple(accept_unverified or ()), random, reports)
    asked.check()
    scenarios = _select(paths, tag, default_tag=DEFAULT_TAG)
    platform = scenarios[0].platform
    alike = all(scenario.platform == platform for scenario in scenarios)
    chosen = asked.runtime_of(platform=platform if alike else None)
    for scenario in scenarios:
        own_code.check(scenario.platform)
        if scenario.compose:
            # A mistake in the file is told before anything is started; a drill that this machine
            # cannot play is UNVERIFIED in its turn.
            with contextlib.suppress(Unavailable):
                asked.runtime_of(scenario)
    outputs.require_writable()
    said.print(_first_line(chosen, scenarios))
    for store, why in settings.lapsed.items():
        said.print(f"NOTE its gap counts again, for its acceptance has ended: {store}: {why}")
    # Whoever cancels a run in continuous integration ends it like this.
    for number in SIGNALS:
        signal.signal(number, signal.default_int_handler)
    suite = Suite(asked, run_id or new_run_id(), Path.cwd())
    run_shards.refuse_taken(suite.folder)
    suite.open()
    expected = expected_times.of_history(suite.folder.parent, chosen.name)
    if shard:
        scenarios = run_shards.own(scenarios, expected, shard, suite.folder)
        said.print(f"shard {shard}: {counted(len(scenarios), 'drill')}")
        if not scenarios:
            raise typer.Exit
    report = ConsoleReport(said, Ahead(scenarios, expected, jobs, asked))
    suite.listen(report)
    status = _pytest(suite, scenarios, min(jobs, len(scenarios)))
    if status == pytest.ExitCode.INTERRUPTED and not report.errors:
        interrupted = _interrupted(suite, report)
        _leave(outputs, suite, report)
        raise _Stopped(told(interrupted))
    code = report.conclude(suite)
    _leave(outputs, suite, report)
    raise typer.Exit(code)


@app.command("list")
def list_scenarios(
    paths: Paths = None,
    tag: Tags = None,
    json: Annotated[bool, typer.Option("--json", help="As a JSON list.")] = False,
) -> None:
    """List scenarios with what they back up and expect; starts nothing."""
    from harness import listing

    scenarios = _select(paths, tag)
    if json:
        OUT.write(listing.as_json(scenarios) + "\n")
    else:
        for line in listing.lines(scenarios, console.width if console.is_terminal else None):
            console.print(line)
    require_told(OUT)


Variable = Annotated[
    str | None, typer.Option(metavar="VARIABLE", help="The variable that holds its address.")
]


@app.command()
def manifest(  # noqa: PLR0917 - typer makes options of them
    database: Variable = None,
    nats: Variable = None,
    meilisearch: Variable = None,
    redis: Variable = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Where it is written.", parser=_named)
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


Backup = Annotated[Path | None, typer.Option(metavar="PATH", help="Its backup.", parser=_named)]


@app.command()
def verify(  # noqa: PLR0917 - typer makes options of them
    file: Annotated[
        Path | None,
        typer.Argument(help="A dump of pg_dump, or a copy of a whole cluster.", parser=_named),
    ] = None,
    nats: Backup = None,
    meilisearch: Backup = None,
    redis: Backup = None,
    manifest_file: Annotated[
        Path | None, typer.Option("--manifest", help="What drill manifest saw.", parser=_named)
    ] = None,
    roles: Annotated[
        Path | None, typer.Option(help="What pg_dumpall --globals-only wrote.", parser=_named)
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
    reports: Annotated[Path | None, typer.Option(help="Where reports go.", parser=_named)] = None,
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


@app.command()
def validate(paths: Paths = None) -> None:
    """Check scenario files without starting anything."""
    scenarios = _select(paths, None)
    console.print(
        "1 scenario is valid" if len(scenarios) == 1 else f"{len(scenarios)} scenarios are valid"
    )


@app.command(epilog=help_text.DOCTOR)
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
        scenarios = _select(paths, tag, default_tag=DEFAULT_TAG)
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


@app.command()
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


@app.command()
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
        folder / "schema.json": schema_text(_kinds()),
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


@app.command()
def init(
    source: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="WHAT",
            help="A file of SQL, a folder of migrations, a database's URL or the variable of the"
            " environment that holds one. A database is only read, and no row of it.",
        ),
    ] = None,
    ci: Annotated[
        str | None,
        typer.Option(
            metavar="WHO", help="Write what plays drills nightly: github, gitlab, systemd or cron."
        ),
    ] = None,
) -> None:
    """Write a first platform and scenario here, an example or a draft; overwrites nothing."""
    from harness import init_command

    if ci is not None:
        init_command.conducted(console, Path.cwd(), ci, source)
        return
    if source is None:
        init_command.example(console, Path.cwd())
        return
    for number in SIGNALS:
        signal.signal(number, signal.default_int_handler)
    try:
        init_command.drafted(console, Path.cwd(), source, project_settings.read(Path.cwd()))
    except KeyboardInterrupt:
        raise _Stopped("interrupted; nothing was written, and what was started is gone") from None


@app.command(epilog=help_text.EXPLORE)
def explore(  # noqa: PLR0917 - typer makes options of them
    paths: Paths = None,
    runs: Annotated[int | None, typer.Option(min=1, help="So many timelines.")] = None,
    random: Annotated[
        int, typer.Option(min=0, help="The seed: the same one gives the same timelines.")
    ] = 1,
    lasting: Annotated[
        str | None, typer.Option("--for", metavar="TIME", help="So long, as in 10m.")
    ] = None,
    jobs: Annotated[int, typer.Option("--jobs", "-n", min=1, help="Timelines at once.")] = 2,
    findings: Annotated[
        Path, typer.Option(help="Where what is found is written.", parser=_named)
    ] = Path("scenarios/explored"),
    table: Annotated[
        Path | None,
        typer.Option(
            help="Play every fault, store and method by themselves, and write what was lost.",
            parser=_named,
        ),
    ] = None,
) -> None:
    """Compose timelines that nobody thought of, on the platforms of these scenarios, and play them.

    What exceeds the promise of a backup method is shortened and written as a scenario, unless one
    of these expects it already.
    """
    from harness import explore_command
    from harness.scenario.problem import ScenarioErrors

    try:
        scenarios = _select(paths, None)
    except ScenarioErrors:
        if paths or Path("scenarios").is_dir():
            raise
        scenarios = []
    seconds = None if lasting is None else explore_command.duration_seconds(lasting)
    if runs is None and seconds is None:
        runs = explore_command.RUNS
    wanted = explore_command.Wanted(random, runs, seconds, jobs, findings, table)
    settings = project_settings.read(Path.cwd())

    def say(line: str) -> None:
        console.print(line, markup=False, highlight=False, soft_wrap=True)

    try:
        status = explore_command.explore(wanted, scenarios, settings, say)
    except KeyboardInterrupt:
        raise _Stopped("interrupted; what was started is removed") from None
    raise typer.Exit(status)


@app.command()
def demo(
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep its files and pages, and tell where.")
    ] = False,
) -> None:
    """Show a drill that passes and one that catches a loss, without any file of yours."""
    from harness.demo_command import show

    for number in SIGNALS:
        signal.signal(number, signal.default_int_handler)
    try:
        status = show(console, project_settings.read(Path.cwd()), keep=keep)
    except Interrupted as interruption:
        raise _Stopped(told(interruption)) from None
    raise typer.Exit(status)


@reports_app.command(merge_command.JUDGE, epilog=merge_command.EPILOG)
def report(
    evidence: Annotated[
        Path,
        typer.Argument(
            help="An evidence.json, or the folder of a run, as in reports/RUN.", parser=_named
        ),
    ],
    rows: Annotated[
        str | None,
        typer.Option(metavar="CHECK", help="Only list every row that this check names."),
    ] = None,
    _: Annotated[
        bool,
        typer.Option("--rejudge", help="Judge what was observed again; always done.", hidden=True),
    ] = False,
    verify: Annotated[
        bool,
        typer.Option("--verify", help="Only tell whether any file of a run's folder was changed."),
    ] = False,
    signers: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Whose signatures count, as ssh-keygen reads them.", parser=_named
        ),
    ] = None,
) -> None:
    """Judge a drill's evidence again, without a server, and render its page next to it; of a run's
    folder, the run's page.

    Exits 1 when it fails now, and 3 when it is UNVERIFIED or the file contradicts itself. With
    --verify, exits 1 where a file was changed, is gone or was added since the run, or its signature
    is not one of the signers', and 3 where a signature was not checked.
    """
    from harness import run_integrity

    if verify or signers:
        code = run_integrity.verify(evidence, signers, console)
        require_told(OUT)
        raise typer.Exit(code)
    from harness import evidence_file
    from harness.console import EXIT_CODES, ICONS
    from harness.report import page, proofs, runbook, summary
    from harness.report.named_rows import named_rows
    from harness.report.rejudge import rejudge

    if evidence.is_dir():
        _report_run(evidence)
    judged = rejudge(evidence_file.load(evidence), evidence.parent)
    if rows is not None:
        for line in named_rows(judged.evidence.judgement, rows, evidence.parent):
            console.print(line)
        require_told(OUT)
        return
    target = evidence.with_name("report.html")
    proven = proofs.last_proven(_reports_of(evidence))
    run_folder = target.absolute().parent.parent
    kept = [
        run_integrity.rendered(file, run_folder, write)
        for file, write in (
            (target.with_name(runbook.RUNBOOK), lambda: runbook.write(judged, target.parent)),
            (target, lambda: page.write(judged, target, proven)),
        )
        # Evidence of an older release has none.
        if file == target or file.is_file()
    ]
    judgement = judged.evidence.judgement
    verdict = judgement.verdict
    for line in (
        f"{ICONS[verdict]} {judgement.word} {summary.lines(judged)[0]}",
        *judged.contradictions,
        *judged.remarks,
        *kept,
    ):
        console.print(line)
    contradicted = judged.contradictions and verdict is Verdict.PASS
    raise typer.Exit(EXIT_CODES[Verdict.UNVERIFIED if contradicted else verdict])


@app.command("compare")
def compare_runs(
    before: Annotated[
        Path, typer.Argument(help="A run's folder, as in reports/RUN.", parser=_named)
    ],
    after: Annotated[Path, typer.Argument(help="Another run's.", parser=_named)],
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


@app.command("prove")
def prove_checks(  # noqa: PLR0917 - typer makes options of them
    check: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Only this check; repeatable.")
    ] = None,
    store: Annotated[
        list[str] | None, typer.Option(help="Only this store's checks; repeatable.")
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="One failure a check.")] = False,
    runtime: Runtimes = None,
    accept_unverified: Accepted = None,
    jobs: Annotated[
        int | None, typer.Option("--jobs", "-n", min=1, help="Clones at once; one a CPU.")
    ] = None,
    reports: Reports = None,
) -> None:
    """Plant failures in clones of a restored platform: does every check catch its own?"""
    from harness import prove
    from harness.console import EXIT_CODES, ICONS
    from harness.prove.watching import Watching, new_run_id
    from harness.report import proofs, wording
    from harness.runtime import remove_abandoned
    from harness.suite import ELSEWHERE, Asked

    settings = project_settings.read(Path.cwd())
    asked = Asked(settings, runtime, accepted=tuple(accept_unverified or ()), reports=reports)
    accepted = asked.reasons()
    patience.agree(settings.stalled_after_seconds)
    platform = _kinds().platform
    plants, checks = prove.choose_plants(platform, check or (), store or (), quick=quick)
    chosen = asked.runtime_of(platform=platform)
    console.print(_first_line(chosen))
    for number in SIGNALS:
        signal.signal(number, signal.default_int_handler)
    remove_abandoned()
    run_id = new_run_id()
    folder = asked.folder(Path.cwd()) / run_id
    writing.folder(folder / "logs", ELSEWHERE)
    wanted = prove.Wanted(
        run_id,
        platform,
        plants,
        checks,
        jobs or os.cpu_count() or 1,
        whole=not (check or store or quick),
        accepted=accepted,
    )
    try:
        with Watching(console) as watching:
            proof = prove.prove(wanted, chosen, folder / "logs", watching)
    except Interrupted as interruption:
        raise _Stopped(told(interruption)) from None
    try:
        proofs.save(proof, folder)
        kept = f"wrote {writing.shown(folder / proofs.PROOF_PAGE)}"
    except OSError as error:
        raise DrillError(f"the proof could not be written: {writing.reason(error)}") from None
    for line in proofs.lines(proof):
        console.print(line)
    standing, took = proofs.standing_of(proof), wording.duration(proof.seconds)
    for line in (
        f"{ICONS[proof.verdict]} {standing}: {proofs.sentence(proof)}, in {took}",
        kept,
    ):
        console.print(line)
    raise typer.Exit(EXIT_CODES[proof.verdict])


def _report_run(folder: Path) -> NoReturn:
    """Judge a run's drills again and render its page in its folder."""
    from harness import run_integrity
    from harness.console import EXIT_CODES, ICONS
    from harness.report import run_folder, run_page

    run = run_folder.read(folder)
    kept = run_integrity.rendered(
        folder / run_page.PAGE, folder, lambda: run_page.write(run, folder)
    )
    said = f"{ICONS[run.verdict]} {run_page.word(run)}: {run_page.sentence(run)}"
    for line in (said, kept):
        console.print(line)
    raise typer.Exit(EXIT_CODES[run.verdict])


def _reports_of(evidence: Path) -> Path:
    """Return the reports folder that evidence lies in: reports/RUN/DRILL/evidence.json."""
    return evidence.absolute().parent.parent.parent


def _select(
    paths: list[Path] | None, tags: list[str] | None, default_tag: str | None = None
) -> "list[Scenario]":
    """Load the scenarios asked for. Raises: UsageError: there is none, or one is invalid."""
    from harness.scenario import discover

    if not paths and not tags and default_tag:
        tags = [default_tag]
    return discover.gather(paths or (), tags or (), _kinds())


def _kinds() -> "Kinds":
    from harness.scenario.platform_file import kinds_of

    return kinds_of(Path.cwd(), project_settings.read(Path.cwd()).platform)


def _first_line(runtime: Runtime, scenarios: "Sequence[Scenario]" = ()) -> str:
    """Say what drills run on, of the stores that they have, or of all."""
    stores = {store for scenario in scenarios for store in scenario.platform.stores} or {*STORES}
    servers = [
        f"{server.store} {server.product} {server.version}"
        for server in runtime.servers()
        if server.store in stores
    ]
    missing = runtime.missing().items()
    servers += [f"{store} missing ({reason})" for store, reason in missing if store in stores]
    return f"runtime: {runtime.name} ({runtime.why}); {', '.join(servers)}"


def _pytest(suite: "Suite", scenarios: "list[Scenario]", at_once: int) -> int:
    """Have pytest play a suite with its own output put aside.

    Raises: DrillError: it could not begin, or broke.
    """
    import pytest

    from harness.pytest_plugin import Handed

    # Nothing of a path is pytest's to read, this folder's name included.
    own = ["-c", os.devnull, "--rootdir=.", "-p", "harness.pytest_entry", "."]
    # Whatever else is installed beside them takes longer to load than a drill to prepare.
    own += ["--disable-plugin-autoload", "-p", "no:cacheprovider", "-q"]
    own += [part for name in _PLUGINS for part in ("-p", name)]
    # Captured, the phases of a drill would be seen only when it is over.
    own += ["--capture=no"]
    own += ["-n", str(at_once)] if at_once > 1 else []
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        status = pytest.main(own, plugins=[Handed(scenarios, suite)])
    if status in (pytest.ExitCode.USAGE_ERROR, pytest.ExitCode.INTERNAL_ERROR):
        if os.environ.get(TRACEBACK_VARIABLE):
            ERRORS.write(said.getvalue())
        lines = [line for line in said.getvalue().splitlines() if line.strip()]
        raise DrillError(
            f"pytest could not play the drills: {lines[-1] if lines else 'it said nothing'}",
            f"Run it again with {TRACEBACK_VARIABLE}=1 to see more.",
        )
    return int(status)


def _leave(outputs: "Outputs", suite: "Suite", report: "ConsoleReport") -> None:
    """Leave what other programs are to read; what could not be left changes no exit code."""
    run = suite.pages.run
    if run is None:
        return
    for note in outputs.leave(run, suite.folder, OUT):
        report.note(note)
    if untold := outputs.tell(run, suite.folder):
        _say(untold, 0)


def _interrupted(suite: "Suite", report: "ConsoleReport") -> Interrupted:
    """Tell the drills that were interrupted, from their evidence; return what was removed."""
    from harness import evidence_file
    from harness.report import telling
    from harness.report.rejudge import rejudge
    from harness.runtime import remove_abandoned

    found = []
    for path in sorted(suite.folder.glob(f"*/{telling.EVIDENCE}")):
        with contextlib.suppress(UsageError):
            evidence = evidence_file.load(path)
            if evidence.failure.startswith("interrupted"):
                found.append(evidence.cleanup)
                report.tell(telling.told_again(rejudge(evidence, path.parent), path.parent))
    report.quiet()
    # Some may have been ended too early to leave any.
    return Interrupted(*found, remove_abandoned())


def _say(message: str, status: int) -> int:
    printing.console(ERRORS).print(message)
    return status

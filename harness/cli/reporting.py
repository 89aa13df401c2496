"""`drill report`: evidence is judged again, and its pages made anew."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from harness.cli.words import (
    OUT,
    console,
    named_path,
)
from harness.core.verdict import Verdict
from harness.printing import require_told

if TYPE_CHECKING:
    pass


def report(
    evidence: Annotated[
        Path,
        typer.Argument(
            help="An evidence.json, or the folder of a run, as in reports/RUN.", parser=named_path
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
            metavar="FILE",
            help="Whose signatures count, as ssh-keygen reads them.",
            parser=named_path,
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

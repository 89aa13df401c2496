"""`drill prove`: does every check catch its own?"""

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness import settings as project_settings
from harness.cli.words import (
    Accepted,
    Reports,
    Runtimes,
    Stopped,
    console,
    first_line,
    kinds,
)
from harness.core import patience, writing
from harness.core.errors import DrillError
from harness.core.interruption import SIGNALS, Interrupted, told

if TYPE_CHECKING:
    pass


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
    platform = kinds().platform
    plants, checks = prove.choose_plants(platform, check or (), store or (), quick=quick)
    chosen = asked.runtime_of(platform=platform)
    console.print(first_line(chosen))
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
        raise Stopped(told(interruption)) from None
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

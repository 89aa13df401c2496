"""Stores come back the user's way: a script, or the blocks of a runbook, as they are written."""

import shlex
import shutil
from collections.abc import Callable, Mapping
from contextlib import ExitStack

from harness.core import writing
from harness.core.contents import hidden
from harness.core.errors import DrillError, Unavailable
from harness.core.history import Artefact, Doubt, Restoration, StepFailure, StepRecord
from harness.core.ports import Completed
from harness.drill.doubts import doubts
from harness.drill.shelf import Shelf
from harness.runtime.copies import HOMES
from harness.scenario.steps import Block, RestoreByHand
from harness.scripts import all_filled, prepare, refuse_strangers, run_as_operator, told
from harness.site import Site

_IN_ONE_SHELL = """\
[ ! -f {state}/environment ] || . {state}/environment
[ ! -f {state}/folder ] || cd "$(cat {state}/folder)"
trap '[ -z "$BASH_VERSION" ] || set -o posix
export -p > {state}/environment; pwd > {state}/folder' EXIT
. {block}
"""
"""What a block exports and where it goes holds for the next, as in one terminal."""


def restore_by_hand(
    site: Site, shelf: Shelf, step: RestoreByHand, said: Callable[[str], None]
) -> None:
    """Play the script or the blocks, and keep what they promise; one that fails is recorded, and
    the next one is played as it would be. `said` takes what became of a script.

    Raises: DrillError: there is no such backup, or a store does not answer afterwards.
    Unavailable: this machine lacks what they need, or they would work on what is not the drill's.
    """
    stores = [store for store in step.stores if store not in site.missing]
    taken = [_taken(site, step, store) for store in stores]
    begun_seconds = site.clock.now_seconds()
    with ExitStack() as kept:
        files: dict[str, str] = {}
        for artefact in taken:
            store = artefact.store
            directory = kept.enter_context(shelf.keeping.at_hand(step.backup, store))
            files[f"backup.{store}"] = str(directory)
            others = [a for a in site.history.artefacts if a.store == store and a is not artefact]
            site.history.doubts += [
                Doubt(step.backup, store, doubt) for doubt in doubts(directory, artefact, others)
            ]
        errors = _play(site, step, files, said)
    for artefact in taken:
        store = artefact.store
        if site.service(store).is_running:
            site.wait_ready(store)
            site.history.ready_seconds[store] = site.clock.now_seconds()
        site.history.restorations.append(
            Restoration(
                backup=step.backup,
                store=store,
                method="runbook" if step.blocks else "script",
                cut_seconds=artefact.begun_seconds,
                begun_seconds=begun_seconds,
                ended_seconds=site.clock.now_seconds(),
                said=hidden(errors),
            )
        )


def _taken(site: Site, step: RestoreByHand, store: str) -> Artefact:
    for artefact in site.history.artefacts:
        if (artefact.backup, artefact.store) == (step.backup, store):
            return artefact
    raise DrillError(f"backup {step.backup} holds nothing of {store}: it failed")


def _play(
    site: Site, step: RestoreByHand, files: Mapping[str, str], said: Callable[[str], None]
) -> str:
    """Play it; return what it printed on its error stream."""
    if step.blocks:
        return "".join(_play_block(site, step, block, files) for block in step.blocks)
    copy = prepare(site, step.file, step.replace, files)
    environment = all_filled(site, step.environment, files)
    argv = [*_given(step), f"./{copy.script.name}"]
    with site.recorder.command("platform", argv, was_run=True) as status:
        ended = run_as_operator(site, [copy.script], copy.home, environment)
        status.ended = ended.status
    _judge_status(site, step.title, ended)
    said("\n".join(filter(None, [copy.said, hidden(told(ended))])))
    return ended.stderr


def _play_block(site: Site, step: RestoreByHand, block: Block, files: Mapping[str, str]) -> str:
    shell = shutil.which(block.shell)
    name = f"{step.file.name}, block {block.number}"
    if shell is None:
        raise Unavailable(f"{name} is for {block.shell}, and this machine has no such program")
    home = site.directory / HOMES / "operator"
    state = site.directory / HOMES / "operator.state"
    for directory in (home, state):
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    text, replaced = block.text, []
    for old, new in all_filled(site, step.replace, files).items():
        if old in text:
            replaced.append(repr(old))
            text = text.replace(old, new)
    refuse_strangers(site, name, text)
    file, runner = state / "block", state / name
    writing.whole(file, text)
    writing.whole(
        runner, _IN_ONE_SHELL.format(state=shlex.quote(str(state)), block=shlex.quote(str(file)))
    )
    title = f"{step.title}: line {block.line}, block {block.number}"
    begun_seconds = site.clock.now_seconds()
    environment = all_filled(site, step.environment, files)
    given = "".join(f"export {shlex.join([part])}\n" for part in _given(step)[1:])
    argv = [block.shell, name]
    asked = site.recorder.command("platform", argv, text=given + block.text, was_run=True)
    with asked as status:
        ended = run_as_operator(site, [shell, runner], home, environment)
        status.ended = ended.status
    _judge_status(site, title, ended)
    copy = f"replaced in a copy: {', '.join(replaced)}" if replaced else ""
    site.history.steps.append(
        StepRecord(
            verb=step.verb,
            title=title,
            line=step.line,
            begun_seconds=begun_seconds,
            ended_seconds=site.clock.now_seconds(),
            detail="\n".join(filter(None, [copy, hidden(told(ended))])),
            stores=step.stores,
        )
    )
    return ended.stderr


def _given(step: RestoreByHand) -> list[str]:
    variables = [f"{name}={value}" for name, value in step.environment.items()]
    return ["env", *variables] if variables else []


def _judge_status(site: Site, title: str, ended: Completed) -> None:
    if ended.status:
        site.refuse_halted()
        site.history.failures.append(StepFailure(title, "platform", hidden(told(ended))))

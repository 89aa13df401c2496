"""What drills that are asked for would lack here, each with the one thing that mends it.

Its exit code is the one that the machine would force on a run of them.
"""

import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from harness.backups import METHODS
from harness.core.errors import DrillError, Unavailable, UsageError
from harness.core.ports import STORES, Runtime
from harness.core.writing import shown
from harness.drill import encryption
from harness.drill.room import Room
from harness.kinds import Demanding
from harness.offsite import OFFSITE
from harness.report.wording import count
from harness.runtime import find_abandoned
from harness.scenario.model import Scenario
from harness.scenario.steps import Backup, is_strike
from harness.settings import Hook

NEEDS_DOCKER = re.compile(r"(?m)^[^#\n]*\bdocker\s+(?:run|exec|compose|volume|cp|stop|start)\b")

_NAMED_AT_MOST = 3


@dataclass(frozen=True, slots=True)
class Symptom:
    """One thing that was looked at. `status` is the exit code that it forces on a run: 0 where all
    is well, or drills run without it.
    """

    about: str
    well: bool
    state: str
    fix: str = ""
    status: int = 0

    @property
    def sign(self) -> str:
        """The sign before its line: whether it is well, forces an exit code, or does neither."""
        return "✓" if self.well else "✗" if self.status else "!"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a run was to play, and how: `runtime_of` returns the runtime of a scenario, or with None
    that of drills in general; `accepted` maps stores whose gap is accepted to the reason.
    """

    scenarios: Sequence[Scenario]
    runtime_of: Callable[[Scenario | None], Runtime]
    reports: Path
    accepted: Mapping[str, str] = field(default_factory=dict)
    hook: Hook | None = None


def of_scenarios(scenarios: Sequence[Scenario]) -> Symptom:
    """Return that there are scenarios to play."""
    return Symptom("scenarios", well=True, state=f"{count(len(scenarios), 'valid scenario')}")


def examine(wanted: Wanted) -> list[Symptom]:
    """Look at everything that the drills need; starts nothing."""
    try:
        runtime = wanted.runtime_of(None)
    except DrillError as error:
        return [lack("runtime", error)]
    return [
        Symptom("runtime", well=True, state=f"{runtime.name} ({runtime.why})"),
        *_servers(runtime, wanted),
        *_needs(runtime, wanted),
        _room(runtime, wanted),
        _reports(wanted.reports),
        *_webhook(wanted.hook),
        _leftovers(),
    ]


def status_of(symptoms: Iterable[Symptom]) -> int:
    """Return the exit code that the machine would force on a run; bad usage comes first."""
    found = {symptom.status for symptom in symptoms}
    return 2 if 2 in found else max(found, default=0)


def _servers(runtime: Runtime, wanted: Wanted) -> Iterator[Symptom]:
    stores = {store for drill in wanted.scenarios for store in drill.platform.stores} or {*STORES}
    for server in runtime.servers():
        if server.store not in stores:
            continue
        state = f"{server.product} {server.version} from {server.origin}"
        yield Symptom(server.store, well=True, state=state)
    for store, reason in runtime.missing().items():
        if store not in stores:
            continue
        fix = "pip install 'restore-drills[embedded]'"
        if runtime.name == "docker":
            fix = f"run images/build, or name an image in DRILL_{store.upper()}_IMAGE"
        elif store == "meilisearch":
            fix = "put a meilisearch binary on PATH, or name it in MEILISEARCH_BINARY"
        if store not in wanted.accepted:
            fix += f", or accept the gap: --accept-unverified {store}=REASON"
            yield Symptom(store, well=False, state=reason, fix=fix, status=3)
            continue
        state = f"{reason}; accepted: {wanted.accepted[store]}"
        about = [s.slug for s in wanted.scenarios if _is_about(s, store, runtime.missing())]
        if about:
            state += f"; {_named(about)} cannot do without"
        yield Symptom(store, well=False, state=state, fix=fix, status=3 if about else 0)


def _is_about(scenario: Scenario, store: str, missing: Mapping[str, str]) -> bool:
    """Tell whether nothing that a scenario is for can be shown without a store."""
    struck = {s for step in scenario.timeline if is_strike(step) for s in step.stores}
    return store in scenario.terms.subjects or (store in struck and struck <= missing.keys())


def _needs(runtime: Runtime, wanted: Wanted) -> Iterator[Symptom]:
    """Yield what scenarios need beside the servers: what is there once, what is not with whom it
    stops.
    """
    lacks: dict[tuple[str, str, str], dict[str, None]] = {}
    refused: dict[str, int] = {}
    there: dict[str, None] = {}
    for scenario in wanted.scenarios:
        for what, require in _demands(scenario, runtime, wanted):
            try:
                require()
                there[what] = None
            except DrillError as error:
                key = (what, error.message, error.hint or "")
                lacks.setdefault(key, {})[scenario.slug] = None
                refused[what] = 2 if isinstance(error, UsageError) else 3
    for what in there:
        yield Symptom(what, well=True, state="at hand")
    for (what, state, fix), slugs in lacks.items():
        told = f"{state} ({_named([*slugs])})"
        yield Symptom(what, well=False, state=told, fix=fix, status=refused[what])


def _demands(
    scenario: Scenario, runtime: Runtime, wanted: Wanted
) -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield what a scenario demands of the machine, and what raises where it is not there."""
    if scenario.compose or scenario.images or scenario.hub:
        yield "what scenarios bring", lambda: wanted.runtime_of(scenario)
    if hub := scenario.hub:
        yield "hub of a scenario", lambda: _require_program(hub.command[0])
    for step in scenario.timeline:
        if isinstance(step, Backup):
            yield from _of_backup(step, runtime)


def _of_backup(step: Backup, runtime: Runtime) -> Iterator[tuple[str, Callable[[], object]]]:
    for choice in step.methods:
        method = METHODS[choice.method]
        if isinstance(method, Demanding) and choice.store not in runtime.missing():
            yield f"backups by {method.id}", method.require_here
        script = getattr(choice.options, "script", None)
        if script:
            yield "backups by scripts", partial(_require_for_script, Path(script), runtime)
    if step.keep and step.keep.encrypt:
        yield f"backups encrypted by {step.keep.encrypt}", encryption.require_here
    if step.keep and step.keep.offsite:
        place = OFFSITE[step.keep.offsite]
        if isinstance(place, Demanding):
            yield f"backups kept off-site in {place.id}", place.require_here


def _require_program(name: str) -> None:
    if shutil.which(name) is None:
        raise Unavailable(f"there is no program {shown(name)}", "Install it, or name another.")


def _require_for_script(script: Path, runtime: Runtime) -> None:
    if runtime.name == "docker":
        from harness.runtime.docker.stack import script_path  # noqa: PLC0415 - it takes a while

        versions = [s.version for s in runtime.servers() if s.store == "postgres"]
        script_path(*versions)
        return
    text = ""
    with suppress(OSError):
        text = script.read_text(encoding="utf-8", errors="replace")
    if NEEDS_DOCKER.search(text):
        raise Unavailable(
            f"{shown(script)} runs docker, and this runtime has no containers",
            "Play it with --runtime docker.",
        )


def _room(runtime: Runtime, wanted: Wanted) -> Symptom:
    about = "room for drills"
    room = Room(runtime.disks(), wanted.reports)
    try:
        for scenario in wanted.scenarios:
            room.require(scenario)
    except DrillError as error:
        return lack(about, error)
    place = next(p for p in (runtime.disks()[0], *runtime.disks()[0].parents) if p.exists())
    free_bytes = shutil.disk_usage(place).free
    return Symptom(about, well=True, state=f"{free_bytes / 2**30:.1f} GiB free in {shown(place)}")


def _reports(folder: Path) -> Symptom:
    place = next(p for p in (folder.absolute(), *folder.absolute().parents) if os.path.lexists(p))
    if place.is_dir() and os.access(place, os.W_OK | os.X_OK):
        return Symptom("reports", well=True, state=f"{shown(folder)} can be written")
    fix = "name another folder with --reports, or in [tool.drill] of pyproject.toml"
    state = f"{shown(place)} is no folder that can be written to"
    return Symptom("reports", well=False, state=state, fix=fix, status=3 if place.is_dir() else 2)


def _webhook(hook: Hook | None) -> Iterator[Symptom]:
    if hook is None:
        return
    well = bool(os.environ.get(hook.url_env))
    state = f"its address is {'' if well else 'not '}in {hook.url_env}"
    fix = "" if well else "set the variable; runs go on without"
    yield Symptom("webhook", well=well, state=state, fix=fix)


def _leftovers() -> Symptom:
    left = find_abandoned()
    fix = "drill clean" if left else ""
    about = "leftovers of killed runs"
    return Symptom(about, well=not left, state=f"{len(left)} found", fix=fix)


def lack(about: str, error: DrillError) -> Symptom:
    """Return what an error says as a symptom."""
    status = 2 if isinstance(error, UsageError) else 3
    return Symptom(about, well=False, state=error.message, fix=error.hint or "", status=status)


def _named(slugs: Sequence[str]) -> str:
    more = len(slugs) - _NAMED_AT_MOST
    rest = f" and {count(more, 'more scenario')}" if more > 0 else ""
    return f"{', '.join(slugs[:_NAMED_AT_MOST])}{rest}"

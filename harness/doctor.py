"""What a machine lacks for drills, each with the one thing that mends it."""

import shutil
from dataclasses import dataclass

from harness.core.errors import DrillError, Unavailable
from harness.runtime import choose, find_abandoned, workdir
from harness.settings import Settings

FREE_BYTES_WANTED = 1 << 30


@dataclass(frozen=True, slots=True)
class Symptom:
    """One thing that was looked at. `optional` means that drills run without it."""

    about: str
    well: bool
    state: str
    fix: str = ""
    optional: bool = False


def examine(settings: Settings) -> list[Symptom]:
    """Look at everything a drill needs; starts nothing."""
    return [*_servers(settings), _room(), _leftovers()]


def _servers(settings: Settings) -> list[Symptom]:
    try:
        runtime = choose(
            settings.runtime, settings.binaries, images=settings.images, pull=settings.pull
        )
        servers, missing = runtime.servers(), runtime.missing()
    except DrillError as error:
        return [Symptom("runtime", well=False, state=error.message, fix=error.hint or "")]
    found = [Symptom("runtime", well=True, state=f"{runtime.name} ({runtime.why})")]
    for server in servers:
        state = f"{server.product} {server.version} from {server.origin}"
        found.append(Symptom(server.store, well=True, state=state))
    for store, reason in missing.items():
        optional = store == "meilisearch"
        fix = "pip install 'restore-drills[embedded]'"
        if runtime.name == "docker":
            fix = f"run images/build, or name an image in DRILL_{store.upper()}_IMAGE"
        elif optional:
            fix = "put a meilisearch binary on PATH, or name it in MEILISEARCH_BINARY"
        found.append(Symptom(store, well=False, state=reason, fix=fix, optional=optional))
    return [*found, _compose()] if runtime.name == "docker" else found


def _compose() -> Symptom:
    from harness.runtime.docker.compose.program import find_program  # noqa: PLC0415 - it takes a while

    try:
        state, fix = " ".join(find_program()), ""
    except Unavailable as error:
        state, fix = "no program for them", error.hint or ""
    return Symptom("compose files", well=not fix, state=state, fix=fix, optional=True)


def _room() -> Symptom:
    base = workdir.base_directory()
    place = next(path for path in (base, *base.parents) if path.exists())
    free_bytes = shutil.disk_usage(place).free
    return Symptom(
        "room for drills",
        well=free_bytes >= FREE_BYTES_WANTED,
        state=f"{free_bytes / 2**30:.1f} GiB free in {place}",
        fix="" if free_bytes >= FREE_BYTES_WANTED else "free 1 GiB, or set DRILL_HOME elsewhere",
    )


def _leftovers() -> Symptom:
    left = find_abandoned()
    return Symptom(
        "leftovers of killed runs",
        well=not left,
        state=f"{len(left)} found",
        fix="drill clean" if left else "",
        optional=True,
    )

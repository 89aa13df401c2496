"""Plant every failure in a clone of the platform, judge it, and hold the findings to the plant."""

import os
import platform
import resource
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Protocol

import harness
from harness.checks import checks_of
from harness.core.case import Case
from harness.core.errors import DrillError, in_words
from harness.core.finding import Finding
from harness.core.interruption import Interrupted, interruptible
from harness.core.platform import Platform
from harness.core.ports import Runtime, Stack
from harness.core.progress import Unwatched
from harness.core.proof import PROOF_VERSION, Aim, Outcome, Planted, Proof
from harness.core.redact import Redactor
from harness.core.terms import Terms
from harness.core.verdict import Verdict
from harness.judge import judge
from harness.prove.blind_spots import BLIND_SPOTS
from harness.prove.origin import Origin, restored
from harness.prove.plant import Plant
from harness.prove.workshop import Workshop

_TOLD_AT_MOST = 600
_OTHERWISE = (Outcome.MISSED, Outcome.CAUGHT_ELSEWHERE, Outcome.FALSE_ALARM)


class Progress(Protocol):
    """Watches a proof; called from the thread that proves."""

    def phase(self, title: str) -> None:
        """Learn what is being done before the first failure is planted."""

    def planted(self, done: int, total: int, last: Planted) -> None:
        """Learn that one more plant was judged."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to prove of a platform: these plants, for these checks, with so many workers."""

    run_id: str
    platform: Platform
    plants: Sequence[Plant]
    checks: Sequence[str]
    jobs: int
    whole: bool
    accepted: Mapping[str, str] = field(default_factory=dict)


def prove(wanted: Wanted, runtime: Runtime, logs: Path, progress: Progress) -> Proof:
    """Restore one platform and plant everything that is wanted in clones of it.

    Whatever was started is removed in any case, an interruption included.
    Raises: DrillError: the platform could not be restored, or was not clean before any damage.
    Interrupted: somebody ended it.
    """
    opened: list[Stack] = []
    with interruptible():
        try:
            return _prove(wanted, runtime, logs, progress, opened)
        except KeyboardInterrupt:
            raise Interrupted(*(stack.close() for stack in opened)) from None


def _prove(
    wanted: Wanted, runtime: Runtime, logs: Path, progress: Progress, opened: list[Stack]
) -> Proof:
    started, begun_seconds, begun_cpu = _now(), time.monotonic(), _cpu_seconds()
    with restored(wanted.platform, runtime, logs, _Phases(progress), opened) as origin:
        servers = tuple(service.identity for service in origin.site.stack.services.values())
        progress.phase("judge the restored platform")
        clean = _require_clean(origin.case())
        found = _plant_all(wanted, runtime, origin, clean, logs, progress, opened)
        missing = dict(origin.site.missing)
    known = checks_of(wanted.platform)
    spots = {name: reason for name, reason in BLIND_SPOTS.items() if name in found}
    return Proof(
        version=PROOF_VERSION,
        run_id=wanted.run_id,
        started_utc=started,
        ended_utc=_now(),
        harness_version=harness.__version__,
        python=platform.python_version(),
        cpus=os.cpu_count() or 1,
        jobs=wanted.jobs,
        seconds=time.monotonic() - begun_seconds,
        cpu_seconds=_cpu_seconds() - begun_cpu,
        whole=wanted.whole,
        runtime=runtime.name,
        servers=servers,
        missing=missing,
        accepted=dict(wanted.accepted),
        catches={check: known[check].catches for check in wanted.checks},
        stores={check: known[check].store for check in wanted.checks},
        planted=tuple(found.values()),
        blind_spots=spots,
        caught_now=tuple(
            n for n in spots if found[n].outcome in (Outcome.CAUGHT, Outcome.LET_PASS)
        ),
    )


def _require_clean(case: Case) -> dict[str, Finding]:
    findings = {f.check: f for f in judge(case, Terms(), {}).findings}
    wrong = [
        f"{f.check}: {f.summary}"
        for f in findings.values()
        if f.verdict is Verdict.FAIL
        or (f.verdict is Verdict.UNVERIFIED and f.store not in case.missing)
    ]
    if wrong:
        raise DrillError(
            "the platform is not clean before any damage, so nothing can be proven on it:\n"
            + "\n".join(wrong),
            "A false alarm, or a restore that loses something: mend that first.",
        )
    return findings


def _plant_all(  # noqa: PLR0917 - what every worker needs
    wanted: Wanted,
    runtime: Runtime,
    origin: Origin,
    clean: dict[str, Finding],
    logs: Path,
    progress: Progress,
    opened: list[Stack],
) -> dict[str, Planted]:
    """Return what became of each plant, by its name."""
    waiting: SimpleQueue[Plant] = SimpleQueue()
    done: SimpleQueue[Planted | BaseException] = SimpleQueue()
    # Those that take longest come first, so that no worker is left with one at the end.
    for plant in sorted(wanted.plants, key=lambda p: -len(p.needs)):
        waiting.put(plant)
    interrupted = threading.Event()

    def work(workshop: Workshop) -> None:
        try:
            while not interrupted.is_set():
                done.put(_plant(waiting.get_nowait(), workshop, origin, clean))
        except Empty:
            return
        except BaseException as error:  # noqa: BLE001 - raised again where it can be acted on
            done.put(error)

    found: dict[str, Planted] = {}
    with ExitStack() as closing:
        workshops = []
        for _ in range(wanted.jobs):
            workshops.append(Workshop(runtime, origin, logs, opened))
            closing.callback(workshops[-1].close)
        with ThreadPoolExecutor(max_workers=wanted.jobs) as workers:
            try:
                for workshop in workshops:
                    workers.submit(work, workshop)
                while len(found) < len(wanted.plants):
                    planted = done.get()
                    if isinstance(planted, BaseException):
                        raise planted
                    found[planted.name] = planted
                    progress.planted(len(found), len(wanted.plants), planted)
            finally:
                interrupted.set()
    return {plant.name: found[plant.name] for plant in wanted.plants}


def _plant(plant: Plant, workshop: Workshop, origin: Origin, clean: dict[str, Finding]) -> Planted:
    begun_seconds = time.monotonic()
    outcome, failed, told = _outcome(plant, workshop, origin, clean)
    if plant.name in BLIND_SPOTS and outcome in _OTHERWISE:
        outcome, told = Outcome.BLIND, BLIND_SPOTS[plant.name]
    return Planted(
        plant.name,
        plant.aim,
        plant.store,
        plant.check,
        outcome,
        tuple(failed),
        Redactor(origin.passwords.values()).text(told)[:_TOLD_AT_MOST],
        round(time.monotonic() - begun_seconds, 3),
    )


def _outcome(
    plant: Plant, workshop: Workshop, origin: Origin, clean: dict[str, Finding]
) -> tuple[Outcome, list[str], str]:
    missing = origin.site.missing
    absent = next((s for s in (*plant.needs, plant.store) if s in missing), None)
    if absent is not None:
        return Outcome.NOT_HERE, [], f"{absent}: {missing[absent]}"
    try:
        case = origin.case()
        if plant.damage is not None:
            clone = workshop.clone(plant.needs)
            plant.damage(clone)
            case = clone.case()
        if plant.tamper is not None:
            case = plant.tamper(case)
        judgement = judge(case, Terms(), {})
    except Exception as error:  # noqa: BLE001 - whatever broke, nothing was proven
        return Outcome.BROKEN, [], in_words(error)
    now = {f.check: f for f in judgement.findings}
    failed = [check for check, f in now.items() if f.verdict is Verdict.FAIL]
    unread = [
        check
        for check, finding in now.items()
        if finding.verdict is Verdict.UNVERIFIED
        and (check not in clean or clean[check].verdict is not Verdict.UNVERIFIED)
    ]
    return _held(plant, now, failed, unread, judgement.not_applicable)


def _held(  # noqa: PLR0911 - one for each outcome
    plant: Plant,
    now: Mapping[str, Finding],
    failed: list[str],
    unread: list[str],
    not_applicable: Mapping[str, str],
) -> tuple[Outcome, list[str], str]:
    """Hold what was found to what the plant demands."""
    strange = [check for check in failed if not plant.allows(check)]
    told = "; ".join(f"{check}: {now[check].summary}" for check in (strange or failed))
    if plant.aim in (Aim.UNREAD, Aim.EMPTY):
        doubted = unread if plant.aim is Aim.UNREAD else [*unread, *failed]
        if plant.check in doubted:
            return Outcome.CAUGHT, failed, now[plant.check].summary
        verdict = now[plant.check].verdict if plant.check in now else "not applicable"
        return Outcome.MISSED, failed, f"{plant.check} is {verdict}, and nothing was read"
    if plant.aim is Aim.FAILURE and plant.check not in failed:
        if plant.check in unread:
            return Outcome.UNREAD, failed, f"{plant.check}: {now[plant.check].summary}"
        if failed:
            return Outcome.CAUGHT_ELSEWHERE, failed, told
        why = not_applicable.get(plant.check, "every check holds")
        return Outcome.MISSED, failed, why
    if strange:
        return Outcome.FALSE_ALARM, failed, told
    unread = [check for check in unread if not plant.allows(check)]
    if unread:
        told = "; ".join(f"{check}: {now[check].summary}" for check in unread)
        return Outcome.UNREAD, failed, told
    if plant.aim is Aim.NEAR_MISS:
        return Outcome.LET_PASS, [], ""
    return Outcome.CAUGHT, failed, now[plant.check].summary


@dataclass(frozen=True, slots=True)
class _Phases(Unwatched):
    """Tells a proof's watcher what the drill at its beginning does."""

    progress: Progress

    def phase(self, title: str) -> None:
        """Pass it on."""
        self.progress.phase(title)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _cpu_seconds() -> float:
    return sum(
        used.ru_utime + used.ru_stime
        for used in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )

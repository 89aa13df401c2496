"""What a scenario demands of its judge: the part of its text that a saved drill is judged by."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.core.case import Objectives
from harness.core.judgement import Expectation
from harness.core.platform import Platform
from harness.core.ports import STORES
from harness.core.terms import Terms
from harness.scenario.check_part import check_part
from harness.scenario.document import parse
from harness.scenario.form import ScenarioPart, WaiverPart
from harness.scenario.kinds import Kinds
from harness.scenario.own import own_checks, own_ids
from harness.scenario.problem import Problems, ScenarioErrors
from harness.scenario.step_form import BackupPart
from harness.yaml_text import Unreadable


def terms_in(text: str, platform: Platform | None = None) -> Terms:
    """Return the terms in a scenario's text, on the platform that comes along if none is given; of
    its timeline only the schedules are read.

    Raises: ScenarioErrors: this release does not read it as a scenario.
    """
    kinds = Kinds.installed()
    if platform is not None and not platform.is_ours:
        kinds = kinds.on(platform)
    try:
        document = parse(text)
    except Unreadable as error:
        raise ScenarioErrors([f"line {error.line}: {error.text}"]) from None
    problems = document.problems
    kinds = replace(kinds, own=own_ids(document.value))
    part = check_part(ScenarioPart, document.value, (), problems, kinds)
    schedules = part and dict(_schedules(part.timeline, kinds, problems))
    problems.raise_any("the scenario in the evidence")
    assert part is not None
    return terms_of(part, schedules or {})


def terms_of(part: ScenarioPart, every_seconds: dict[str, float]) -> Terms:
    """Return the terms in a scenario that was checked, with the schedules of its backups."""
    demanded = part.objectives
    objectives = Objectives(
        demanded.rto, dict(demanded.rpo), every_seconds, demanded.proof, demanded.age
    )
    skip = {check: _said(why) for check, why in part.skip.items()}
    until = {
        check: why.until
        for check, why in part.skip.items()
        if isinstance(why, WaiverPart) and why.until
    }
    own = own_checks(part.checks)
    return Terms(_expectation(part), objectives, skip, subjects(part.tags), until, own)


def _said(why: str | WaiverPart) -> str:
    if isinstance(why, str):
        return why
    end = f", until {why.until}" if why.until else ""
    return f"{why.reason} (owner: {why.owner}{end})"


def subjects(tags: Iterable[str]) -> tuple[str, ...]:
    """Return the stores among the tags."""
    tagged = set(tags)
    return tuple(store for store in STORES if store in tagged)


def _expectation(part: ScenarioPart) -> Expectation:
    if part.expect is None:
        return Expectation()
    fail = part.expect.fail
    sizes = fail.items() if isinstance(fail, dict) else ()
    return Expectation(tuple(fail), {check: dict(size) for check, size in sizes if size})


def _schedules(
    timeline: Iterable[Any], kinds: Kinds, problems: Problems
) -> Iterator[tuple[str, float]]:
    for index, entry in enumerate(timeline):
        if isinstance(entry, dict) and "backup" in entry:
            own = {key: value for key, value in entry.items() if key in BackupPart.model_fields}
            if isinstance(script := own["backup"], dict):
                own["backup"] = script.get("name") or Path(str(script.get("script"))).stem
            step = check_part(BackupPart, own, ("timeline", index), problems, kinds)
            if step is not None and step.every is not None:
                yield step.backup, step.every

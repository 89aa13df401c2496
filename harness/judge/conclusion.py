"""One verdict of many findings, its sentence, and what a PASS leaves open."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from harness.core.finding import Finding, named
from harness.core.judgement import Expectation, ranged
from harness.core.verdict import Verdict

LOSSES = ("lost", "gone")
"""Counts of findings that are acknowledged rows which are not there."""


@dataclass(frozen=True, slots=True)
class Found:
    """Everything a verdict rests on. `counting_rows` names the checks that account for the rows of
    a table: each row is counted by one of them.

    `accepted` maps the stores whose gaps a person accepted to the reason; `failure` says why the
    drill ended early, if it did; `spoiled` what the machine did that anything wrong may have come
    from; `absent` names the stores that the timeline works on and that
    cannot run here; `unearned` says what a PASS lacks, nothing when it is earned; `broken_before`
    names the scenario's own checks that did not hold before the disaster either.
    """

    findings: tuple[Finding, ...]
    waived: tuple[Finding, ...] = ()
    accepted: dict[str, str] = field(default_factory=dict)
    failure: str = ""
    spoiled: str = ""
    absent: tuple[str, ...] = ()
    unearned: tuple[str, ...] = ()
    counting_rows: frozenset[str] = frozenset()
    broken_before: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Conclusion:
    """A verdict, the sentence that says it, and the proviso of a PASS."""

    verdict: Verdict
    sentence: str
    proviso: str = ""


def conclude(found: Found, expectation: Expectation) -> Conclusion:
    """Return what a verdict comes to: the first that keeps it from PASS, the gravest first."""
    for hindrance in (_spoiled, _surprise, _early_end, _other_size, _silence, _gap, _not_earned):
        if conclusion := hindrance(found, expectation):
            return conclusion
    held = sum(f.verdict is Verdict.PASS for f in found.findings)
    sentence = f"all {held} checks made hold"
    if expectation.fail:
        noun = "check" if len(expectation.fail) == 1 else "checks"
        sentence = f"exactly the {len(expectation.fail)} expected {noun} failed" + named(
            "namely", list(expectation.fail)
        )
    return Conclusion(Verdict.PASS, sentence, ", ".join(_provisos(found, expectation)))


def _spoiled(found: Found, _: Expectation) -> Conclusion | None:
    if not found.spoiled:
        return None
    said = f"{found.spoiled}; what went wrong says nothing of the platform"
    return Conclusion(Verdict.UNVERIFIED, said)


def _surprise(found: Found, expectation: Expectation) -> Conclusion | None:
    surprising = [check for check in _failed(found) if check not in expectation.fail]
    if not surprising:
        return None
    said = f"{len(surprising)} of {_count(len(found.findings), 'check')} failed"
    return Conclusion(Verdict.FAIL, said + named("namely", surprising))


def _early_end(found: Found, _: Expectation) -> Conclusion | None:
    if not found.failure:
        return None
    return Conclusion(Verdict.UNVERIFIED, f"the drill was not played to its end: {found.failure}")


def _other_size(found: Found, expectation: Expectation) -> Conclusion | None:
    others = list(_other_sizes(found.findings, expectation))
    if not others:
        return None
    noun = "failure" if len(expectation.fail) == 1 else "failures"
    said = f"{len(others)} of {len(expectation.fail)} expected {noun} of another size"
    return Conclusion(Verdict.FAIL, said + named("namely", others))


def _silence(found: Found, expectation: Expectation) -> Conclusion | None:
    made = {*_failed(found), *_gaps(found, expectation)}
    silent = [check for check in expectation.fail if check not in made]
    if not silent:
        return None
    said = f"{len(silent)} of {len(expectation.fail)} checks that had to fail held"
    if found.absent:
        # Without a store that the timeline works on, a bad procedure may seem to work.
        said += f", for {' and '.join(found.absent)} cannot run here"
    verdict = Verdict.UNVERIFIED if found.absent else Verdict.FAIL
    return Conclusion(verdict, said + named("namely", silent))


def _gap(found: Found, expectation: Expectation) -> Conclusion | None:
    gaps = _gaps(found, expectation)
    if not gaps:
        return None
    said = f"nothing failed, but {len(gaps)} of {len(found.findings)} checks could not be made"
    return Conclusion(Verdict.UNVERIFIED, said + named("namely", gaps))


def _not_earned(found: Found, _: Expectation) -> Conclusion | None:
    reasons = found.unearned
    if not any(f.verdict is Verdict.PASS for f in found.findings):
        reasons = (*reasons, "no check was made and held")
    if not reasons:
        return None
    said = f"nothing failed, but a PASS is not earned: {'; '.join(reasons)}"
    return Conclusion(Verdict.UNVERIFIED, said)


def _failed(found: Found) -> list[str]:
    return [f.check for f in found.findings if f.verdict is Verdict.FAIL]


def _gaps(found: Found, expectation: Expectation) -> list[str]:
    """Return the checks that could not be made. An accepted gap never stands in for a failure
    that was to be shown.
    """
    return [
        f.check
        for f in found.findings
        if f.verdict is Verdict.UNVERIFIED
        and (f.store not in found.accepted or f.check in expectation.fail)
    ]


def _other_sizes(findings: tuple[Finding, ...], expectation: Expectation) -> Iterator[str]:
    """Yield each expected failure whose counts are not those that are expected."""
    for finding in findings:
        if finding.verdict is not Verdict.FAIL:
            continue
        for name, (least, greatest) in expectation.sizes.get(finding.check, {}).items():
            wanted = f"{finding.check}: expected {name} {ranged((least, greatest))}"
            count = finding.counts.get(name)
            if count is None:
                counted = ", ".join(finding.counts) or "nothing"
                yield f"{wanted}, but it counts {counted}"
            elif not least <= count <= greatest:
                yield f"{wanted}, found {count}"


def _provisos(found: Found, expectation: Expectation) -> Iterator[str]:
    if expectation.fail:
        yield _loss(found, expectation)
    if found.accepted:
        yield f"{_count(len(found.accepted), 'store')} not verified"
    if found.broken_before:
        yield f"{_count(len(found.broken_before), 'own check')} broken before"
    broken = sum(f.verdict is Verdict.FAIL for f in found.waived)
    if broken:
        yield f"{_count(broken, 'failure')} waived"
    elif found.waived:
        yield f"{_count(len(found.waived), 'check')} waived"


def _loss(found: Found, expectation: Expectation) -> str:
    """Say how many rows are lost as expected, or else how many checks failed."""
    total = sum(
        finding.counts.get(name, 0)
        for finding in found.findings
        if finding.check in found.counting_rows and finding.check in expectation.fail
        for name in LOSSES
    )
    if total:
        return f"loses {_count(total, 'row')} as expected"
    return f"{_count(len(expectation.fail), 'check')} failed as expected"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")

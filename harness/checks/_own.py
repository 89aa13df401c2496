"""The checks that a scenario brings, judged by what came of them, and by what did at the backup."""

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from functools import partial

from harness.core.case import Case, NotApplicable
from harness.core.check import Check
from harness.core.errors import Unread
from harness.core.finding import Finding
from harness.core.own_check import OwnCheck
from harness.observations.own_checks import OwnAnswer, OwnAnswers

CATCHES = "the scenario's own check"
_SHOWN_AT_MOST = 120


def own_checks(wanted: Iterable[OwnCheck]) -> dict[str, Check]:
    """Return the checks that a scenario brings, by id."""
    return {own.id: Check(own.id, own.store, CATCHES, partial(_judge, own)) for own in wanted}


def _judge(own: OwnCheck, check: Check, case: Case) -> Finding:
    answer = _answer(case.after[OwnAnswers], own)
    if answer.unread:
        raise Unread(answer.unread)
    got = _told(own, answer)
    said = f"{_question(own)}: {got}"
    if _holds(own, answer):
        return check.passed(said, expected=_wanted(own), actual=got)
    seen = case.before.get(OwnAnswers)
    before = _answer(seen, own) if seen else OwnAnswer(unread="nothing")
    if before.unread:
        then = "before the disaster it could not be made"
    elif _holds(own, before):
        then = "before the disaster it held"
    elif _news(before) == _news(answer):
        raise NotApplicable(f"it did not hold before the disaster either: {said}")
    else:
        then = f"before the disaster {_told(own, before)}"
    return check.failed(
        f"{said}; {then}",
        expected=_wanted(own),
        actual=f"{got}\n{answer.said}" if answer.value is not None and answer.said else got,
        next_step=f"Run it on the restored platform: {own.asks}",
    )


def _answer(seen: OwnAnswers, own: OwnCheck) -> OwnAnswer:
    return seen.answers.get(own.id, OwnAnswer(unread="it was not made"))


def _holds(own: OwnCheck, answer: OwnAnswer) -> bool:
    if answer.value is None:
        return False
    if isinstance(own.wants, bool):
        return answer.value == ("t" if own.wants else "f")
    if isinstance(own.wants, str):
        return answer.value == own.wants
    try:
        return Decimal(answer.value) == Decimal(str(own.wants))
    except InvalidOperation:
        return False


def _news(answer: OwnAnswer) -> str:
    """Return what is compared of two answers: a command never prints the same times twice."""
    return answer.said if answer.value is None else f"value {answer.value}"


def _question(own: OwnCheck) -> str:
    return _shown(f"GET {own.asks}" if own.kind == "http" else own.asks)


def _wanted(own: OwnCheck) -> str:
    if own.kind != "sql":
        return f"status {own.wants}"
    return str(own.wants).lower() if isinstance(own.wants, bool) else str(own.wants)


def _told(own: OwnCheck, answer: OwnAnswer) -> str:
    if answer.value is None:
        return answer.said
    return _shown(answer.value) if own.kind == "sql" else f"status {answer.value}"


def _shown(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN_AT_MOST else f"{line[:_SHOWN_AT_MOST]}…"

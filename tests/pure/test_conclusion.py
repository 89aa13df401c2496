"""One verdict is made of many findings, never a PASS out of a gap, and its word says the rest."""

import pytest

from harness.core.finding import Finding
from harness.core.judgement import Expectation
from harness.core.verdict import Verdict
from harness.judge.conclusion import Conclusion, Found, conclude


def found(
    check: str, verdict: Verdict, store: str = "postgres", counts: dict[str, int] | None = None
) -> Finding:
    """Return a finding with little but a verdict."""
    return Finding(check, store, verdict, "said", counts=counts or {})


PASSED = found("a", Verdict.PASS)
FAILED = found("b", Verdict.FAIL, counts={"lost": 50, "owed": 300})
GAP = found("c", Verdict.UNVERIFIED, "meilisearch")
EXPECTED = Expectation(("b",))
ROWS = frozenset("b")
ACCEPTED = {"meilisearch": "none here"}
NOT_MADE = "nothing failed, but 1 of 2 checks could not be made (namely c)"


@pytest.mark.parametrize(
    ("what", "expectation", "expected"),
    [
        (Found((PASSED,)), Expectation(), (Verdict.PASS, "all 1 checks made hold", "")),
        (
            Found((PASSED, FAILED)),
            Expectation(),
            (Verdict.FAIL, "1 of 2 checks failed (namely b)", ""),
        ),
        (Found((PASSED, GAP)), Expectation(), (Verdict.UNVERIFIED, NOT_MADE, "")),
        (
            Found((PASSED, GAP), accepted=ACCEPTED),
            Expectation(),
            (Verdict.PASS, "all 1 checks made hold", "1 store not verified"),
        ),
        (
            Found((PASSED, FAILED)),
            EXPECTED,
            (
                Verdict.PASS,
                "exactly the 1 expected check failed (namely b)",
                "1 check failed as expected",
            ),
        ),
        (
            Found((PASSED, FAILED)),
            Expectation(("a",)),
            (Verdict.FAIL, "1 of 2 checks failed (namely b)", ""),
        ),
        (
            Found((PASSED,)),
            Expectation(("a",)),
            (Verdict.FAIL, "1 of 1 checks that had to fail held (namely a)", ""),
        ),
        (
            Found((PASSED,), absent=("nats", "redis")),
            Expectation(("a",)),
            (
                Verdict.UNVERIFIED,
                (
                    "1 of 1 checks that had to fail held, for nats and redis cannot run here"
                    " (namely a)"
                ),
                "",
            ),
        ),
        (
            Found((PASSED, GAP), accepted=ACCEPTED),
            Expectation(("c",)),
            (Verdict.UNVERIFIED, NOT_MADE, ""),
        ),
        (
            Found((PASSED,), failure="nats did not start"),
            Expectation(),
            (Verdict.UNVERIFIED, "the drill was not played to its end: nats did not start", ""),
        ),
        (
            Found((FAILED,), failure="nats did not start"),
            Expectation(),
            (Verdict.FAIL, "1 of 1 check failed (namely b)", ""),
        ),
        (
            Found((PASSED,), unearned=("nothing was destroyed", "nothing came back")),
            Expectation(),
            (
                Verdict.UNVERIFIED,
                (
                    "nothing failed, but a PASS is not earned: nothing was destroyed; nothing came"
                    " back"
                ),
                "",
            ),
        ),
        (
            Found((FAILED,)),
            EXPECTED,
            (
                Verdict.UNVERIFIED,
                "nothing failed, but a PASS is not earned: no check was made and held",
                "",
            ),
        ),
        (
            Found((GAP,), accepted=ACCEPTED),
            Expectation(),
            (
                Verdict.UNVERIFIED,
                "nothing failed, but a PASS is not earned: no check was made and held",
                "",
            ),
        ),
        (
            Found(()),
            Expectation(),
            (
                Verdict.UNVERIFIED,
                "nothing failed, but a PASS is not earned: no check was made and held",
                "",
            ),
        ),
    ],
    ids=[
        "all hold",
        "one fails",
        "a gap",
        "an accepted gap",
        "the expected one fails",
        "another one fails",
        "the expected one holds",
        "the expected one holds without its stores",
        "an accepted gap is no failure",
        "not played to its end",
        "a failure outranks a break",
        "not earned",
        "nothing held beside the expected failure",
        "nothing but accepted gaps",
        "nothing at all",
    ],
)
def test_conclusion(
    what: Found, expectation: Expectation, expected: tuple[Verdict, str, str]
) -> None:
    """Only exactly what was expected, with every gap accepted and all earned, is a PASS."""
    assert Conclusion(*expected) == conclude(what, expectation)


@pytest.mark.parametrize(
    ("size", "said"),
    [
        ((50, 50), ""),
        ((1, 50), ""),
        ((50, 99), ""),
        ((49, 49), "b: expected lost 49, found 50"),
        ((51, 51), "b: expected lost 51, found 50"),
        ((51, 99), "b: expected lost 51..99, found 50"),
        ((1, 49), "b: expected lost 1..49, found 50"),
    ],
)
def test_an_expected_failure_has_the_expected_size(size: tuple[int, int], said: str) -> None:
    """More or less than what was expected is a failure, the borders of a range are not."""
    concluded = conclude(Found((PASSED, FAILED)), Expectation(("b",), {"b": {"lost": size}}))
    if not said:
        assert Verdict.PASS is concluded.verdict
        return
    sentence = f"1 of 1 expected failure of another size (namely {said})"
    assert Conclusion(Verdict.FAIL, sentence) == concluded


def test_a_count_that_a_finding_does_not_have_is_no_match() -> None:
    """Whoever expects a count that nothing counts is told which there are."""
    also = found("d", Verdict.FAIL)
    sizes = {"b": {"gone": (1, 1)}, "d": {"lost": (0, 0)}}
    concluded = conclude(Found((PASSED, FAILED, also)), Expectation(("b", "d"), sizes))
    sentence = (
        "2 of 2 expected failures of another size (namely b: expected gone 1, but it counts lost,"
        " owed, d: expected lost 0, but it counts nothing)"
    )
    assert Conclusion(Verdict.FAIL, sentence) == concluded


def test_a_check_that_held_is_told_as_that_and_not_by_its_size() -> None:
    """It lost nothing where it had to lose something; that it held says so."""
    held = found("b", Verdict.PASS, counts={"lost": 0})
    concluded = conclude(Found((PASSED, held)), Expectation(("b",), {"b": {"lost": (5, 5)}}))
    said = "1 of 1 checks that had to fail held (namely b)"
    assert Conclusion(Verdict.FAIL, said) == concluded


def test_several_expected_failures_are_counted() -> None:
    """Exactly those, in the plural."""
    also = found("d", Verdict.FAIL)
    concluded = conclude(Found((PASSED, FAILED, also)), Expectation(("b", "d")))
    assert "exactly the 2 expected checks failed (namely b, d)" == concluded.sentence


def test_sizes_say_nothing_of_a_drill_that_ended_early() -> None:
    """What was not played to its end has lost nothing yet."""
    expectation = Expectation(("b",), {"b": {"lost": (1, 1)}})
    concluded = conclude(Found((PASSED, FAILED), failure="killed"), expectation)
    assert Verdict.UNVERIFIED is concluded.verdict


@pytest.mark.parametrize(
    ("what", "fail", "proviso"),
    [
        (Found((PASSED, found("b", Verdict.FAIL))), ("b",), "1 check failed as expected"),
        (
            Found((PASSED, found("b", Verdict.FAIL), found("d", Verdict.FAIL))),
            ("b", "d"),
            "2 checks failed as expected",
        ),
        (
            Found((PASSED, found("b", Verdict.FAIL, counts={"lost": 1})), counting_rows=ROWS),
            ("b",),
            "loses 1 row as expected",
        ),
        (
            Found(
                (
                    PASSED,
                    found("b", Verdict.FAIL, counts={"lost": 1_000, "gone": 30}),
                    found("d", Verdict.FAIL, counts={"lost": 4}),
                    found("rpo", Verdict.FAIL, counts={"lost": 1_004}),
                    found("e", Verdict.PASS, counts={"lost": 0, "gone": 7}),
                ),
                counting_rows=frozenset("bde"),
            ),
            ("b", "d", "rpo"),
            "loses 1,034 rows as expected",
        ),
        (Found((PASSED,), waived=(PASSED,)), (), "1 check waived"),
        (Found((PASSED,), waived=(PASSED, FAILED)), (), "1 failure waived"),
        (Found((PASSED,), waived=(FAILED, GAP)), (), "1 failure waived"),
        (Found((PASSED,), waived=(GAP, PASSED)), (), "2 checks waived"),
        (
            Found(
                (PASSED, FAILED, GAP),
                waived=(PASSED, PASSED),
                accepted=ACCEPTED,
                counting_rows=ROWS,
            ),
            ("b",),
            "loses 50 rows as expected, 1 store not verified, 2 checks waived",
        ),
    ],
)
def test_the_word_of_a_pass_says_what_it_leaves_open(
    what: Found, fail: tuple[str, ...], proviso: str
) -> None:
    """What is expected, accepted or waived is in the word itself, with its number."""
    concluded = conclude(what, Expectation(fail))
    assert (Verdict.PASS, proviso) == (concluded.verdict, concluded.proviso)

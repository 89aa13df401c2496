"""A selection of hostile files; `nox -s fuzz` tries thousands."""

import fuzzing
import pytest

KINDS = {
    "scenario": fuzzing.scenarios,
    "settings": fuzzing.settings,
    "evidence": fuzzing.evidence,
    "compose": fuzzing.compose,
}


@pytest.mark.parametrize("name", KINDS)
def test_no_file_breaks_the_harness(name: str) -> None:
    """Each is taken, or refused as bad usage, within two seconds."""
    assert [] == [found.why for found in fuzzing.tried(KINDS[name](), 7, 60)]


def test_a_seed_makes_the_same_files() -> None:
    """What broke can be tried again."""
    kind = fuzzing.settings()
    once, again = (list(fuzzing.variants(kind, 3, 50)) for _ in range(2))
    assert once == again
    assert len({*once}) > 40

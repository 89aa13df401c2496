"""Row numbers kept as spans behave like a sorted list of them."""

from hypothesis import given
from hypothesis import strategies as st

from harness.platform.numbers import Numbers


@given(st.lists(st.integers(0, 200), unique=True), st.integers(0, 200), st.integers(0, 200))
def test_numbers_behave_like_a_sorted_list(members: list[int], low: int, high: int) -> None:
    """However they were added, they come out one by one, and are counted between any borders."""
    numbers = Numbers()
    for member in sorted(members):
        numbers.add(member, member)
    assert sorted(members) == list(numbers)
    assert len(members) == len(numbers)
    assert sum(low <= m <= high for m in members) == numbers.count_within(low, high)
    assert sorted(members) == [n for f, last in numbers.ranges for n in range(f, last + 1)]


def test_a_span_costs_as_much_as_a_number() -> None:
    """Consecutive numbers are merged, however many there are."""
    numbers = Numbers()
    for first in range(1, 10_001, 100):
        numbers.add(first, first + 99)
    assert 10_000 == len(numbers)
    assert ((1, 10_000),) == numbers.ranges

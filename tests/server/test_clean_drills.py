"""What was odd before the backup, and how a server is set to print, is no finding; `python
tests/clean_drills.py` plays hundreds of these.
"""

from pathlib import Path

import pytest
from clean_drills import clean_drill, shape


@pytest.mark.parametrize(
    ("number", "method"), [(4, "{method: pg_dump, format: custom}"), (20, "base_backup")]
)
def test_a_clean_drill_passes(number: int, method: str, tmp_path: Path) -> None:
    """By a dump, and by a recovery of raw files."""
    assert method in shape(number).method
    _, wrong = clean_drill(number, tmp_path)
    assert [] == wrong


def test_a_number_is_always_the_same_drill() -> None:
    """And another number another."""
    assert shape(17) == shape(17)
    assert len({shape(number).scenario for number in range(20)}) == 20

"""What a program says of a row does not say what is in it."""

import pytest

from harness.core.contents import hidden

SECRET = "Jane (Doe), 12 Main St"

SAID = (
    ('ERROR:  role "reporting" does not exist', 'ERROR:  role "reporting" does not exist'),
    (f'ERROR:  invalid input syntax for type uuid: "{SECRET}"', "uuid: "),
    (f'CONTEXT:  COPY contacts, line 5, column name: "{SECRET}"', "COPY contacts, line 5"),
    (f"DETAIL:  Failing row contains (302, null, {SECRET}).", "Failing row contains (…)."),
    (f"DETAIL:  Key (name)=({SECRET}) already exists.", "Key (name)=(…) already exists."),
    (f"psql:<stdin>:4: ERROR:  unterminated quoted string at or near \"'{SECRET}", "at or near"),
    (f"LINE 1: COPY contacts FROM '{SECRET}'", "LINE 1: …"),
    (f"2026-11-25 03:03:13 UTC [1] STATEMENT:  SELECT '{SECRET}'", "STATEMENT:  …"),
    (f"Command was: COPY x FROM stdin {SECRET}", "Command was:  …"),
)


@pytest.mark.parametrize(("said", "kept"), SAID)
def test_a_value_is_left_out_and_a_name_is_not(said: str, kept: str) -> None:
    """Whatever quotes it, the message stays one that can be acted on."""
    told = hidden(f"before\n{said}\nafter")
    assert SECRET not in told
    assert "Jane" not in told
    assert kept in told
    assert told.startswith("before\n")
    assert told.endswith("\nafter")


def test_what_is_no_complaint_stays() -> None:
    """Paths, commands and prose are nobody's row."""
    said = "rm: cannot remove '/srv/my backups': it isn't there\nrestored 'a b'"
    assert said == hidden(said)

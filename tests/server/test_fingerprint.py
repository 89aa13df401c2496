"""The harness and the server agree on the fingerprint of every text."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.platform.fingerprint import SQL_FUNCTION, fingerprints
from harness.stores.postgres import PostgresStore

ALPHABET = "aZ09 \t\\'\"{}é€日\U0001f600"
KNOWN = [
    ("", -6939563903564495251),
    ("abc", -6747756470228489321),
    ("twelve bytes", -7123776401673968163),
    ("a text of more than twelve bytes: é", -3173165710716792816),
]


def at_the_server(store: PostgresStore, texts: list[str]) -> list[int]:
    """Return what the server makes of the same texts."""
    with store.connect() as connection:
        rows = connection.execute(
            f"SELECT {SQL_FUNCTION}(said, 0)"  # noqa: S608 - our own name
            " FROM unnest(%s::text[]) WITH ORDINALITY AS t (said, at) ORDER BY at".encode(),
            (texts,),
        ).fetchall()
    return [int(str(value)) for (value,) in rows]


def test_texts_of_every_length_agree_with_the_server(postgres_store: PostgresStore) -> None:
    """Every tail of 0 to 11 bytes after 0 to 12 whole chunks, in one batch."""
    texts = [ALPHABET[length % 9] * length for length in range(160)]
    assert at_the_server(postgres_store, texts) == fingerprints(texts)


def test_mixed_texts_agree_with_the_server(postgres_store: PostgresStore) -> None:
    """Short and long, one-byte and four-byte characters, in any order."""
    draw = random.Random(5)  # noqa: S311 - test data
    texts = ["".join(draw.choices(ALPHABET, k=draw.randint(0, 200))) for _ in range(3_000)]
    assert at_the_server(postgres_store, texts) == fingerprints(texts)


@pytest.mark.parametrize(("text", "expected"), KNOWN)
def test_a_fingerprint_is_what_it_was(text: str, expected: int) -> None:
    """Evidence of an earlier release can be judged again: the function does not change."""
    assert [expected] == fingerprints([text])


@given(st.lists(st.text(st.characters(exclude_characters="\0", codec="utf-8")), max_size=20))
def test_a_batch_is_its_texts_one_by_one(texts: list[str]) -> None:
    """What stands beside a text in a batch, or how long it is, does not change its fingerprint."""
    assert [fingerprints([text])[0] for text in texts] == fingerprints(texts)

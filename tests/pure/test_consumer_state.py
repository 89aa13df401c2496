"""A consumer's file, as a server writes it, and what is no such file."""

import pytest

from harness.core.errors import DrillError
from harness.stores.jetstream_consumer import KeptState, decoded

# Floor 180, delivered 185 (two bytes each); at one time, 181 and 183 wait, 183 for its third time.
WRITTEN = bytes.fromhex("1602 b401 b401 b901 b901 02 80b0 01 0303 00 0101 02 01 0302")


def test_pending_messages_are_read() -> None:
    """Sequences are kept relative to the floor, in no order."""
    assert KeptState(180, 185, [181, 183], {183: 2}) == decoded(WRITTEN)


def test_consumer_without_pending_messages_is_read() -> None:
    """It ends after two counts of nothing."""
    assert KeptState(5, 5) == decoded(bytes.fromhex("1602 05 05 05 05 00 00"))


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "a consumer's state begins with nothing, not 1602"),
        (b"\x16\x03" + WRITTEN[2:], "a consumer's state begins with 1603, not 1602"),
        (WRITTEN[:-1], "a consumer's state ends early"),
        (WRITTEN + b"\0", "a consumer's state goes on after its end"),
    ],
)
def test_another_format_is_refused(raw: bytes, reason: str) -> None:
    """What cannot be read whole is not read in part."""
    with pytest.raises(DrillError) as refused:
        decoded(raw)
    assert reason == refused.value.message


def test_every_cut_is_noticed() -> None:
    """No file that ends early passes for a whole one."""
    for length in range(len(WRITTEN)):
        with pytest.raises(DrillError):
            decoded(WRITTEN[:length])

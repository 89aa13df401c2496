"""PostgreSQL's own 64-bit hash of a text, for thousands of texts at once.

The same function on both sides lets the server scan a million rows in about a second; MD5, which
both sides have too, takes three times as long there. PostgreSQL routes rows of hash partitions by
this function, so it stays what it is from one major version to the next.

Source: PostgreSQL 17, src/common/hashfn.c, hash_bytes_extended with seed 0 on a little-endian
machine; Bob Jenkins' mix and final, of lookup3.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from harness.core.ledger import GROUP_BITS, Vector

SQL_FUNCTION = "hashtextextended"

_START = 0x9E3779B9 + 3923095
_CHUNK_BYTES = 12
_WORDS_A_CHUNK = 3
_MIX = ((4, 0, 2, 1), (6, 1, 0, 2), (8, 2, 1, 0), (16, 0, 2, 1), (19, 1, 0, 2), (4, 2, 1, 0))
_FINAL = ((14, 2, 1), (11, 0, 2), (25, 1, 0), (16, 2, 1), (4, 0, 2), (14, 1, 0), (24, 2, 1))

Words = NDArray[np.uint32]


def fingerprints(texts: Sequence[str]) -> list[int]:
    """Return `hashtextextended(text, 0)` of each text, in order; no text holds a NUL."""
    if not texts:
        return []
    encoded = [text.encode() for text in texts]
    lengths = np.fromiter(map(len, encoded), dtype=np.uint32, count=len(encoded))
    whole = lengths // _CHUNK_BYTES
    # One chunk more than the longest text fills, so that each has a tail to read: zeros, if empty.
    width = (int(whole.max()) + 1) * _CHUNK_BYTES
    words = np.array(encoded, dtype=f"S{width}").view("<u4").reshape(len(encoded), -1).T.copy()
    state = [(lengths + np.uint32(_START)).astype(np.uint32) for _ in range(_WORDS_A_CHUNK)]
    for chunk in range(int(whole.max())):
        mixed = [part + words[chunk * _WORDS_A_CHUNK + at] for at, part in enumerate(state)]
        _mix(mixed)
        reaches = whole > chunk
        state = [np.where(reaches, new, old) for new, old in zip(mixed, state, strict=True)]
    every = np.arange(len(encoded))
    tail = [words[whole * _WORDS_A_CHUNK + at, every] for at in range(_WORDS_A_CHUNK)]
    # The lowest byte of the third word is kept for the length, which went in at the start.
    tail[2] = tail[2] << np.uint32(8)
    state = [part + last for part, last in zip(state, tail, strict=True)]
    _finish(state)
    joined = (state[1].astype(np.uint64) << np.uint64(32)) | state[2]
    signed: list[int] = joined.view(np.int64).tolist()
    return signed


def vectors(first: int, lines: Sequence[str]) -> dict[int, Vector]:
    """Return the vectors of consecutive rows that begin with number `first`, by group."""
    groups: dict[int, Vector] = {}
    of_each = fingerprints(lines)
    start = first
    end = first + len(lines)
    while start < end:
        stop = min(end, ((start >> GROUP_BITS) + 1) << GROUP_BITS)
        rows = stop - start
        groups[start >> GROUP_BITS] = Vector(
            rows=rows,
            keys=(start + stop - 1) * rows // 2,
            digest=sum(of_each[start - first : stop - first]),
        )
        start = stop
    return groups


def _rotated(word: Words, bits: int) -> Words:
    return (word << np.uint32(bits)) | (word >> np.uint32(32 - bits))


def _mix(state: list[Words]) -> None:
    for bits, one, other, third in _MIX:
        state[one] -= state[other]
        state[one] ^= _rotated(state[other], bits)
        state[other] += state[third]


def _finish(state: list[Words]) -> None:
    for bits, one, other in _FINAL:
        state[one] ^= state[other]
        state[one] -= _rotated(state[other], bits)

"""What the server keeps of a consumer on disk: which messages wait for an acknowledgement.

Its API tells how many there are; only its file `o.dat` tells which. Two magic bytes are followed
by variable-length integers, base 128 as in protocol buffers. Source: nats-server 2.15,
`encodeConsumerState` and `decodeConsumerState`.
"""

from dataclasses import dataclass, field

from harness.core.errors import DrillError

_MAGIC, _VERSION = 22, 2


@dataclass(frozen=True, slots=True)
class KeptState:
    """Where a consumer stands, in sequences of its stream.

    `pending` are delivered and unanswered, ascending; `redelivered` counts the deliveries of those
    delivered more than once.
    """

    ack_floor_sequence: int
    delivered_sequence: int
    pending: list[int] = field(default_factory=list)
    redelivered: dict[int, int] = field(default_factory=dict)


def decoded(raw: bytes) -> KeptState:
    """Read a consumer's file. Raises: DrillError: it is of another format, or cut short."""
    if raw[:2] != bytes((_MAGIC, _VERSION)):
        raise DrillError(f"a consumer's state begins with {raw[:2].hex() or 'nothing'}, not 1602")
    at = 2

    def integer() -> int:
        nonlocal at
        value = shift = 0
        while at < len(raw):
            byte = raw[at]
            at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7
        raise DrillError("a consumer's state ends early")

    _, floor, _, delivered = (integer() for _ in range(4))
    pending: list[int] = []
    if waiting := integer():
        integer()  # The time that the deliveries' times are relative to.
        for _ in range(waiting):
            pending.append(floor + integer())
            integer()  # The number of the delivery.
            integer()  # Its time.
    redelivered = {}
    for _ in range(integer()):
        sequence = floor + integer()
        redelivered[sequence] = integer()
    if at != len(raw):
        raise DrillError("a consumer's state goes on after its end")
    return KeptState(floor, delivered, sorted(pending), dict(sorted(redelivered.items())))

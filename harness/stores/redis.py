"""Redis (or a server that speaks its protocol): connect, and fill the cache."""

import shlex
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from harness.core.errors import DrillError
from harness.core.patience import (
    READY_ANSWER_WITHIN_SECONDS,
    Meter,
    Patience,
    stalled_after_seconds,
    unmeasured,
)
from harness.core.ports import Endpoint
from harness.platform.entries import CacheEntry

POLL_SECONDS = 0.02


class RawConnection:
    """Gives every answer as the server sends it: bytes, numbers, and lists of them."""

    def __init__(self, connection: redis.Redis) -> None:
        # What the library makes of answers loses their order, and what is told twice.
        connection.response_callbacks.clear()
        self._connection = connection

    def ask(self, *command: Any) -> Any:
        """Send one command. Raises: redis.RedisError: the server refuses it."""
        return self.ask_all([command])[0]

    def ask_all(self, commands: Iterable[Sequence[Any]]) -> list[Any]:
        """Send commands at once. Raises: redis.RedisError: the server refuses one of them."""
        with self._connection.pipeline(transaction=False) as pipeline:
            for command in commands:
                pipeline.execute_command(*command)  # type: ignore[no-untyped-call]  # the library's
            return pipeline.execute()


class RedisStore:
    """The platform's cache."""

    def __init__(self, endpoint: Callable[[], Endpoint], meter: Meter = unmeasured) -> None:
        self._endpoint = endpoint
        self._meter = meter

    @contextmanager
    def connect(self) -> Iterator[redis.Redis]:
        """Open a connection that answers in text, and close it at the end.

        Bytes that are no UTF-8 come as backslash escapes, so that any value can be read.
        """
        with self._open(0, decode_responses=True, encoding_errors="backslashreplace") as connection:
            yield connection

    @contextmanager
    def connect_raw(self, database: int = 0) -> Iterator[RawConnection]:
        """Open a connection to one database that answers in bytes, and close it at the end."""
        with self._open(database) as connection:
            yield RawConnection(connection)

    def _open(
        self, database: int, within_seconds: float | None = None, **options: Any
    ) -> redis.Redis:
        at, within_seconds = self._endpoint(), within_seconds or stalled_after_seconds()
        return redis.Redis(
            host=at.host,
            port=at.port,
            db=database,
            username=at.user or None,
            password=at.secret or None,
            socket_timeout=within_seconds,
            socket_connect_timeout=within_seconds,
            # Whoever polls decides when to try again.
            retry=Retry(NoBackoff(), 0),
            protocol=2,
            **options,
        )

    def ready(self) -> str | None:
        """Return None when the server answers and has loaded its data, else why not."""
        try:
            with self._open(0, READY_ANSWER_WITHIN_SECONDS) as connection:
                connection.ping()
        except (redis.RedisError, DrillError) as error:
            return str(error)
        return None

    def save(self) -> None:
        """Save the whole cache to dump.rdb in the background, and wait until it is there.

        Raises: DrillError: it could not be saved. Unresponsive.
        """
        patience = Patience("redis", self._meter)
        with self.connect() as connection:
            connection.bgsave()
            while (state := connection.info("persistence"))["rdb_bgsave_in_progress"]:
                patience.check()
                time.sleep(POLL_SECONDS)
        if state["rdb_last_bgsave_status"] != "ok":
            raise DrillError("redis: the RDB file could not be saved")

    def run(self, lines: Iterable[str]) -> None:
        """Carry out commands, one a line, quoted as in a shell. Raises: DrillError: one fails."""
        with self.connect() as connection:
            for number, line in enumerate(lines, 1):
                try:
                    if words := shlex.split(line, comments=True):
                        connection.execute_command(*words)  # type: ignore[no-untyped-call]  # the library's
                except (ValueError, redis.RedisError) as error:
                    raise DrillError(f"the cache's commands, line {number}: {error}") from None

    def seed(self, entries: Iterable[CacheEntry]) -> None:
        """Write the entries; each expires its time to live after this moment."""
        now_milliseconds = time.time_ns() // 1_000_000
        with self.connect() as connection, connection.pipeline(transaction=False) as pipeline:
            for entry in entries:
                command = (entry.verb, entry.key, *entry.values)
                pipeline.execute_command(*command)  # type: ignore[no-untyped-call]  # the library's
                pipeline.pexpireat(entry.key, now_milliseconds + entry.ttl_seconds * 1000)
            pipeline.execute()

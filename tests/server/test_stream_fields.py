"""Every field that a real server says of streams and consumers is compared, or on a list."""

from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from ours import CHECKS, our_case
from real_servers import site_of
from rich_streams import CONSUMERS, STREAMS, create_consumers, publish

from harness.core.ledger import Vector
from harness.core.observation import Observations
from harness.core.verdict import Verdict
from harness.observations.stream_fields import (
    CONSUMER_FIELDS_EXEMPT,
    SETTINGS_EXEMPT,
    STREAM_FIELDS_EXEMPT,
    is_exempt,
    leaves,
)
from harness.observations.streams import ConsumerState, StreamRows, StreamState
from harness.platform.scan import Scan
from harness.probes._stream_states import consumer_state, stream_state
from harness.probes._stream_tally import Tally
from harness.stores.jetstream import JetStream
from harness.stores.jetstream_consumer import KeptState
from harness.stores.nats import NatsStore


@pytest.fixture
def rich(nats_store: NatsStore) -> NatsStore:
    """Give a server with rich streams, a message in each, and rich consumers."""
    with nats_store.connect() as jetstream:
        for name, config in STREAMS.items():
            jetstream.ask(f"STREAM.CREATE.{name}", {"name": name, **config})
        publish(jetstream)
        create_consumers(jetstream)
    return nats_store


def test_every_field_of_a_stream_is_compared_or_exempt(rich: NatsStore, tmp_path: Path) -> None:
    """A change of any value in the answer to STREAM.INFO fails a check, unless a list names it."""
    passed = []
    with rich.connect() as jetstream:
        infos = [
            jetstream.ask(f"STREAM.INFO.{n}", {"deleted_details": True, "subjects_filter": ">"})
            for n in STREAMS
        ]
        tallies = [read(jetstream, info) for info in infos]
    for info, tally in zip(infos, tallies, strict=True):
        name = info["config"]["name"]
        then = stream_state(info, tally)
        assert {name: []} == {name: failing(tmp_path, {name: then}, {name: then})}
        for path, other in changes(info):
            if exempt(path, STREAM_FIELDS_EXEMPT):
                continue
            if not failing(tmp_path, {name: then}, {name: stream_state(other, tally)}):
                passed.append(f"{name}.{path}")
    assert [] == passed


def test_every_field_of_a_consumer_is_compared_or_exempt(rich: NatsStore, tmp_path: Path) -> None:
    """A change of any value in the answer to CONSUMER.INFO fails a check, unless it is listed."""
    passed = []
    with rich.connect() as jetstream:
        stream = jetstream.ask("STREAM.INFO.RICH")
        infos = [jetstream.ask(f"CONSUMER.INFO.RICH.{name}") for name in CONSUMERS]
        streams = {"RICH": stream_state(stream, read(jetstream, stream))}
    kept = KeptState(0, 0)
    for info in infos:
        name = f"RICH/{info['name']}"
        then = {name: consumer_state(info, kept)}
        assert [] == failing(tmp_path, streams, streams, then, then)
        for path, other in changes(info):
            if exempt(path, CONSUMER_FIELDS_EXEMPT):
                continue
            now = {name: consumer_state(other, kept)}
            if not failing(tmp_path, streams, streams, then, now):
                passed.append(f"{name}.{path}")
    assert [] == passed


def test_what_a_later_server_adds_is_compared(rich: NatsStore) -> None:
    """A field that nobody knew is not passed over."""
    with rich.connect() as jetstream:
        info = jetstream.ask("STREAM.INFO.WORK")
    later = deepcopy(info)
    later["state"]["lost"] = {"msgs": [7], "bytes": 100}
    later["config"]["invented"] = 3
    later["sources"] = [{"name": "ORIGIN", "lag": 3, "invented": 404}]
    seen = stream_state(later, Tally(None))
    assert {
        "sources.ORIGIN.invented": 404,
        "state.lost.bytes": 100,
        "state.lost.msgs": [7],
    } == seen.further
    assert 3 == seen.config["invented"]


def read(jetstream: JetStream, info: dict[str, Any]) -> Tally:
    """Return the sums of a stream's messages."""
    tally = Tally(None)
    for batch in jetstream.messages(info):
        tally.add(batch)
    return tally


def exempt(path: str, fields: dict[str, str]) -> bool:
    """Tell whether a list names a field; of a configuration, the list of settings decides."""
    setting = path.removeprefix("config.")
    return is_exempt(setting, SETTINGS_EXEMPT) if setting != path else is_exempt(path, fields)


def changes(info: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the answer with one value changed, for each value in it, and that value's path."""
    for path, value in leaves(info):
        other = deepcopy(info)
        place: Any = other
        *above, last = parts(info, path)
        for step in above:
            place = place[step]
        place[last] = _another(value)
        yield path, other


def parts(info: dict[str, Any], path: str) -> list[Any]:
    """Return the keys and places by which a path leads to its value."""
    for key, value in info.items() if isinstance(info, dict) else enumerate(info):
        name = str(key) if isinstance(info, dict) else value.get("name", str(key))
        if path == name:
            return [key]
        if path.startswith(f"{name}."):
            return [key, *parts(value, path[len(name) + 1 :])]
    raise AssertionError(path)


def _another(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        # From "no limit" (-1) to 0 would be no change: that stands for it, too.
        return value + 2
    if isinstance(value, str):
        return f"{value}x"
    return ["changed"]


def failing(
    directory: Path,
    then_streams: dict[str, StreamState],
    now_streams: dict[str, StreamState],
    then_consumers: dict[str, ConsumerState] | None = None,
    now_consumers: dict[str, ConsumerState] | None = None,
) -> list[str]:
    """Return which of the checks that compare with the backup fail."""
    site = site_of(directory)
    before, after = Observations(), Observations()
    groups: dict[int, Vector] = {}
    before.put(StreamRows(Scan("events", groups), then_streams, then_consumers or {}))
    after.put(StreamRows(Scan("events", groups), now_streams, now_consumers or {}))
    case = our_case(site.ledger, site.history, before, after)
    ids = ["stream_messages", "stream_config", "consumers_present"]
    ids += ["consumer_floors"] * bool(now_consumers)
    return [i for i in ids if CHECKS[i].judge(CHECKS[i], case).verdict is Verdict.FAIL]

"""Observing: what could not be looked at is kept with its reason, as it was given."""

from pathlib import Path

import pytest
from real_servers import site_of

from harness.core.errors import DrillError, Unread
from harness.core.observation import Observations
from harness.drill import observing
from harness.kinds import Look, Probe
from harness.platforms.made_open.observations import CacheFreshness


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (DrillError("redis: refused"), "redis: refused"),
        (Unread("nobody counted"), "nobody counted"),
        (KeyError("a"), "broken could not look: key error: 'a'"),
    ],
)
def test_reason_is_told_as_it_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, reason: str
) -> None:
    """A sentence made for the reader needs no name of a probe; what nobody expected has one."""

    def fail(_: Look) -> CacheFreshness:
        raise error

    broken = Probe("broken", "redis", CacheFreshness, at_backup=False, observe=fail)
    monkeypatch.setattr(observing, "probes_of", lambda _: (broken,))
    seen = observing.observe(site_of(tmp_path), {"redis"}, Observations(), at_backup=False)
    with pytest.raises(Unread) as raised:
        seen[CacheFreshness]
    assert reason == str(raised.value)

"""Settings come from `[tool.drill]` in pyproject.toml; the command line outranks them."""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from harness.core.errors import UsageError
from harness.core.patience import STALLED_AFTER_SECONDS
from harness.core.ports import STORES

RUNTIMES = ("auto", "docker", "embedded")
IMAGES = (*STORES, "helper")
PULL = ("never", "missing", "always")
KEYS = ("runtime", "accept_unverified", "binaries", "reports", "images", "pull", "stalled_after")
BINARIES = ("postgres", "nats", "redis", "meilisearch")

_DURATION = re.compile(r"([0-9]{1,9})(s|m|h)")
_SECONDS = {"s": 1, "m": 60, "h": 3600}
_LEAST_SECONDS, _MOST_SECONDS = 1, 24 * 3600


@dataclass(frozen=True, slots=True)
class Settings:
    """What holds for every drill of a project.

    `accept_unverified` maps stores to the reason why their gap is accepted; `binaries` maps
    stores to the program (for PostgreSQL the directory of programs) the embedded runtime takes;
    `images` maps stores, and the helper that works on volumes, to the image the docker runtime
    takes, pulled as `pull` says. What makes no progress for `stalled_after_seconds` is given up.
    """

    runtime: str = "auto"
    accept_unverified: Mapping[str, str] = field(default_factory=dict)
    binaries: Mapping[str, str] = field(default_factory=dict)
    reports: Path = Path("reports")
    images: Mapping[str, str] = field(default_factory=dict)
    pull: str = "missing"
    stalled_after_seconds: float = STALLED_AFTER_SECONDS


def read(directory: Path) -> Settings:
    """Read the settings of a project. A project without any has the defaults.

    Raises: UsageError: the file is no TOML, or a key or value is not valid.
    """
    path = directory / "pyproject.toml"
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8")).get("tool", {}).get("drill", {})
    except FileNotFoundError:
        return Settings()
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: {error}") from error
    return _parse(path, table)


def parse_acceptance(text: str) -> tuple[str, str]:
    """Split `STORE=REASON`. Raises: UsageError: it has no such form, or no such store."""
    store, equals, reason = text.partition("=")
    if not equals or not reason.strip():
        raise UsageError(
            f"{text!r} accepts nothing",
            "Write STORE=REASON, as in 'meilisearch=no binary on this machine'.",
        )
    _one_of("--accept-unverified", store, STORES)
    return store, reason.strip()


def _parse(path: Path, table: Mapping[str, Any]) -> Settings:
    where = f"{path}: [tool.drill]"
    for key in table:
        _one_of(where, key, KEYS)
    runtime = table.get("runtime", "auto")
    _one_of(f"{where}.runtime", runtime, RUNTIMES)
    accepted = _texts(f"{where}.accept_unverified", table.get("accept_unverified", {}), STORES)
    binaries = _texts(f"{where}.binaries", table.get("binaries", {}), BINARIES)
    reports = table.get("reports", "reports")
    if not isinstance(reports, str):
        raise UsageError(f"{where}.reports: {reports!r} is not a path")
    images = _texts(f"{where}.images", table.get("images", {}), IMAGES)
    pull = table.get("pull", "missing")
    _one_of(f"{where}.pull", pull, PULL)
    stalled_after = _duration(f"{where}.stalled_after", table.get("stalled_after", "10m"))
    folder = Path(os.path.expandvars(reports))
    return Settings(runtime, accepted, binaries, folder, images, pull, stalled_after)


def _duration(where: str, value: object) -> float:
    found = _DURATION.fullmatch(value) if isinstance(value, str) else None
    seconds = int(found[1]) * _SECONDS[found[2]] if found else 0
    if not _LEAST_SECONDS <= seconds <= _MOST_SECONDS:
        raise UsageError(f"{where}: {value!r} is no time limit", "Valid: 1s to 24h, as in 10m.")
    return float(seconds)


def _texts(where: str, value: object, keys: tuple[str, ...]) -> dict[str, str]:
    if not isinstance(value, dict):
        raise UsageError(f"{where}: {value!r} is not a table")
    for key, text in value.items():
        _one_of(where, key, keys)
        if not isinstance(text, str) or not text.strip():
            raise UsageError(f"{where}.{key}: {text!r} is not a text")
    return dict(value)


def _one_of(where: str, value: object, valid: tuple[str, ...]) -> None:
    if value in valid:
        return
    close = get_close_matches(str(value), valid, n=1)
    meant = f" Did you mean '{close[0]}'?" if close else ""
    raise UsageError(f"{where}: '{value}' is unknown.{meant}", f"Valid: {', '.join(valid)}.")

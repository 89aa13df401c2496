"""Settings come from `[tool.drill]` in pyproject.toml; the command line outranks them."""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from harness.core import reading
from harness.core.errors import UsageError
from harness.core.patience import STALLED_AFTER_SECONDS
from harness.core.ports import STORES
from harness.core.writing import reason

RUNTIMES = ("auto", "docker", "embedded")
IMAGES = (*STORES, "helper")
PULL = ("never", "missing", "always")
KEYS = (
    "runtime",
    "accept_unverified",
    "binaries",
    "reports",
    "images",
    "pull",
    "stalled_after",
    "notify",
    "sign_key",
    "platform",
)
NOTIFY = ("url_env", "format", "on")
FORMATS = ("generic", "slack")
OCCASIONS = ("failure", "always")
FILE = "pyproject.toml"
BYTES_AT_MOST = 1 << 20
_SHOWN_AT_MOST = 60
_WHERE = "Settings are read from pyproject.toml in the folder that drill is run in."
_AS_TABLE = "Write [tool.drill] as a table of keys."
BINARIES = ("postgres", "nats", "redis", "meilisearch")

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_DURATION = re.compile(r"([0-9]{1,9})(s|m|h)")
_SECONDS = {"s": 1, "m": 60, "h": 3600}
_LEAST_SECONDS, _MOST_SECONDS = 1, 24 * 3600


@dataclass(frozen=True, slots=True)
class Hook:
    """A webhook that is told of runs: `url_env` is the environment variable that holds its address,
    `format` one of FORMATS and `on` one of OCCASIONS.
    """

    url_env: str
    format: str = "generic"
    on: str = "failure"


@dataclass(frozen=True, slots=True)
class Settings:
    """What holds for every drill of a project.

    `accept_unverified` maps stores to the reason why their gap is accepted; `binaries` maps
    stores to the program (for PostgreSQL the directory of programs) the embedded runtime takes;
    `images` maps stores, and the helper that works on volumes, to the image the docker runtime
    takes, pulled as `pull` says. What makes no progress for `stalled_after_seconds` is given up;
    `sign_key` is the SSH key that runs are signed with. `lapsed` are gaps whose acceptance has
    ended, each with what was said of it. `platform` leads from the settings' folder to what is
    drilled by scenarios that name none.
    """

    runtime: str = "auto"
    accept_unverified: Mapping[str, str] = field(default_factory=dict)
    binaries: Mapping[str, str] = field(default_factory=dict)
    reports: Path = Path("reports")
    images: Mapping[str, str] = field(default_factory=dict)
    pull: str = "missing"
    stalled_after_seconds: float = STALLED_AFTER_SECONDS
    notify: Hook | None = None
    sign_key: Path | None = None
    lapsed: Mapping[str, str] = field(default_factory=dict)
    platform: str = ""


def read(directory: Path) -> Settings:
    """Read the settings of a project. A project without any has the defaults.

    Raises: UsageError: the file cannot be read or is no TOML, or a key or value is not valid.
    """
    path = directory / FILE
    try:
        text = reading.text(path, BYTES_AT_MOST)
    except FileNotFoundError:
        return Settings()
    except OSError as error:
        raise UsageError(f"{FILE}: {reason(error)}", _WHERE) from None
    try:
        content = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        # A number of thousands of digits is a ValueError of Python's own.
        said = " ".join(str(error).split())
        raise UsageError(f"{FILE}: not TOML: {said}", "Mend the file, or remove it.") from None
    tools = content.get("tool", {})
    table = tools.get("drill", {}) if isinstance(tools, dict) else {}
    if not isinstance(table, dict):
        raise UsageError(f"{FILE}: tool.drill: {_shown(table)} is not a table", _AS_TABLE)
    return _parse(table)


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


def _parse(table: Mapping[str, Any]) -> Settings:
    where = f"{FILE}: [tool.drill]"
    for key in table:
        _one_of(where, key, KEYS)
    runtime = table.get("runtime", "auto")
    _one_of(f"{where}.runtime", runtime, RUNTIMES)
    accepted, lapsed = _accepted(
        f"{where}.accept_unverified", table.get("accept_unverified", {}), datetime.now(UTC).date()
    )
    binaries = _texts(f"{where}.binaries", table.get("binaries", {}), BINARIES)
    reports = table.get("reports", "reports")
    _text(f"{where}.reports", reports, "a path")
    images = _texts(f"{where}.images", table.get("images", {}), IMAGES)
    pull = table.get("pull", "missing")
    _one_of(f"{where}.pull", pull, PULL)
    stalled_after = _duration(f"{where}.stalled_after", table.get("stalled_after", "10m"))
    platform = table.get("platform")
    if platform is not None:
        _text(f"{where}.platform", platform, "a path")
    folder = Path(os.path.expandvars(reports))
    notify = hook(f"{where}.notify", table["notify"]) if "notify" in table else None
    signing = table.get("sign_key")
    if signing is not None:
        _text(f"{where}.sign_key", signing, "a path")
    return Settings(
        runtime,
        accepted,
        binaries,
        folder,
        images,
        pull,
        stalled_after,
        notify,
        Path(os.path.expandvars(signing)).expanduser() if signing else None,
        lapsed,
        platform or "",
    )


def _accepted(where: str, value: object, today: date) -> tuple[dict[str, str], dict[str, str]]:
    """Return the gaps that are accepted, each with its reason, and those that no longer are."""
    told = value if isinstance(value, dict) else {}
    waivers = {store: why for store, why in told.items() if isinstance(why, dict)}
    short = {store: why for store, why in told.items() if store not in waivers}
    accepted = _texts(where, short if waivers else value, STORES)
    lapsed: dict[str, str] = {}
    for store, waiver in waivers.items():
        _one_of(where, store, STORES)
        until = waiver.get("until")
        texts = {name: text for name, text in waiver.items() if name != "until"}
        _texts(f"{where}.{store}", texts, ("reason", "owner", "until"))
        if "reason" not in waiver:
            raise UsageError(f"{where}.{store}: key 'reason' is missing", "Say why.")
        if until is not None and type(until) is not date:
            hint = "Write it without quotes, as in until = 2027-01-31."
            raise UsageError(f"{where}.{store}.until: {_shown(until)} is not a day", hint)
        end = f", until {until}" if until else ""
        said = f"{waiver['reason'].strip()} (owner: {waiver.get('owner', 'nobody')}{end})"
        (lapsed if until and today > until else accepted)[store] = said
    return accepted, lapsed


def hook(where: str, value: object) -> Hook:
    """Return the webhook that a table describes. Raises: UsageError: it describes none."""
    told = _texts(where, value, NOTIFY)
    if not _VARIABLE.fullmatch(told.get("url_env", "")):
        # What stands there may be the address itself, which is not to be printed.
        raise UsageError(
            f"{where}.url_env names no environment variable",
            'Write the name of the one that holds the address, as in url_env = "DRILL_WEBHOOK".',
        )
    made = Hook(**told)
    _one_of(f"{where}.format", made.format, FORMATS)
    _one_of(f"{where}.on", made.on, OCCASIONS)
    return made


def _duration(where: str, value: object) -> float:
    found = _DURATION.fullmatch(value) if isinstance(value, str) else None
    seconds = int(found[1]) * _SECONDS[found[2]] if found else 0
    if not _LEAST_SECONDS <= seconds <= _MOST_SECONDS:
        raise UsageError(
            f"{where}: {_shown(value)} is no time limit", "Valid: 1s to 24h, as in 10m."
        )
    return float(seconds)


def _texts(where: str, value: object, keys: tuple[str, ...]) -> dict[str, str]:
    if not isinstance(value, dict):
        raise UsageError(
            f"{where}: {_shown(value)} is not a table", f"Valid keys: {', '.join(keys)}."
        )
    for key, text in value.items():
        _one_of(where, key, keys)
        _text(f"{where}.{key}", text, "a text")
    return dict(value)


def _text(where: str, value: object, what: str) -> None:
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        raise UsageError(f"{where}: {_shown(value)} is not {what}", "Write it in quotes.")


def _one_of(where: str, value: object, valid: tuple[str, ...]) -> None:
    if isinstance(value, str) and value in valid:
        return
    close = get_close_matches(value[:_SHOWN_AT_MOST], valid, n=1) if isinstance(value, str) else []
    meant = f" Did you mean '{close[0]}'?" if close else ""
    said = f"'{value}'" if isinstance(value, str) else _shown(value)
    if len(said) > _SHOWN_AT_MOST or not said.isprintable():
        said = _shown(value)
    raise UsageError(f"{where}: {said} is unknown.{meant}", f"Valid: {', '.join(valid)}.")


def _shown(value: object) -> str:
    if isinstance(value, int) and value.bit_length() > _SHOWN_AT_MOST:
        return "a number of that size"
    text = repr(value)
    return text if len(text) <= _SHOWN_AT_MOST else f"{text[:_SHOWN_AT_MOST]}…"

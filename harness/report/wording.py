"""Numbers, times and verdicts the way people read them, the same in every rendering."""

from datetime import UTC, datetime

from harness.core.judgement import NOT_JUDGED
from harness.core.verdict import Verdict

ACCEPTED = "ACCEPTED"
"""How a gap that a person accepted stands in a report, beside the three verdicts."""

EXPECTED = "EXPECTED"
"""How a store stands whose checks fail as the scenario expects, and no others."""

ICONS = {
    Verdict.PASS.value: "✓",
    Verdict.FAIL.value: "✗",
    Verdict.UNVERIFIED.value: "?",
    ACCEPTED: "!",
    EXPECTED: "!",
    NOT_JUDGED: "-",
}
"""The sign of each standing; always shown beside its word."""

_BYTES_A_STEP = 1000
_OBJECTIVE_UNITS = ((3_600, "h"), (60, "m"), (1, "s"))


def count(number: int, noun: str = "", plural: str = "") -> str:
    """Return `17,050 rows`, or `1 row`; the plural adds an s unless it is given."""
    if not noun:
        return f"{number:,}"
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def duration(seconds: float | None) -> str:
    """Return a measured time: `0.042 s`, `4.2 s`, `2 m 05 s`, `1 h 02 m`."""
    if seconds is None:
        return "not measured"
    if seconds < 1:
        return f"{seconds:.3f} s"
    if round(seconds, 1) < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} m {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} m"


def objective(seconds: float | None) -> str:
    """Return an objective as a scenario writes it: `500ms`, `30s`, `2m`, `24h`."""
    if seconds is None:
        return "none set"
    for unit_seconds, unit in _OBJECTIVE_UNITS:
        if seconds >= unit_seconds and seconds % unit_seconds == 0:
            return f"{seconds // unit_seconds:g}{unit}"
    return f"{seconds * 1000:g}ms"


def size(size_bytes: int) -> str:
    """Return a size in decimal units: `512 B`, `1.4 MB`."""
    scaled = float(size_bytes)
    for unit in ("B", "kB", "MB", "GB"):
        if scaled < _BYTES_A_STEP:
            return f"{size_bytes} B" if unit == "B" else f"{scaled:.1f} {unit}"
        scaled /= _BYTES_A_STEP
    return f"{scaled:.1f} TB"


def moment(seconds: float) -> str:
    """Return a moment on the drill's clock: `+4.20 s`."""
    return f"+{seconds:.2f} s"


def sentence(text: str) -> str:
    """Return the text with a capital and a final stop; an empty one stays empty. A path or a name
    that it begins with keeps its letters.
    """
    text = text.strip()
    if not text:
        return ""
    first = text.split(maxsplit=1)[0]
    begun = text if set("/._") & set(first[:-1]) else text[0].upper() + text[1:]
    return begun + ("" if text[-1] in ".!?" else ".")


def day(moment_utc: str | datetime) -> str:
    """Return a moment to the minute: `2026-11-22 02:00 UTC`."""
    told = datetime.fromisoformat(moment_utc) if isinstance(moment_utc, str) else moment_utc
    return f"{told.astimezone(UTC):%Y-%m-%d %H:%M} UTC"

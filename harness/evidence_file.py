"""Evidence is kept as one versioned JSON file that is read back strictly."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from harness.core import reading, writing
from harness.core.errors import UsageError
from harness.core.evidence import EVIDENCE_VERSION, Evidence, Observed
from harness.core.observation import Observations
from harness.core.platform import Platform
from harness.core.redact import Redactor
from harness.observations import observations_of
from harness.scenario.platform_file import made_open, platform_at
from harness.scenario.problem import ScenarioErrors

_HALF_A_CHARACTER = re.compile(r"\\u[dD][89a-fA-F]")
_LINE_WIDTH = 100
_BYTES_AT_MOST = 256 << 20
_SHOWN_AT_MOST = 60
_EVIDENCE: TypeAdapter[Evidence] = TypeAdapter(Evidence)
_ADAPTERS: dict[type[Any], TypeAdapter[Any]] = {}
_WHERE = "Evidence is the file reports/<run>/<drill>/evidence.json that a drill leaves."
_CHANGED = "The file was cut short or changed; take it from where the drill was run."


def masked(evidence: Evidence, redactor: Redactor) -> Evidence:
    """Return the evidence with every secret masked by value, in texts, wherever they stand."""
    return _EVIDENCE.validate_python(
        _masked(_EVIDENCE.dump_python(evidence, mode="json"), redactor)
    )


def save(evidence: Evidence, path: Path) -> None:
    """Write the evidence as JSON, whole or not at all. Raises: OSError."""
    writing.whole(path, "\n".join(_lines(_EVIDENCE.dump_python(evidence, mode="json"), "")) + "\n")


def load(path: Path) -> Evidence:
    """Read evidence back.

    Raises: UsageError: it cannot be read, is truncated, is of another version, or is not evidence.
    """
    name = writing.shown(path)
    try:
        raw = reading.text(path, _BYTES_AT_MOST)
    except FileNotFoundError:
        raise UsageError(f"{name}: no such file", _WHERE) from None
    except OSError as error:
        raise UsageError(f"{name}: {writing.reason(error)}", _WHERE) from None
    try:
        content = json.loads(raw, object_pairs_hook=_once, parse_constant=_refuse)
        _require_text(raw, content)
    except json.JSONDecodeError as error:
        raise UsageError(
            f"{name}:{error.lineno}: not whole JSON: {error.msg.lower()}",
            _CHANGED,
        ) from None
    except RecursionError:
        raise UsageError(f"{name}: not JSON", _WHERE) from None
    except ValueError as error:
        # A number of thousands of digits is one, too.
        raise UsageError(f"{name}: {str(error).partition(';')[0].lower()}", _CHANGED) from None
    version = content.get("version") if isinstance(content, dict) else None
    if version is None:
        raise UsageError(f"{name}: not the evidence of a drill", _WHERE)
    if version != EVIDENCE_VERSION:
        raise UsageError(
            f"{name}: evidence version {version!r} is unknown; this release reads"
            f" {EVIDENCE_VERSION}",
            "Read it with the release that wrote it; run.harness_version in the file names it.",
        )
    try:
        evidence = _EVIDENCE.validate_python(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise UsageError(
            f"{name}: {where}: {first['msg'][0].lower()}{first['msg'][1:]}", _CHANGED
        ) from None
    known = _EVIDENCE.dump_python(evidence, mode="json")
    unknown = None if content == known else next(_unknown_keys(content, known, ""), None)
    if unknown is not None:
        raise UsageError(f"{name}: {unknown}: unknown key", _CHANGED)
    return evidence


def _require_text(raw: str, content: object) -> None:
    """Raise ValueError if there is a text in it that cannot be written."""
    if not _HALF_A_CHARACTER.search(raw):
        return
    try:
        json.dumps(content, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise ValueError("half a character of UTF-16 is no text") from None


def platform_of(evidence: Evidence) -> Platform:
    """Return the platform of a drill. Code of its own that is not at hand, as it was, is left out:
    what evidence names is not run.
    """
    platform = evidence.platform
    if platform.is_ours:
        return made_open()
    if not platform.code:
        return platform
    try:
        here = platform_at(Path(platform.path))
    except ScenarioErrors:
        return replace(platform, code="")
    return here if here.sha256 == platform.sha256 else replace(platform, code="")


def observed(observations: Observations, platform: Platform | None = None) -> Observed:
    """Return observations as evidence keeps them: JSON, and reasons, by probe id."""
    seen: dict[str, Any] = {}
    unread: dict[str, str] = {}
    reasons = dict(observations.unread())
    for probe_id, kind in _kinds(platform).items():
        observation = observations.get(kind)
        if observation is not None:
            seen[probe_id] = _adapter(kind).dump_python(observation, mode="json")
        elif kind in reasons:
            unread[probe_id] = reasons[kind]
    return Observed(seen, unread)


def observations(observed: Observed, platform: Platform | None = None) -> Observations:
    """Return what evidence keeps as observations again.

    Probes that this release does not know are left out (`unknown_probes` names them); what no
    longer has the shape this release expects is unread, with that as its reason.
    """
    restored = Observations()
    for probe_id, kind in _kinds(platform).items():
        if probe_id in observed.seen:
            try:
                restored.put(_adapter(kind).validate_python(observed.seen[probe_id]))
            except ValidationError as error:
                where = ".".join(str(part) for part in error.errors()[0]["loc"])
                reason = f"the evidence keeps it in another shape than this release reads: {where}"
                restored.put_unread(kind, reason)
        elif probe_id in observed.unread:
            restored.put_unread(kind, observed.unread[probe_id])
    return restored


def unknown_probes(evidence: Evidence) -> list[str]:
    """Return the ids of saved observations that this release cannot judge, sorted."""
    saved = {
        probe_id
        for observed in (evidence.before, evidence.after)
        for probe_id in (*observed.seen, *observed.unread)
    }
    return sorted(saved - set(_kinds(platform_of(evidence))))


def _kinds(platform: Platform | None) -> Mapping[str, type[Any]]:
    return observations_of(platform or made_open())


def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    found = _ADAPTERS.get(kind)
    if found is None:
        found = _ADAPTERS[kind] = TypeAdapter(kind)
    return found


def _unknown_keys(given: object, known: object, where: str) -> Iterator[str]:
    """Yield the path of each key that is in what was given, but is none of the evidence's."""
    if isinstance(given, dict) and isinstance(known, dict):
        for key, value in given.items():
            path = f"{where}.{key}".lstrip(".")
            if key in known:
                yield from _unknown_keys(value, known[key], path)
            else:
                yield path
    elif isinstance(given, list) and isinstance(known, list):
        for position, (value, member) in enumerate(zip(given, known, strict=True)):
            yield from _unknown_keys(value, member, f"{where}.{position}")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object. Raises: ValueError: a key stands in it twice."""
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"key {twice[:_SHOWN_AT_MOST]!r} is written twice")
    return found


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number of JSON")


def _masked(value: Any, redactor: Redactor) -> Any:
    match value:
        case str():
            return redactor.text(value)
        case dict():
            return {redactor.text(key): _masked(inner, redactor) for key, inner in value.items()}
        case list():
            return [_masked(inner, redactor) for inner in value]
    return value


def _lines(value: object, indent: str) -> list[str]:
    """Return JSON in lines: short containers in one line, long lists of short things filled."""
    if not isinstance(value, dict | list) or not value:
        return [json.dumps(value, ensure_ascii=False, allow_nan=False)]
    inner = indent + " "
    items = [[f"{name}{lines[0]}", *lines[1:]] for name, lines in _items(value, inner)]
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    short = len(indent) + sum(len(item[0]) + 2 for item in items) <= _LINE_WIDTH
    if short and all(len(item) == 1 for item in items):
        return [opening + ", ".join(item[0] for item in items) + closing]
    body: list[str] = []
    fill = isinstance(value, list)
    for position, item in enumerate(items):
        comma = "," if position < len(items) - 1 else ""
        item[-1] += comma
        fits = body and len(body[-1]) + len(item[0]) < _LINE_WIDTH
        if fill and fits and len(item) == 1 and not body[-1].startswith(inner + " "):
            body[-1] += " " + item[0]
        else:
            body.append(inner + item[0])
            body += item[1:]
    return [opening, *body, indent + closing]


def _items(value: dict[str, object] | list[object], indent: str) -> Iterator[tuple[str, list[str]]]:
    if isinstance(value, dict):
        for key, member in value.items():
            yield f"{json.dumps(key, ensure_ascii=False)}: ", _lines(member, indent)
    else:
        for member in value:
            yield "", _lines(member, indent)

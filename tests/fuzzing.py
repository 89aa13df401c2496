"""Hostile variants of good files, made from a fixed seed, and what the harness makes of each.

`python tests/fuzzing.py [INPUTS] [EVIDENCE ...]` tries so many of each kind and prints what was
neither taken nor refused with a message, or took too long; evidence of real drills goes with it.
"""

import copy
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import evidence_samples
from ruamel.yaml import YAML

from harness import evidence_file
from harness import settings as project_settings
from harness.core.errors import DrillError, Unavailable, UsageError
from harness.core.ports import ComposeFile
from harness.report import json_document, junit, page, step_summary, summary
from harness.report.annotations import annotations
from harness.report.brief import brief
from harness.report.comparison import compare
from harness.report.named_rows import named_rows
from harness.report.rejudge import rejudge
from harness.report.run_folder import Run
from harness.runtime.docker.compose import source
from harness.runtime.docker.compose.composition import Composition
from harness.runtime.docker.compose.program import find_program, resolve
from harness.scenario.load import load

ROOT = Path(__file__).parents[1]
SECONDS_AT_MOST = 2.0
HUGE = "@a number of five thousand digits@"

ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**63, 10**18, 10**40, HUGE, 0.5, 1e308, float("nan"),
    float("inf"), "", " ", "\0", "\n", "x" * 5000, "é", "\ud800", "😀", ":100:", "[red]", "${HOME}",
    "../../etc/passwd", "/dev/zero", "postgres", "2026-11-22T02:00:00Z", "9" * 400, [], {}, [[]],
    [None], {"": None}, {"a": {"b": [1]}}, [1, 2, 3], ["postgres", 1],
)  # fmt: skip
RAW = (b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\x80", b"\r", b"\t", b'"', b"{", b"[", b"]]", b"#")

SETTINGS = {
    "project": {"name": "acme"},
    "tool": {
        "drill": {
            "runtime": "embedded",
            "reports": "reports",
            "pull": "never",
            "accept_unverified": {"meilisearch": "no binary"},
            "binaries": {"nats": "/usr/bin/nats-server"},
            "images": {"postgres": "postgres:17"},
        }
    },
}
COMPOSE = """\
services:
  db:
    image: postgres:17
    environment: {POSTGRES_PASSWORD: "a secret of this test"}
    volumes: ["data:/var/lib/postgresql/data"]
    ports: ["5432:5432"]
    healthcheck: {test: ["CMD", "pg_isready"]}
    depends_on: [cache]
  cache:
    image: redis:7
    command: redis-server --requirepass "another secret" --appendonly yes
    volumes: ["cache:/data"]
volumes: {data: {}, cache: {}}
"""


@dataclass(frozen=True, slots=True)
class Broken:
    """An input that was neither taken nor refused, or took too long."""

    kind: str
    number: int
    why: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file: good ones, as trees or as bytes, and what is done with a variant."""

    name: str
    trees: tuple[Any, ...]
    texts: tuple[bytes, ...]
    write: Callable[[Any], bytes]
    take: Callable[[Path], object]
    file: str


def variants(kind: Kind, seed: int, count: int) -> Iterator[bytes]:
    """Yield so many variants; each seed gives the same ones."""
    random = Random(seed)  # noqa: S311 - no secret comes of it
    for number in range(count):
        if kind.texts and (not kind.trees or number % 4 == 0):
            yield _spoilt(random.choice(kind.texts), random)
        else:
            yield kind.write(_changed(random.choice(kind.trees), random))


def tried(kind: Kind, seed: int, count: int) -> Iterator[Broken]:
    """Yield what breaks among so many variants."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / kind.file
        for number, content in enumerate(variants(kind, seed, count)):
            path.write_bytes(content)
            begun_seconds = time.process_time()
            why = ""
            try:
                kind.take(path)
            except UsageError as refused:
                # A message is one that can be printed and says which file it is about.
                if not str(refused).strip() or "Traceback" in str(refused):
                    why = f"refused without a word: {refused!r}"
            except DrillError as refused:
                why = f"refused, but not as bad usage: {refused}"
            except Exception as error:  # noqa: BLE001 - this is what is looked for
                why = f"{type(error).__name__}: {error}"
            took_seconds = time.process_time() - begun_seconds
            if not why and took_seconds > SECONDS_AT_MOST:
                why = f"took {took_seconds:.1f} s"
            if why:
                yield Broken(kind.name, number, why[:300], content)


def scenarios() -> Kind:
    """Return the scenario files of this project."""
    texts = tuple(path.read_bytes() for path in sorted((ROOT / "scenarios").glob("*.yaml")))
    yaml = YAML(typ="safe", pure=True)
    return Kind(
        "scenario",
        tuple(yaml.load(text) for text in texts[:20]),
        texts,
        _json,
        lambda path: len(load(path).timeline),
        "any.yaml",
    )


def settings() -> Kind:
    """Return a pyproject.toml in which every key is set."""
    return Kind(
        "settings",
        (SETTINGS,),
        (_toml(SETTINGS),),
        _toml,
        lambda path: project_settings.read(path.parent),
        "pyproject.toml",
    )


def evidence(*files: Path) -> Kind:
    """Return evidence: of drills that were never played, and of those whose files are given."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "evidence.json"
        texts = [file.read_bytes() for file in files]
        for sample in evidence_samples.ALL.values():
            evidence_file.save(sample(), path)
            texts.append(path.read_bytes())
    trees = tuple(map(json.loads, texts))
    return Kind("evidence", trees, tuple(texts), _json, _report, "evidence.json")


def compose() -> Kind:
    """Return a compose file that is judged as it is written, before any program reads it."""
    return _compose("compose", lambda path: source.judged(_served(path)))


def resolved() -> Kind:
    """Return one that a program reads, too. Raises: Unavailable: none for that is here."""
    find_program()
    return _compose("resolved", _resolved)


def _report(path: Path) -> None:
    judged = rejudge(evidence_file.load(path))
    summary.lines(judged)
    run = Run("run", (brief(judged),))
    for render in (json_document.render, junit.render, step_summary.markdown, annotations):
        render(run, path.parent)
    page.render(judged)
    for finding in judged.evidence.judgement.findings:
        list(named_rows(judged.evidence.judgement, finding.check, path.parent))
    compare({"one": judged.evidence}, {"one": judged.evidence})


def _compose(name: str, take: Callable[[Path], object]) -> Kind:
    tree = YAML(typ="safe", pure=True).load(COMPOSE)
    return Kind(name, (tree,), (COMPOSE.encode(),), _json, take, "compose.yaml")


def _served(path: Path) -> ComposeFile:
    return ComposeFile(path, {"postgres": "db", "redis": "cache"})


def _resolved(path: Path) -> None:
    lines = source.judged(_served(path))
    Composition.of(_served(path), resolve(path), lines)


def _changed(tree: Any, random: Random) -> Any:
    """Return a copy in which one to three nodes are dropped, replaced, doubled, or moved."""
    tree = copy.deepcopy(tree)
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        nodes = list(_nodes(tree))
        if not nodes:
            break
        inside, key = random.choice(nodes)
        match random.randrange(8):
            case 0:
                del inside[key]
            case 1 if isinstance(inside, list):
                inside.insert(key, copy.deepcopy(inside[key]))
            case 1 | 2:
                other, at = random.choice(nodes)
                # Never into itself: JSON has no circles.
                inside[key] = copy.deepcopy(other[at]) if at in _keys(other) else None
            case 3 if isinstance(inside, dict):
                odd = random.choice(ODD)
                inside[odd if isinstance(odd, str) else "unknown"] = inside.pop(key)
            case 4:
                deep: Any = inside[key]
                for _ in range(random.choice((1, 20, 100))):
                    deep = [deep] if random.random() < 0.5 else {"a": deep}
                inside[key] = deep
            case 5 if isinstance(inside[key], int | float):
                inside[key] = random.choice((-1, 7, 10**9, 10**15, 2**64)) * (inside[key] or 1)
            case _:
                inside[key] = copy.deepcopy(random.choice(ODD))
    return tree


def _nodes(tree: Any) -> Iterator[tuple[Any, Any]]:
    waiting = [tree]
    while waiting:
        inside = waiting.pop()
        for key in _keys(inside):
            yield inside, key
            if isinstance(inside[key], dict | list):
                waiting.append(inside[key])


def _keys(inside: Any) -> list[Any]:
    return [*inside] if isinstance(inside, dict) else [*range(len(inside))]


def _spoilt(text: bytes, random: Random) -> bytes:
    """Return bytes that were cut short, doubled in part, or hold others."""
    at = random.randrange(len(text) + 1)
    match random.randrange(6):
        case 0:
            return text[:at]
        case 1:
            return text.decode().encode(random.choice(("utf-16", "utf-32", "utf-7")))
        case 2:
            lines = text.splitlines(keepends=True)
            line = random.randrange(len(lines) + 1)
            return b"".join(lines[:line] + lines[max(0, line - 2) :])
        case 3:
            return text + text
        case 4:
            return text[:at] + random.choice(RAW) * random.choice((1, 3, 5000)) + text[at:]
        case _:
            return text[:at] + text[at + random.randrange(1, 40) :]


def _json(tree: Any) -> bytes:
    text = json.dumps(tree).replace(json.dumps(HUGE), "9" * 5000)
    return text.encode()


def _toml(tree: Any) -> bytes:
    """Return a document whose tables are inline, as far as TOML can say it."""
    lines = [f"{_toml_key(key)} = {_toml_value(value)}" for key, value in tree.items()]
    return "\n".join(lines).encode("utf-8", "surrogatepass")


def _toml_key(key: Any) -> str:
    return json.dumps(str(key))


def _toml_value(value: Any) -> str:
    match value:
        case None:
            return "1979-05-27T07:32:00Z"
        case dict():
            inner = (f"{_toml_key(key)} = {_toml_value(item)}" for key, item in value.items())
            return "{" + ", ".join(inner) + "}"
        case list():
            return "[" + ", ".join(map(_toml_value, value)) + "]"
        case float() if value != value or value in (float("inf"), float("-inf")):  # noqa: PLR0124
            return str(value)
        case str() if value == HUGE:
            return "9" * 5000
    return json.dumps(value)


def main() -> int:
    """Try everything and say what broke; return an exit status."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2_500
    kinds = [(scenarios(), count), (settings(), count)]
    kinds += [(evidence(*map(Path, sys.argv[2:])), count), (compose(), count)]
    try:
        # Of these Docker's program reads each that is not refused before.
        kinds.append((resolved(), count // 8))
    except Unavailable as error:
        print(f"no compose files: {error.message}")  # noqa: T201 - a command
    broken = 0
    for kind, inputs in kinds:
        begun_seconds = time.monotonic()
        for found in tried(kind, 20261122, inputs):
            broken += 1
            kept = Path(tempfile.gettempdir()) / f"fuzz-{found.kind}-{found.number}"
            kept.write_bytes(found.content)
            print(f"{found.kind} {found.number}: {found.why}\n  kept as {kept}")  # noqa: T201
        took_seconds = time.monotonic() - begun_seconds
        print(f"{kind.name}: {inputs} inputs in {took_seconds:.0f} s")  # noqa: T201
    print(f"{broken} broke")  # noqa: T201
    return 1 if broken else 0


if __name__ == "__main__":
    raise SystemExit(main())

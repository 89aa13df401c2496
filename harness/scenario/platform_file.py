"""A platform's declaration is read whole: a Platform comes back, or all of its errors at once."""

from collections.abc import Container, Iterable, Sequence
from hashlib import sha256
from itertools import chain
from pathlib import Path

from harness.core import reading
from harness.core.addresses import PARTS, PLACEHOLDER
from harness.core.paths import from_here
from harness.core.platform import EventStream, HubProgram, LedgerTable, Platform
from harness.core.ports import STORES
from harness.core.writing import reason
from harness.platform.search import declared_indexes
from harness.platform.streams import declared_streams
from harness.scenario.check_part import check_part
from harness.scenario.document import parse
from harness.scenario.kinds import Kinds
from harness.scenario.platform_form import LedgerTablePart, PlatformPart
from harness.scenario.problem import Loc, Problems, ScenarioErrors, shown, shown_path, unknown
from harness.yaml_text import Unreadable, decoded

FILE = "platform.yaml"
_BYTES_AT_MOST = 1 << 20
_SCRIPT_BYTES_AT_MOST = 1 << 30
_OPTIONAL = ("nats", "meilisearch", "redis", "hub")
_SETTING = "pyproject.toml: [tool.drill].platform"


def platform_at(path: Path, kinds: Kinds) -> Platform:
    """Return the platform that a file declares, or the `platform.yaml` of a folder.

    Raises: ScenarioErrors: it cannot be read or declares none; with all of its problems.
    """
    file = path / FILE if path.is_dir() else path
    name = shown_path(file)
    try:
        content = reading.content(file, _BYTES_AT_MOST)
        document = parse(decoded(content))
    except Unreadable as error:
        raise ScenarioErrors([f"{name}:{error.line}: {error.text}"]) from None
    except FileNotFoundError:
        raise ScenarioErrors([f"{name}: there is no such file"]) from None
    except OSError as error:
        raise ScenarioErrors([f"{name}: it cannot be read: {reason(error)}"]) from None
    problems = document.problems
    if not isinstance(document.value, dict) and not problems.has(()):
        empty = document.value is None
        what = "the file is empty" if empty else f"{shown(document.value)} is no platform"
        problems.add((), f"{what}. Write the keys name and postgres")
    problems.raise_any(file)
    part = check_part(PlatformPart, document.value, (), problems, kinds)
    problems.raise_any(file)
    assert part is not None
    reader = _Scripts(file.parent, problems)
    database = part.postgres
    scripts = {
        key: reader.files(given, ("postgres", key))
        for key, given in (
            ("bootstrap", database.bootstrap),
            ("schema", database.schema_),
            ("seed", database.seed),
        )
    }
    streams = reader.files([part.nats.streams], ("nats", "streams")) if part.nats else ()
    cache = reader.files([part.redis.seed], ("redis", "seed")) if part.redis else ()
    search = part.meilisearch
    indexes = reader.files([search.indexes], ("meilisearch", "indexes")) if search else ()
    for found in indexes:
        try:
            declared_indexes(found)
        except ValueError as error:
            problems.add(("meilisearch", "indexes"), f"{shown(found)}: {error}")
    events = _events(part, streams, problems)
    present = {"postgres", *(store for store in _OPTIONAL if getattr(part, store))}
    hub = _hub(part, file.parent, present, problems)
    problems.raise_any(file)
    digest = sha256(content)
    for script in (*chain.from_iterable(scripts.values()), *streams, *cache, *indexes):
        digest.update(reading.content(Path(script), _SCRIPT_BYTES_AT_MOST))
    return Platform(
        part.name,
        str(from_here(file)),
        digest.hexdigest(),
        tuple(store for store in STORES if store in present),
        {name: _table(name, table) for name, table in database.ledger.items()},
        bootstrap=scripts["bootstrap"],
        schema=scripts["schema"],
        seed=scripts["seed"],
        streams="".join(streams),
        events=events,
        cache="".join(cache),
        indexes="".join(indexes),
        hub=hub,
    )


def _events(part: PlatformPart, streams: Sequence[str], problems: Problems) -> EventStream | None:
    """Return what is published, after a look at the streams that are declared."""
    if part.nats is None or not streams:
        return None
    try:
        names = [stream.name for stream in declared_streams(streams[0])]
    except ValueError as error:
        problems.add(("nats", "streams"), f"{shown(part.nats.streams)}: {error}")
        return None
    if part.nats.ledger is None:
        return None
    events = part.nats.ledger.events
    if events.stream not in names:
        problems.add(("nats", "ledger", "events", "stream"), unknown(events.stream, names))
    return EventStream(events.stream, events.subject)


def _table(name: str, part: LedgerTablePart) -> LedgerTable:
    refused_to = tuple(part.append_only.refused_to) if part.append_only else ()
    return LedgerTable(
        name,
        part.relation,
        part.writer,
        part.append_only is not None,
        refused_to,
        dict(part.columns),
    )


def _hub(
    part: PlatformPart, folder: Path, stores: Container[str], problems: Problems
) -> HubProgram | None:
    """Return the hub, after a look at the addresses that its variables ask for."""
    if part.hub is None:
        return None
    for name, text in part.hub.environment.items():
        for store, what in PLACEHOLDER.findall(text):
            here: Loc = ("hub", "environment", name)
            valid = [f"{s}.{p}" for s, ps in PARTS.items() if s in stores for p in ps]
            if f"{store}.{what}" not in valid:
                problems.add(here, f"address {unknown(f'{store}.{what}', valid)}")
    health = part.hub.health
    return HubProgram(
        tuple(part.hub.command),
        part.hub.image,
        part.hub.port,
        health.path,
        tuple(health.services),
        str(from_here(folder)),
        dict(part.hub.environment),
    )


def kinds_of(directory: Path, platform: str) -> Kinds:
    """Return the kinds for a project whose settings name a platform, by its path from where they
    lie; those for the platform that comes along where they name none.

    Raises: ScenarioErrors: the setting leads to no platform.
    """
    kinds = Kinds.installed()
    if not platform:
        return kinds
    try:
        return kinds.on(platform_at(directory / platform, kinds))
    except ScenarioErrors as error:
        raise ScenarioErrors(f"{_SETTING}: {problem}" for problem in error.problems) from None


class _Scripts:
    """Finds the SQL files that a declaration names, by their paths from its folder."""

    def __init__(self, folder: Path, problems: Problems) -> None:
        self._folder, self._problems = folder, problems

    def files(self, given: Iterable[str], loc: Loc) -> tuple[str, ...]:
        found: list[str] = []
        for position, text in enumerate(given):
            here = (*loc, position) if (*loc, position) in self._problems.lines else loc
            path = self._folder / text
            try:
                inside = sorted(path.glob("*.sql")) if path.is_dir() else [path]
                if not inside:
                    self._problems.add(here, f"{shown(text)} is a folder without any .sql file")
                for file in inside:
                    reading.content(file, _SCRIPT_BYTES_AT_MOST)
            except (OSError, ValueError) as error:
                said = reason(error) if isinstance(error, OSError) else str(error)
                self._problems.add(
                    here,
                    f"{shown(text)} cannot be read: {said}. Name it by its path from the folder of"
                    " this file",
                )
                continue
            found += [str(from_here(file)) for file in inside]
        return tuple(found)

"""A platform's declaration is read whole: a Platform comes back, or all of its errors at once."""

from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import replace
from functools import cache
from hashlib import sha256
from importlib.resources import files
from itertools import chain
from pathlib import Path

from harness.core import reading
from harness.core.addresses import PARTS, PLACEHOLDER
from harness.core.paths import from_here
from harness.core.platform import (
    CachedReads,
    EventStream,
    HubProgram,
    LedgerTable,
    Platform,
    Tenants,
)
from harness.core.ports import STORES, ComposeFile
from harness.core.writing import reason
from harness.platform import own_code
from harness.platform.indexes import declared_indexes
from harness.platform.streams import declared_streams
from harness.scenario.check_part import check_part
from harness.scenario.document import Document, parse
from harness.scenario.kinds import Kinds
from harness.scenario.platform_form import LedgerTablePart, MeilisearchPart, PlatformPart
from harness.scenario.platform_scripts import SCRIPT_BYTES_AT_MOST, Scripts
from harness.scenario.problem import Loc, Problems, ScenarioErrors, shown, shown_path, unknown
from harness.scenario.stack import check_services
from harness.yaml_text import Unreadable, decoded

FILE = "platform.yaml"
_BYTES_AT_MOST = 1 << 20
_BROUGHT = "brought"
_OPTIONAL = ("nats", "meilisearch", "redis", "hub")
_COMES_ALONG = "made_open"
_SETTING = "pyproject.toml: [tool.drill].platform"


@cache
def made_open() -> Platform:
    """Return the platform that comes along."""
    folder = Path(str(files("harness.platforms") / _COMES_ALONG))
    # Where a machine keeps the package is nothing that evidence tells; it is the same from
    # wherever a drill is run.
    return replace(platform_at(folder, Path.absolute), path="", sha256="")


def platform_at(path: Path, kept_as: Callable[[Path], Path] = from_here) -> Platform:
    """Return the platform that a file declares, or the `platform.yaml` of a folder;
    `kept_as` is how the files that it names are kept.

    Raises: ScenarioErrors: it cannot be read or declares none; with all of its problems.
    """
    file = path / FILE if path.is_dir() else path
    content, document = _document(file)
    problems = document.problems
    part = check_part(PlatformPart, document.value, (), problems)
    problems.raise_any(file)
    assert part is not None
    reader = Scripts(file.parent, problems, kept_as)
    database = part.postgres
    scripts = {
        key: reader.files(given, ("postgres", key))
        for key, given in (
            ("bootstrap", database.bootstrap),
            ("schema", [] if database.schema_ == [_BROUGHT] else database.schema_),
            ("seed", database.seed),
            ("derived", database.derived),
            ("project", database.project),
            ("migrations", [database.migrations] if database.migrations else []),
        )
    }
    streams = reader.files([part.nats.streams], ("nats", "streams")) if part.nats else ()
    seed = part.redis.seed if part.redis else ""
    commands = reader.files([seed], ("redis", "seed")) if seed else ()
    search = part.meilisearch
    indexes = reader.files([search.indexes], ("meilisearch", "indexes")) if search else ()
    if search:
        _check_indexes(search, indexes, problems)
    code = reader.folder(part.code, ("code",)) if part.code else ""
    present = {"postgres", *(store for store in _OPTIONAL if getattr(part, store))}
    platform = Platform(
        part.name,
        str(kept_as(file)),
        stores=tuple(store for store in STORES if store in present),
        tables={name: _table(name, table) for name, table in database.ledger.items()},
        bootstrap=scripts["bootstrap"],
        schema=scripts["schema"],
        seed=scripts["seed"],
        derived=scripts["derived"],
        project=scripts["project"],
        migrations={Path(script).stem: script for script in scripts["migrations"]},
        logins=tuple(database.logins),
        tenants=_tenants(part),
        streams="".join(streams),
        events=_events(part, streams, problems),
        cache="".join(commands),
        cached=_cached(part),
        indexes="".join(indexes),
        rebuilt=search.rebuilt if search else "",
        hub=_hub(part, kept_as(file.parent), present, problems),
        compose=_compose(part, file.parent, kept_as, problems),
        code=code,
    )
    problems.raise_any(file)
    try:
        platform = replace(platform, tables=_numbered(platform))
    except own_code.BrokenCode as error:
        problems.add(("code",), error.message)
        problems.raise_any(file)
    digest = sha256(content)
    named = (*chain.from_iterable(scripts.values()), *streams, *commands, *indexes)
    for script in (*map(Path, named), *own_code.files_of(platform)):
        digest.update(reading.content(script, SCRIPT_BYTES_AT_MOST))
    return replace(platform, sha256=digest.hexdigest())


def _compose(
    part: PlatformPart, folder: Path, kept_as: Callable[[Path], Path], problems: Problems
) -> ComposeFile | None:
    if part.compose is None:
        return None
    for store in part.compose.services:
        if store != "postgres" and not getattr(part, store):
            what = f"the platform declares no {store}. Write the key {store}"
            problems.add(("compose", "services", store), what)
    file = part.compose.file
    check_services(folder, file, part.compose.services, ("compose",), "file", problems)
    return ComposeFile(kept_as((folder / file).resolve()), dict(part.compose.services))


def _document(file: Path) -> tuple[bytes, Document]:
    """Return what a file holds, and that as YAML. Raises: ScenarioErrors."""
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
    return content, document


def _check_indexes(part: MeilisearchPart, files: Iterable[str], problems: Problems) -> None:
    for found in files:
        try:
            uids = [index["uid"] for index in declared_indexes(found)]
        except ValueError as error:
            problems.add(("meilisearch", "indexes"), f"{shown(found)}: {error}")
            continue
        if part.rebuilt and part.rebuilt not in uids:
            problems.add(("meilisearch", "rebuilt"), unknown(part.rebuilt, uids))


def _numbered(platform: Platform) -> dict[str, LedgerTable]:
    """Return the tables with those told apart whose rows the platform's own code makes."""
    made = own_code.sources(platform)
    return {
        name: replace(table, is_numbered=name in made) for name, table in platform.tables.items()
    }


def _tenants(part: PlatformPart) -> Tenants | None:
    tenants = part.postgres.tenants
    return Tenants(tenants.role, tenants.claims, dict(tenants.tables)) if tenants else None


def _cached(part: PlatformPart) -> CachedReads | None:
    cached = part.redis.cached if part.redis else None
    return CachedReads(cached.key, cached.expire) if cached else None


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
        also_in=tuple(part.also_in),
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
    is_a_service = part.compose is not None and "hub" in part.compose.services
    if not part.hub.command and not part.hub.image and not is_a_service:
        problems.add(
            ("hub",),
            "write command or image, or name its service in compose. For example:"
            " {image: acme/hub:1.2}",
        )
    for table in part.hub.reads:
        if table not in part.postgres.ledger:
            problems.add(("hub", "reads", table), unknown(table, list(part.postgres.ledger)))
    health = part.hub.health
    return HubProgram(
        tuple(part.hub.command),
        part.hub.image,
        part.hub.port,
        health.path,
        tuple(health.services),
        tuple(health.may_tell),
        tuple(part.hub.needs),
        str(folder),
        dict(part.hub.environment),
        dict(part.hub.reads),
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
        found = platform_at(directory / platform)
        own_code.check(found, own_code.JUDGING)
        return kinds.on(found)
    except own_code.BrokenCode as error:
        raise ScenarioErrors([f"{_SETTING}: {error.message}"]) from None
    except ScenarioErrors as error:
        raise ScenarioErrors(f"{_SETTING}: {problem}" for problem in error.problems) from None

"""The parts of a platform's declaration: every key, what it means, and what may stand there."""

import re
from typing import Annotated

from annotated_types import MinLen
from pydantic import AfterValidator, BeforeValidator, Field, StrictBool

from harness.core.ports import STORES
from harness.scenario.form import Part
from harness.scenario.problem import shown
from harness.scenario.values import Duration, Line, refuse

_TABLE_NAME = re.compile(r"[a-z][a-z0-9_]{0,47}")
_RELATION = re.compile(r"[^.\0]{1,63}\.[^.\0]{1,63}")


def _table_name(value: str) -> str:
    if not _TABLE_NAME.fullmatch(value):
        raise refuse(
            f"{shown(value)} is no name for a ledger table. Write small letters, digits and '_',"
            " at most 48, the first a letter"
        )
    if value in _TAKEN:
        raise refuse(f"{shown(value)} means something else in a scenario. Choose another name")
    return value


_TAKEN = ("random", "events")


def _relation(value: str) -> str:
    whole = value if "." in value else f"public.{value}"
    if not _RELATION.fullmatch(whole):
        raise refuse(f"{shown(value)} is no table. Write its schema and its name: app.orders")
    return whole


def _path(value: str) -> str:
    if not re.fullmatch(r"/[!-~]*", value):
        raise refuse(f"{shown(value)} is no path. Write it as in /health/detailed")
    return value


def _several(value: object) -> object:
    return [value] if isinstance(value, str) else value


Relation = Annotated[str, AfterValidator(_relation)]
TableName = Annotated[str, AfterValidator(_table_name)]
Paths = Annotated[list[Line], BeforeValidator(_several, json_schema_input_type=Line | list[Line])]


class AppendOnlyPart(Part):
    """Who must not change what was written."""

    refused_to: list[Line] = Field(
        default_factory=list,
        description="The roles that UPDATE, DELETE and TRUNCATE are refused to; all, if left out.",
        examples=[["app_hub", "authenticated"]],
    )


def _append_only(value: object) -> object:
    if value is True:
        return {}
    if value is False:
        return None
    if not isinstance(value, dict):
        raise refuse(
            f"{shown(value)} is neither true nor a mapping. For example: {{refused_to: [app_hub]}}"
        )
    return value


def _store(value: str) -> str:
    if value not in STORES:
        raise refuse(f"{shown(value)} is no store. Valid: {', '.join(STORES)}")
    return value


Store = Annotated[str, AfterValidator(_store)]


class LedgerTablePart(Part):
    """A table that a drill writes to, and accounts for row by row."""

    relation: Relation = Field(
        description="The table, with its schema.", examples=["app.audit_log"]
    )
    writer: Line = Field(
        default="",
        description="The role that writes it; a superuser, if left out.",
        examples=["app_hub"],
    )
    append_only: Annotated[
        AppendOnlyPart | None,
        BeforeValidator(_append_only, json_schema_input_type=StrictBool | AppendOnlyPart),
    ] = Field(
        default=None,
        description="Whether its rows must never change: true, or who is refused.",
        examples=[True],
    )
    columns: dict[Line, Line] = Field(
        default_factory=dict,
        description="SQL for the values of columns, over n (the row's number) and random; what is"
        " left out follows from types, constraints and references.",
        examples=[{"action": "'created'"}],
    )
    also_in: list[Store] = Field(
        default_factory=list,
        description="Further stores that hold something of its rows: documents of a search, or the"
        " key that opens them, in the hub's volume.",
        examples=[["meilisearch"]],
    )


class TenantsPart(Part):
    """Tables that show a tenant its own rows alone."""

    role: Line = Field(description="The role that asks.", examples=["authenticated"])
    claims: Line = Field(
        default="request.jwt.claims",
        description="The setting that holds the claims of a token; the tenant stands there under"
        " the name of the table's column.",
        examples=["request.jwt.claims"],
    )
    tables: Annotated[dict[Relation, Line], MinLen(1)] = Field(
        description="The tables, each with the column that names the tenant.",
        examples=[{"app.orders": "tenant_id"}],
    )


def _alone(value: object) -> object:
    return {"relation": value} if isinstance(value, str) else value


TablePart = Annotated[
    LedgerTablePart,
    BeforeValidator(_alone, json_schema_input_type=Relation | LedgerTablePart),
]


class PostgresPart(Part):
    """The database: how it is made, and what a drill writes into it."""

    bootstrap: Paths = Field(
        default_factory=list,
        description="SQL files that a superuser runs once in a new cluster, as roles.",
        examples=[["roles.sql"]],
    )
    schema_: Paths = Field(
        default_factory=list,
        alias="schema",
        description="SQL files, or folders of them in the order of their names. They are run in the"
        " drill's own database: lines that make another or connect to it are passed over. `brought`"
        " where the server's image or the compose file creates it.",
        examples=["supabase/migrations"],
    )
    seed: Paths = Field(
        default_factory=list,
        description="SQL files of rows that the platform comes with.",
        examples=["supabase/seed.sql"],
    )
    derived: Paths = Field(
        default_factory=list,
        description="SQL files that are run when the rows of a drill are written: what follows from"
        " them.",
        examples=["derived.sql"],
    )
    project: Paths = Field(
        default_factory=list,
        description="SQL files that a provider has run in a new database before anything is"
        " restored into it (supabase_db_dump).",
        examples=["project.sql"],
    )
    migrations: Line = Field(
        default="",
        description="A folder of SQL files of later releases, which a scenario's `migrate` names"
        " without their ending.",
        examples=["next"],
    )
    logins: list[Line] = Field(
        default_factory=list,
        description="Roles that programs log in as, with the password that bootstrap gave them:"
        " current_setting('drill.role_password').",
        examples=[["app_hub"]],
    )
    tenants: TenantsPart | None = Field(
        default=None,
        description="Tables under row security, as each tenant sees them.",
        examples=[{"role": "authenticated", "tables": {"app.orders": "tenant_id"}}],
    )
    ledger: dict[TableName, TablePart] = Field(
        default_factory=dict,
        description="The tables that a drill accounts for row by row, by names for scenarios, in"
        " the order they are filled.",
        examples=[{"audit_log": {"relation": "app.audit_log"}}],
    )


class EventsPart(Part):
    """The messages that a drill publishes, and accounts for one by one."""

    stream: Line = Field(description="The stream that keeps them.", examples=["EVENTS"])
    subject: Line = Field(
        description="Their subject; {n} stands for the message's number.", examples=["events.{n}"]
    )


class NatsLedgerPart(Part):
    """What a drill publishes."""

    events: EventsPart = Field(
        description="The messages, called events in scenarios.",
        examples=[{"stream": "EVENTS", "subject": "events.{n}"}],
    )


class NatsPart(Part):
    """The event history."""

    streams: Line = Field(
        description="A JSON file: a list of streams, each as the server tells its config, or as"
        " config, consumers and messages.",
        examples=["streams.json"],
    )
    ledger: NatsLedgerPart | None = Field(
        default=None,
        description="What a drill publishes; nothing, if left out.",
        examples=[{"events": {"stream": "EVENTS", "subject": "events.{n}"}}],
    )


class CachedPart(Part):
    """Entries of the hub's own, of which no backup owes one."""

    key: Line = Field(
        description="Their keys; {n} stands for the number of a row.", examples=["order:{n}"]
    )
    expire: Duration = Field(description="They live no longer than this.", examples=["6h"])


class RedisPart(Part):
    """The cache."""

    seed: Line = Field(
        default="",
        description="A file of commands that fill it, one a line.",
        examples=["cache.redis"],
    )
    cached: CachedPart | None = Field(
        default=None,
        description="What the hub puts there by itself, whenever it is read.",
        examples=[{"key": "order:{n}", "expire": "6h"}],
    )


class MeilisearchPart(Part):
    """The search engine."""

    indexes: Line = Field(
        description="A JSON file: a list of indexes with uid, primaryKey, settings and documents.",
        examples=["indexes.json"],
    )
    rebuilt: Line = Field(
        default="",
        description="The index among them that the hub makes, and fills from rows, where there is"
        " none.",
        examples=["orders"],
    )


class HealthPart(Part):
    """How a hub says that it is well."""

    path: Annotated[str, AfterValidator(_path)] = Field(
        description="Where it answers.", examples=["/health/detailed"]
    )
    services: list[Line] = Field(
        default_factory=list,
        description="Services whose status it tells there, as {services: {NAME: {status: ok}}};"
        " of none, a status of 200 is enough.",
        examples=[["postgres", "nats"]],
    )
    may_tell: list[Line] = Field(
        default_factory=list,
        description="Services of its own that it may tell of as well.",
        examples=[["vault"]],
    )


class HubProgramPart(Part):
    """The platform's own hub: a command, an image or a service of the compose file."""

    command: list[Line] = Field(
        default_factory=list,
        description="The command that starts it, word by word, from the folder of this file; of an"
        " image, in place of its own. {python} stands for the Python that runs the drill.",
        examples=[["node", "server.js"]],
    )
    image: Line = Field(default="", description="Its image.", examples=["acme/hub:1.2"])
    port: Annotated[int, Field(ge=1, le=65535)] = Field(
        default=4101, description="Where the image listens.", examples=[3000]
    )
    health: HealthPart = Field(
        description="How it says that it is well.", examples=[{"path": "/health"}]
    )
    needs: list[Store] = Field(
        default_factory=list,
        description="The stores that it does not start without; all of the platform's, if left"
        " out.",
        examples=[["postgres"]],
    )
    reads: dict[TableName, Line] = Field(
        default_factory=dict,
        description="Ledger tables whose rows it answers one by one, each with the path; {n} stands"
        " for the row's number. What is left out is neither read nor judged.",
        examples=[{"orders": "/orders/{n}"}],
    )
    environment: dict[Line, str] = Field(
        default_factory=dict,
        description="Its variables. Addresses are put in for {postgres.url}, {nats.url},"
        " {redis.url} and their parts, {hub.port} and {hub.config}, the directory of its volume;"
        " those of a store that this machine lacks are empty.",
        examples=[{"DATABASE_URL": "{postgres.url}"}],
    )


class ComposePart(Part):
    """A compose file that servers come from, in containers only."""

    file: Line = Field(description="The file.", examples=["compose.yaml"])
    services: Annotated[dict[Store, Line], MinLen(1)] = Field(
        description="Which of its services is which store; what they depend on is started with"
        " them, and nothing else of the file.",
        examples=[{"postgres": "db", "hub": "web"}],
    )


class PlatformPart(Part):
    """A platform."""

    name: Line = Field(description="Its name, for people.", examples=["acme"])
    postgres: PostgresPart = Field(description="The database.", examples=[{"schema": "schema.sql"}])
    nats: NatsPart | None = Field(
        default=None, description="Its NATS server.", examples=[{"streams": "streams.json"}]
    )
    redis: RedisPart | None = Field(
        default=None, description="Its Redis server.", examples=[{"seed": "cache.redis"}]
    )
    meilisearch: MeilisearchPart | None = Field(
        default=None, description="Its Meilisearch.", examples=[{"indexes": "indexes.json"}]
    )
    hub: HubProgramPart | None = Field(
        default=None,
        description="Its hub.",
        examples=[{"image": "acme/hub:1.2", "health": {"path": "/health"}}],
    )
    compose: ComposePart | None = Field(
        default=None,
        description="A compose file that brings servers, in containers only; a scenario's own goes"
        " before it.",
        examples=[{"file": "compose.yaml", "services": {"hub": "web"}}],
    )
    code: Line = Field(
        default="",
        description="A folder of Python modules of its own: rows, filling, observations, probes,"
        " checks, plants. Each may be left out.",
        examples=["code"],
    )

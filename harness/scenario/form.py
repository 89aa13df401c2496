"""The parts of a scenario file: every key, what it means, and what may stand there."""

from typing import Annotated, Any

from annotated_types import MinLen
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    StrictInt,
    Tag,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from pydantic_core import InitErrorDetails

from harness.scenario.problem import unknown
from harness.scenario.values import (
    CheckId,
    CheckIds,
    Count,
    Day,
    Duration,
    HubPath,
    LedgerStoreId,
    Line,
    Name,
    Prose,
    Random,
    Scalar,
    Sizes,
    StoreId,
    Tags,
    Url,
    refuse,
)


class Part(BaseModel):
    """A mapping with keys of its own; any other key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class RowCounts(BaseModel):
    """How many rows, by the platform's tables."""

    model_config = ConfigDict(extra="allow", frozen=True)
    __pydantic_extra__: dict[str, Count]

    @model_validator(mode="before")
    @classmethod
    def _names_tables(cls, value: object, info: ValidationInfo) -> object:
        """Refuse what is no table of the platform, and put the others in their own order."""
        if isinstance(value, dict) and info.context is not None:
            known = (*info.context.tables, *cls.model_fields)
            if unknown_keys := [key for key in value if key not in known]:
                raise ValidationError.from_exception_data(
                    cls.__name__,
                    [
                        InitErrorDetails(type="extra_forbidden", loc=(key,), input=value[key])
                        for key in unknown_keys
                    ],
                )
            return {key: value[key] for key in sorted(value, key=known.index)}
        return value

    @property
    def counts(self) -> dict[str, int]:
        """The tables that get rows, in the order they are named."""
        return {table: count for table, count in (self.model_extra or {}).items() if count}


class SeedPart(RowCounts):
    """What the platform is filled with before anything happens."""

    random: Random = Field(
        description="Every row derives from this number and the row's id.", examples=[20261122]
    )


class ObjectivesPart(Part):
    """What is demanded; a drill that misses an objective fails."""

    rto: Duration | None = Field(
        default=None,
        description="Longest time from the disaster until everything answers again.",
        examples=["2m"],
    )
    rpo: dict[LedgerStoreId, Duration] = Field(
        default_factory=dict,
        description="Oldest acknowledged write that may be missing, as time before the disaster.",
        examples=[{"postgres": "24h"}],
    )
    age: Duration | None = Field(
        default=None,
        description="How old a backup may be that is adopted.",
        examples=["26h"],
    )
    proof: Duration | None = Field(
        default=None,
        description="How long a PASS proves something; then the drill must be played again.",
        examples=["7d"],
    )


class WaiverPart(Part):
    """Why a check is left out, who answers for it, and the last day on which it is."""

    reason: Prose = Field(description="The reason that the report shows.", examples=["new disks"])
    owner: Line = Field(default="nobody", description="Who answers for it.", examples=["Kim"])
    until: Day | None = Field(
        default=None,
        description="The last day, in UTC; a drill that begins later fails by the check.",
        examples=["2027-01-31"],
    )


LISTED, SIZED = "[listed]", "[sized]"
"""Tags of the short and the long way to write something; they stand in no file."""


class ExpectPart(Part):
    """Exactly these checks must fail: a known-bad procedure or a planted failure."""

    fail: Annotated[
        Annotated[CheckIds, Tag(LISTED)] | Annotated[dict[CheckId, Sizes], MinLen(1), Tag(SIZED)],
        Discriminator(lambda value: SIZED if isinstance(value, dict) else LISTED),
    ] = Field(
        description="Ids of the checks that must fail, by any amount or each by how much: the"
        " counts of its finding, exact or as a range.",
        examples=[["audit_log_complete"], {"stream_messages": {"lost": 500}}],
    )


Skipped = Annotated[
    Annotated[Prose, Tag(LISTED)] | Annotated[WaiverPart, Tag(SIZED)],
    Discriminator(lambda value: SIZED if isinstance(value, dict) else LISTED),
]


def _pass_is_nothing(value: object) -> object:
    if value != "pass" and not isinstance(value, dict):
        raise refuse(unknown(value, ["pass", "{fail: [...]}"]))
    return None if value == "pass" else value


class HubPart(Part):
    """A real hub in place of the reference hub."""

    command: Annotated[list[Line], Field(min_length=1)] = Field(
        description="The command that starts it, word by word.", examples=[["pnpm", "hub"]]
    )
    health_url: Url = Field(
        description="Where it answers with every service's status.",
        examples=["http://127.0.0.1:4101/health/detailed"],
    )


class StackPart(Part):
    """Services that the scenario brings itself."""

    hub: HubPart | None = Field(default=None, description="A real hub.")
    images: dict[StoreId, Line] = Field(
        default_factory=dict,
        description="Images of stores, before those of the settings; in containers only.",
        examples=[{"postgres": "supabase/postgres:17.4.1.054"}],
    )
    compose: Line | None = Field(
        default=None,
        description="A compose file, by its path from the scenario's folder; in containers only.",
        examples=["compose.yaml"],
    )
    services: dict[StoreId, Line] = Field(
        default_factory=dict,
        description="Which of the compose file's services is which store.",
        examples=[{"postgres": "db", "nats": "nats", "redis": "cache"}],
    )


def _none_is_nothing(value: object) -> object:
    return {"random": 0} if value == "none" else value


class OwnCheckPart(Part):
    """A check of the scenario's own: one of command, sql and http, and what must come of it."""

    command: Line | None = Field(
        default=None,
        description="A command line for the shell, which must end with status 0. It finds the"
        " restored servers in DATABASE_URL, PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE,"
        " NATS_URL, REDIS_URL, MEILISEARCH_URL, MEILI_MASTER_KEY and HUB_URL.",
        examples=["npm run smoke"],
    )
    folder: Line | None = Field(
        default=None,
        description="Where the command runs, by its path from the scenario's folder, which it is"
        " where this is left out.",
        examples=[".."],
    )
    sql: Prose | None = Field(
        default=None,
        description="One query that returns one value; it is made read-only.",
        examples=["SELECT count(*) FROM orders WHERE customer IS NULL"],
    )
    equals: Scalar | None = Field(
        default=None, description="The value that the query must return.", examples=[0]
    )
    http: HubPath | None = Field(
        default=None,
        description="A path of the hub, which is asked for.",
        examples=["/health/detailed"],
    )
    status: Annotated[StrictInt, Field(ge=100, le=599)] | None = Field(
        default=None,
        description="The HTTP status that the hub must answer; 200 where this is left out.",
        examples=[200],
    )
    within: Duration = Field(
        default=60.0,
        description="How long it may take; 60s where this is left out. Later is wrong.",
        examples=["30s"],
    )

    @model_validator(mode="after")
    def _asks_one_thing(self) -> "OwnCheckPart":
        asked = [key for key in ("command", "sql", "http") if getattr(self, key) is not None]
        if len(asked) != 1:
            raise refuse(
                "write one of command, sql and http. For example: {command: npm run smoke}"
            )
        if not self.within:
            raise refuse("within leaves no time. Write at least 1ms")
        for key, belongs_to in (("folder", "command"), ("equals", "sql"), ("status", "http")):
            if getattr(self, key) is not None and asked != [belongs_to]:
                raise refuse(f"{key} belongs to {belongs_to}, not to {asked[0]}. Remove it")
        if self.sql is not None and self.equals is None:
            raise refuse("key 'equals' is missing. For example: equals: 0")
        return self


class ScenarioPart(Part):
    """One drill."""

    title: Line = Field(
        description="What happens and what is expected, in one line for people.",
        examples=["Every volume is lost; the platform returns from last night's backups"],
    )
    why: Prose = Field(
        default="", description="Why this drill exists: what it guards, and where it is from."
    )
    tags: Tags = Field(
        default_factory=list,
        description="Words to choose drills by; nightly drills run by default.",
        examples=[["nightly", "release"]],
    )
    platform: Line | None = Field(
        default=None,
        description="What is drilled, where it is not the platform that comes along: its folder, or"
        " its platform.yaml, by the path from the scenario's folder.",
        examples=["../platforms/acme"],
    )
    seed: Annotated[SeedPart, BeforeValidator(_none_is_nothing)] = Field(
        description="What the platform is filled with; none, where a backup is adopted.",
        examples=[{"random": 20261122}],
    )
    timeline: Annotated[list[Any], Field(min_length=1)] = Field(
        description="What happens, step by step.", examples=[[{"wait": "2s"}]]
    )
    objectives: ObjectivesPart = Field(
        default_factory=ObjectivesPart,
        description="What is demanded.",
        examples=[{"rto": "2m"}],
    )
    expect: Annotated[ExpectPart | None, BeforeValidator(_pass_is_nothing)] = Field(
        default=None,
        description="pass, or the checks that must fail.",
        examples=["pass", {"fail": ["audit_log_complete"]}],
    )
    skip: dict[CheckId, Skipped] = Field(
        default_factory=dict,
        description="Checks left out, each with the reason that the report shows; who answers for"
        " it and until when may stand beside it.",
        examples=[{"rto": "a slow machine"}],
    )
    checks: dict[Name, OwnCheckPart] = Field(
        default_factory=dict,
        description="Checks of the scenario's own, by name; expectations and waivers write own."
        " before it. They are made at every backup and at the end.",
        examples=[{"smoke": {"command": "npm run smoke"}}],
    )
    stack: StackPart = Field(
        default_factory=StackPart,
        description="What runs in place of the harness's own servers.",
        examples=[{"hub": {"command": ["pnpm", "hub"]}}],
    )

"""The steps of a timeline: every key of each verb, what it means, and what may stand there."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StrictBool, model_validator

from harness.core.points import POINTS
from harness.kinds import FileBeside
from harness.scenario.form import Part, RowCounts
from harness.scenario.values import (
    Duration,
    FaultId,
    Line,
    MigrationId,
    Name,
    OffSiteId,
    PointId,
    StoreId,
    Stores,
    refuse,
)


class KeepPart(Part):
    """How a backup is kept once it was taken."""

    offsite: OffSiteId | None = Field(
        default=None,
        description="Where it is pushed; nothing of it stays on the machine.",
        examples=["directory"],
    )
    encrypt: Literal["age"] | None = Field(
        default=None,
        description="What encrypts it; nothing of it stays in clear.",
        examples=["age"],
    )

    @model_validator(mode="after")
    def _says_something(self) -> "KeepPart":
        if self.offsite is None and self.encrypt is None:
            raise refuse("write offsite, encrypt or both. For example: {offsite: directory}")
        return self


_POINT = Field(
    default=None,
    description="The point: " + "; ".join(f"{id_}: {said}" for id_, said in POINTS.items()) + ".",
    examples=["half"],
)


class WhenPart(Part):
    """When in a step something happens: at a named point of it, or after a time."""

    at: PointId | None = _POINT
    after: Duration | None = Field(
        default=None, description="How long after the step was begun.", examples=["200ms"]
    )

    @model_validator(mode="after")
    def _is_one(self) -> "WhenPart":
        if (self.at is None) == (self.after is None):
            raise refuse("write either at or after. For example: {at: half}")
        return self


class StruckPart(Part):
    """A step in the middle of which something can happen."""

    meanwhile: dict[str, Any] | None = Field(
        default=None,
        description="What happens in the middle of it: a disaster or a write, at a named point or"
        " after a time. The step may fail then; the timeline goes on.",
        examples=[{"disaster": "kill_server", "stores": ["postgres"], "at": "half"}],
    )
    breaks_off: PointId | None = Field(
        default=None,
        description="The point at which the step is ended, as where whoever makes it is cut off:"
        " one of those of meanwhile.",
        examples=["half"],
    )

    @model_validator(mode="after")
    def _is_struck_once(self) -> "StruckPart":
        if self.meanwhile is not None and self.breaks_off is not None:
            raise refuse("write either meanwhile or breaks_off, not both")
        return self


class BackupPart(StruckPart):
    """Back up stores. Beside the name, each store with its method."""

    backup: Name = Field(
        description="The backup's name, for a later restore.", examples=["nightly"]
    )
    every: Duration | None = Field(
        default=None,
        description="Its schedule, which the RPO is judged by: the time between two backups.",
        examples=["24h"],
    )
    during: RowCounts = Field(
        default_factory=RowCounts.model_construct,
        description="Acknowledged rows that are written while the backup is taken, by table.",
        examples=[{"audit_log": 200}],
    )
    keep: KeepPart | None = Field(
        default=None,
        description="How its files are kept; as they were taken, unless this is given.",
        examples=[{"offsite": "directory"}],
    )


class AdoptedPart(Part):
    """A real backup of one store, taken elsewhere."""

    file: Line = Field(
        description="What the backup left, by its path from the scenario's folder; of several that"
        " match a pattern the newest.",
        examples=["/backups/nightly-*.dump"],
    )


class AdoptedPostgresPart(AdoptedPart):
    """A real backup of PostgreSQL: a dump, or a copy of the whole cluster."""

    roles: Line | None = Field(
        default=None,
        description="What pg_dumpall --globals-only wrote, run before a dump is restored.",
        examples=["/backups/globals.sql"],
    )
    database: Line | None = Field(
        default=None,
        description="Which database of a copied cluster is judged; without it, the manifest's.",
        examples=["app"],
    )
    superuser: Line = Field(
        default="postgres",
        description="The superuser of a copied cluster.",
        examples=["postgres"],
    )


class AdoptPart(Part):
    """Take a real backup into the drill."""

    adopt: Name = Field(description="Its name, for a later restore.", examples=["nightly"])
    postgres: AdoptedPostgresPart | None = Field(
        default=None, description="The backup of PostgreSQL.", examples=[{"file": "nightly.dump"}]
    )
    nats: AdoptedPart | None = Field(
        default=None, description="The backup of NATS.", examples=[{"file": "nats.tar.gz"}]
    )
    meilisearch: AdoptedPart | None = Field(
        default=None,
        description="The backup of Meilisearch.",
        examples=[{"file": "dumps/*.dump"}],
    )
    redis: AdoptedPart | None = Field(
        default=None, description="The backup of Redis.", examples=[{"file": "dump.rdb"}]
    )
    manifest: Line | None = Field(
        default=None,
        description="What drill manifest saw when it was taken; without it contents cannot be"
        " compared.",
        examples=["/backups/nightly.json"],
    )
    isolation: Literal["namespaces", "none"] = Field(
        default="namespaces",
        description="namespaces: PostgreSQL and its clients have no network, no other process and"
        " no file but their own. none: whatever code the backup holds is run on this machine.",
        examples=["namespaces"],
    )


class WritePart(StruckPart):
    """Write acknowledged rows."""

    write: RowCounts = Field(
        description="How many more rows, by table.", examples=[{"audit_log": 200}]
    )


class MigratePart(Part):
    """Apply one of the platform's later migrations."""

    migrate: MigrationId = Field(
        description="The migration: one of the platform's own by its name, or an SQL file or a"
        " folder of them by the path from the scenario's folder.",
        examples=["reporting_role"],
    )
    changes: list[Line] = Field(
        default_factory=list,
        description="Tables beside the ledger's whose rows it may change.",
        examples=[["app.settings"]],
    )


class MarkPart(Part):
    """Give this moment of PostgreSQL a name."""

    mark: Name = Field(description="The name, to recover to.", examples=["before_mistake"])


class DamagePart(Part):
    """Damage what a backup left of a store."""

    damage: Name = Field(description="The backup's name.", examples=["nightly"])
    store: StoreId = Field(description="The store whose file is damaged.", examples=["postgres"])
    how: Literal["truncated", "bit_flipped", "swapped", "deleted", "encrypted"] = Field(
        description="What happens to its largest file: the second half is missing, one bit in its"
        " middle is wrong, the same file of another backup takes its place, or it is deleted;"
        " encrypted are all of them, by somebody who keeps the key.",
        examples=["truncated"],
    )
    with_: Name | None = Field(
        default=None,
        alias="with",
        description="The other backup, for swapped.",
        examples=["older"],
    )
    file: Line = Field(
        default="*",
        description="Which files are meant, by the end of their path; the largest is damaged.",
        examples=["base/base/*/*"],
    )

    @model_validator(mode="after")
    def _swaps_with_another(self) -> "DamagePart":
        if (self.how == "swapped") != (self.with_ is not None):
            raise refuse("how: swapped and with go together. For example: {with: older}")
        return self


class DisasterPart(Part):
    """Strike stores. Beside these keys, the fault's own options."""

    disaster: FaultId = Field(description="The fault.", examples=["lose_volume"])
    stores: Stores | None = Field(
        default=None,
        description="The stores it strikes; may be left out where it strikes but one.",
        examples=[["postgres"]],
    )


class MomentPart(Part):
    """A mark, by its time or by its name."""

    time: Name | None = Field(
        default=None, description="The mark whose time it is.", examples=["before_mistake"]
    )
    name: Name | None = Field(
        default=None, description="The mark itself.", examples=["before_mistake"]
    )

    @model_validator(mode="after")
    def _is_one(self) -> "MomentPart":
        if (self.time is None) == (self.name is None):
            raise refuse("write either time or name. For example: {time: before_mistake}")
        return self


LATEST = "latest"
"""As far as there is anything to recover: no mark has this name."""


def _moment(value: object) -> object:
    if value == LATEST:
        return None
    return {"name": value} if isinstance(value, str) else value


class RestorePart(StruckPart):
    """Bring stores back from a backup."""

    restore: Name = Field(description="The backup's name.", examples=["nightly"])
    order: Stores = Field(
        description="The stores to restore, in this order.", examples=[["postgres", "nats"]]
    )
    to: Annotated[MomentPart | None, BeforeValidator(_moment)] = Field(
        default=None,
        description="Where a recovery ends: latest, a mark's name, or a mark's time.",
        examples=["before_mistake", {"time": "before_mistake"}],
    )


def _one_is_a_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


class StartPart(StruckPart):
    """Start services."""

    start: Annotated[Stores, BeforeValidator(_one_is_a_list)] = Field(
        description="One service or a list; the hub starts after all that does not run.",
        examples=["hub"],
    )


class StopPart(Part):
    """Stop services in order."""

    stop: Annotated[Stores, BeforeValidator(_one_is_a_list)] = Field(
        description="One service or a list; the hub stops before the stores.",
        examples=["hub"],
    )
    delete_volumes: StrictBool = Field(
        default=False, description="Whether their volumes are deleted as well."
    )


class ReadPart(Part):
    """Read through the hub, which caches what it reads."""

    read: RowCounts = Field(
        description="How many of the newest rows, by table; the hub must say how it `reads` it.",
        examples=[{"contacts": 50}],
    )


class RetentionPart(Part):
    """Let the backups age without waiting, and run a script that removes old ones."""

    retention: FileBeside = Field(
        description="The script, run as cron would run it.",
        examples=["retention.sh"],
    )
    after: Duration = Field(
        description="How long after the last backup it runs.", examples=["744h"]
    )
    directory: Line = Field(
        default="/backups/made-open",
        description="What the script calls the directory of backups.",
    )


class WaitPart(Part):
    """Let time pass."""

    wait: Duration = Field(description="How long.", examples=["2s"])


STEP_PARTS: dict[str, type[Part]] = {
    "backup": BackupPart,
    "adopt": AdoptPart,
    "write": WritePart,
    "read": ReadPart,
    "migrate": MigratePart,
    "mark": MarkPart,
    "damage": DamagePart,
    "disaster": DisasterPart,
    "restore": RestorePart,
    "start": StartPart,
    "stop": StopPart,
    "retention": RetentionPart,
    "wait": WaitPart,
}
"""The part of each verb; the verb is a key of its own."""

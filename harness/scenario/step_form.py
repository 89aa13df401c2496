"""The steps of a timeline: every key of each verb, what it means, and what may stand there."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from harness.scenario.form import Part, RowCounts
from harness.scenario.values import Duration, FaultId, Name, Stores


class BackupPart(Part):
    """Back up stores. Beside the name, each store with its method."""

    backup: Name = Field(
        description="The backup's name, for a later restore.", examples=["nightly"]
    )


class WritePart(Part):
    """Write acknowledged rows."""

    write: RowCounts = Field(
        description="How many more rows, by table.", examples=[{"audit_log": 200}]
    )


class DisasterPart(Part):
    """Strike stores. Beside these keys, the fault's own options."""

    disaster: FaultId = Field(description="The fault.", examples=["lose_volume"])
    stores: Stores = Field(description="The stores it strikes.", examples=[["postgres"]])


class RestorePart(Part):
    """Bring stores back from a backup."""

    restore: Name = Field(description="The backup's name.", examples=["nightly"])
    order: Stores = Field(
        description="The stores to restore, in this order.", examples=[["postgres", "nats"]]
    )


def _one_is_a_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


class StartPart(Part):
    """Start services."""

    start: Annotated[Stores, BeforeValidator(_one_is_a_list)] = Field(
        description="One service or a list; the hub starts after all that does not run.",
        examples=["hub"],
    )


class WaitPart(Part):
    """Let time pass."""

    wait: Duration = Field(description="How long.", examples=["2s"])


STEP_PARTS: dict[str, type[Part]] = {
    "backup": BackupPart,
    "write": WritePart,
    "disaster": DisasterPart,
    "restore": RestorePart,
    "start": StartPart,
    "wait": WaitPart,
}
"""The part of each verb; the verb is a key of its own."""

"""Backups and restores by scripts and runbooks: every key, and what may stand there."""

import re
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from harness.backups.script import Given
from harness.core.ports import STORES
from harness.kinds import FileBeside
from harness.scenario.form import Part, RowCounts
from harness.scenario.problem import shown
from harness.scenario.step_form import KeepPart
from harness.scenario.values import Duration, Line, Name, StoreId, Stores, refuse

_RANGE = r"\d{1,6}\.\.\d{1,6}"
_LINES: dict[str, Any] = {
    "anyOf": [{"type": "integer", "minimum": 1}, {"type": "string", "pattern": f"^{_RANGE}$"}]
}


class BackupByScript(Given):
    """A script of the user's backs up stores, run as cron would run it."""

    script: FileBeside = Field(
        description="The script, by its path from the scenario's folder; the folder it lies in is"
        " copied with it and is its HOME.",
        examples=["../ops/backup.sh"],
    )
    name: Name | None = Field(
        default=None,
        description="The backup's name; that of the script, without its ending, where this is left"
        " out.",
        examples=["nightly"],
    )
    stores: Stores | None = Field(
        default=None,
        description="What it backs up; where this is left out, every store that is not rebuilt.",
        examples=[["postgres", "nats"]],
    )
    leaves: dict[StoreId, Line] = Field(
        default_factory=dict,
        description="The file that it leaves of a store, by its name or a pattern: of PostgreSQL a"
        " dump of any format, compressed or not; of any store an archive of the volume (.tar.gz or"
        " .tgz). Not needed where a script or runbook restores.",
        examples=[{"postgres": "postgres.sql"}],
    )
    status: Literal["checked", "ignored"] = Field(
        "checked", description="Whether anybody looks at its status."
    )


class ScriptedBackupPart(Part):
    """Back up stores by a script of the user's."""

    backup: BackupByScript = Field(
        description="The script and what it is given.", examples=[{"script": "backup.sh"}]
    )
    every: Duration | None = Field(
        default=None,
        description="Its schedule, which the RPO is judged by: the time between two backups.",
        examples=["24h"],
    )
    keep: KeepPart | None = Field(
        default=None,
        description="How it is kept once it was taken; on this machine in clear, if left out.",
        examples=[{"offsite": "directory"}],
    )
    during: RowCounts = Field(
        default_factory=RowCounts.model_construct,
        description="Acknowledged rows that are written while the script runs, by table.",
        examples=[{"audit_log": 200}],
    )


def _lines(value: object) -> object:
    text = f"{value}..{value}" if type(value) is int else value
    if not isinstance(text, str) or not re.fullmatch(_RANGE, text):
        raise refuse(f"{shown(value)} is no range of lines. Write 3, or 3..7")
    return text


class BlockPart(Part):
    """One of the section's shell blocks, or some of its lines."""

    block: Annotated[int, Field(ge=1)] = Field(
        description="Which of the section's shell blocks, counted from 1.", examples=[1]
    )
    lines: Annotated[str, BeforeValidator(_lines), WithJsonSchema(_LINES)] | None = Field(
        default=None,
        description="Which of its lines, counted from 1: 3, or 3..7. All, where this is left out.",
        examples=["3..7"],
    )


def _block(value: object) -> object:
    return {"block": value} if type(value) is int else value


class RestoreBy(Given):
    """A script or the blocks of a runbook bring stores back, as an operator plays them."""

    also: ClassVar[tuple[str, ...]] = tuple(f"backup.{store}" for store in STORES)

    script: FileBeside | None = Field(
        default=None,
        description="The script, by its path from the scenario's folder.",
        examples=["../ops/restore.sh"],
    )
    runbook: FileBeside | None = Field(
        default=None,
        description="A Markdown file, by its path from the scenario's folder.",
        examples=["../docs/restore.md"],
    )
    section: Line | None = Field(
        default=None,
        description="The heading of the runbook's section.",
        examples=["Full Platform Restore"],
    )
    blocks: list[Annotated[BlockPart, BeforeValidator(_block)]] | None = Field(
        default=None,
        min_length=1,
        description="Which of the section's shell blocks, in the order in which they are played;"
        " every one where this is left out.",
        examples=[[1, 3]],
    )
    backup: Name | None = Field(
        default=None,
        description="The backup that it restores; the last one before it where this is left out.",
        examples=["nightly"],
    )
    stores: Stores | None = Field(
        default=None,
        description="What it brings back; what the backup holds where this is left out.",
        examples=[["postgres", "nats"]],
    )

    @model_validator(mode="after")
    def _is_one(self) -> "RestoreBy":
        if (self.script is None) == (self.runbook is None):
            raise refuse("write either script or runbook. For example: {script: restore.sh}")
        if self.runbook is None and (self.section or self.blocks):
            raise refuse("section and blocks belong to a runbook. Remove them")
        if self.runbook is not None and self.section is None:
            raise refuse("key 'section' is missing. Write the heading of the runbook's section")
        if self.script is not None:
            self.require_in_folder(self.script)
        return self


class ScriptedRestorePart(Part):
    """Bring stores back by a script or a runbook."""

    restore: RestoreBy = Field(
        description="The script or runbook and what it is given.",
        examples=[{"script": "restore.sh"}],
    )


SCRIPTED_PARTS: dict[str, type[Part]] = {
    "backup": ScriptedBackupPart,
    "restore": ScriptedRestorePart,
}
"""The part of each verb whose value is a mapping."""

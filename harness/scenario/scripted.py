"""A step whose backup or restore is a script or a runbook, read from its part of the file."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from harness.backups.script import ARCHIVES, ScriptOptions, require_in
from harness.core import reading
from harness.scenario.check_part import check_options, check_part
from harness.scenario.kinds import Kinds
from harness.scenario.problem import Loc, Problems, shown, suggestion
from harness.scenario.runbook import Fenced, sections
from harness.scenario.script_form import (
    BlockPart,
    RestoreBy,
    ScriptedBackupPart,
    ScriptedRestorePart,
)
from harness.scenario.steps import Adopt, Backup, Block, Keep, MethodChoice, RestoreByHand, Step

METHOD = "script"
_SHARED = ("script", "replace", "environment", "status")
_RUNBOOK_BYTES_AT_MOST = 4 << 20


@dataclass(frozen=True, slots=True)
class ScriptReader:
    """Reads such steps; what is wrong with them goes into `problems`."""

    kinds: Kinds
    problems: Problems

    def backup(self, raw: dict[str, Any], loc: Loc) -> Backup | None:
        """Return the backup, a choice of the method `script` for each of its stores."""
        part = check_part(ScriptedBackupPart, raw, loc, self.problems, self.kinds)
        if part is None:
            return None
        given = part.backup
        stores = given.stores or list(self.kinds.ledger_stores)
        for store in given.leaves:
            if store not in stores:
                here = (*loc, "backup", "leaves", store)
                self.problems.add(here, f"{store} is none of stores. {suggestion(None, stores)}")
            elif store != "postgres" and not given.leaves[store].endswith(ARCHIVES):
                self.problems.add(
                    (*loc, "backup", "leaves", store),
                    f"{shown(given.leaves[store])} is no archive of a volume. Name a file that ends"
                    f" in {' or '.join(ARCHIVES)}, or leave it out and restore by a script:"
                    " restore: {script: restore.sh}",
                )
        here = (*loc, "backup")
        choices = [self._choice(raw["backup"], given.leaves, store, here) for store in stores]
        name = given.name or Path(given.script).stem
        methods = tuple(choice for choice in choices if choice is not None)
        if len(methods) < len(choices):
            return None
        keep = Keep(part.keep.offsite or "", part.keep.encrypt or "") if part.keep else None
        return Backup(self.problems.line(loc), name, methods, part.during.counts, keep, part.every)

    def _choice(
        self, raw: dict[str, Any], leaves: dict[str, str], store: str, loc: Loc
    ) -> MethodChoice | None:
        own: dict[str, Any] = {key: raw[key] for key in _SHARED if key in raw}
        own |= {"leaves": leaves[store]} if store in leaves else {}
        options = check_options(ScriptOptions, own, loc, self.problems, self.kinds, ())
        return None if options is None else MethodChoice(store, METHOD, options)

    def restore(self, raw: dict[str, Any], loc: Loc) -> RestoreByHand | None:
        """Return the restore, with the chosen blocks of its runbook."""
        part = check_part(ScriptedRestorePart, raw, loc, self.problems, self.kinds)
        if part is None:
            return None
        given = part.restore
        blocks = self._blocks(given, (*loc, "restore")) if given.runbook else ()
        if blocks is None:
            return None
        return RestoreByHand(
            line=self.problems.line(loc),
            backup=given.backup or "",
            stores=tuple(given.stores or ()),
            file=Path(given.script or given.runbook or ""),
            blocks=blocks,
            replace=given.replace,
            environment=given.environment,
        )

    def _blocks(self, given: RestoreBy, loc: Loc) -> tuple[Block, ...] | None:
        path = Path(given.runbook or "")
        try:
            found = sections(reading.text(path, _RUNBOOK_BYTES_AT_MOST))
        except (OSError, ValueError) as error:
            self.problems.add((*loc, "runbook"), f"{path} cannot be read: {error}")
            return None
        named = [section for section in found if section.title == given.section]
        if not named:
            titles = [section.title for section in found]
            what = f"{path.name} has no section {shown(given.section)}"
            self.problems.add((*loc, "section"), f"{what}. {suggestion(given.section, titles)}")
            return None
        fenced = named[0].blocks
        chosen = given.blocks or [BlockPart(block=n) for n in range(1, len(fenced) + 1)]
        if not fenced:
            self.problems.add((*loc, "section"), f"{shown(given.section)} has no shell blocks")
            return None
        blocks = [
            self._block(wanted, fenced, (*loc, "blocks", position))
            for position, wanted in enumerate(chosen)
        ]
        whole = tuple(block for block in blocks if block is not None)
        if len(whole) < len(blocks):
            return None
        try:
            require_in([block.text for block in whole], given.replace, "these blocks")
        except ValueError as error:
            self.problems.add((*loc, "replace"), str(error))
            return None
        return whole

    def _block(self, wanted: BlockPart, fenced: Sequence[Fenced], loc: Loc) -> Block | None:
        if wanted.block > len(fenced):
            self.problems.add(loc, f"there is no block {wanted.block}. The last is {len(fenced)}")
            return None
        block = fenced[wanted.block - 1]
        first, last = 1, len(block.lines)
        if wanted.lines is not None:
            first, last = map(int, wanted.lines.split(".."))
        if not 1 <= first <= last <= len(block.lines):
            what = f"block {wanted.block} has no lines {wanted.lines}"
            self.problems.add(loc, f"{what}. It has {len(block.lines)}")
            return None
        text = "\n".join(block.lines[first - 1 : last]) + "\n"
        return Block(wanted.block, block.line + first - 1, block.shell, text)


def completed(steps: Sequence[Step | None]) -> list[Step | None]:
    """Return the steps with what restores by hand leave out: the last backup, and its stores."""
    whole: list[Step | None] = []
    backups: dict[str, Backup | Adopt] = {}
    for step in steps:
        whole.append(step)
        if isinstance(step, Backup | Adopt):
            backups[step.name] = step
        elif isinstance(step, RestoreByHand):
            name = step.backup or next(reversed(backups), "")
            stores = step.stores or (backups[name].stores if name in backups else ())
            whole[-1] = replace(step, backup=name, stores=stores)
    return whole

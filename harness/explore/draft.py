"""A scenario that is still being made: plain steps, written as a file in the house's manner."""

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Step = Mapping[str, Any]
"""One entry of a timeline, as it stands in a scenario file."""

_DURATION = re.compile(r"[0-9]+(ms|[smhd])")
_PLAIN = re.compile(r"[A-Za-z_]([A-Za-z0-9_.,;/ -]*[A-Za-z0-9_])?")
_DASHES = str.maketrans("_.", "--")
_WORDS_OF_YAML = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}


@dataclass(frozen=True, slots=True)
class Draft:
    """A timeline on a platform. `platform` is the folder of another than ours; `expected` names the
    checks that must fail, none where it must pass; `skip` those that cannot be made, and why.
    """

    random: int
    seed: Mapping[str, int]
    steps: tuple[Step, ...]
    platform: str = ""
    title: str = "A timeline that nobody thought of"
    why: str = ""
    tags: tuple[str, ...] = ()
    expected: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    skip: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """What tells it from another timeline."""
        return f"{self.platform}: {_value(self.steps)}"

    def stem(self, check: str) -> str:
        """Return a name for its file, where it shows that a check does not hold."""
        strikes = [[step["disaster"], *step["stores"]] for step in self.steps if "disaster" in step]
        words = strikes[0] if strikes else ["unstruck"]
        return "-".join([*words, check]).translate(_DASHES)

    def text(self, folder: Path) -> str:
        """Return it as a scenario file that lies in a folder."""
        schema = _to(Path("scenarios/schema.json"), folder)
        lines = [f"# yaml-language-server: $schema={schema}", f"title: {_value(self.title)}"]
        if self.why:
            lines.append(f"why: {_value(self.why)}")
        if self.platform:
            lines.append(f"platform: {_to(Path(self.platform), folder)}")
        if self.tags:
            lines.append(f"tags: {_value(self.tags)}")
        lines.append(f"seed: {_value({'random': self.random, **self.seed})}")
        lines.append("timeline:")
        lines += _entries(self.steps)
        if self.expected:
            fails = self.expected if any(self.expected.values()) else list(self.expected)
            lines.append(f"expect: {_value({'fail': _any(fails)})}")
        if self.skip:
            lines.append(f"skip: {_value(self.skip)}")
        return "\n".join(lines) + "\n"


def _any(fails: Mapping[str, Mapping[str, object]] | Sequence[str]) -> object:
    if not isinstance(fails, Mapping):
        return fails
    return {check: sizes or "any" for check, sizes in fails.items()}


def _to(path: Path, folder: Path) -> str:
    return os.path.relpath(path.absolute(), folder.absolute())


def _entries(steps: Iterable[Step]) -> Iterable[str]:
    for step in steps:
        lead = "  - "
        for key, value in step.items():
            yield f"{lead}{key}: {_value(value)}"
            lead = "    "


def _value(value: object) -> str:
    """Return a value as YAML in one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_value(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    text = str(value)
    if isinstance(value, bool):
        return text.lower()
    if isinstance(value, int) or _is_plain(text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _is_plain(text: str) -> bool:
    if _DURATION.fullmatch(text):
        return True
    return bool(_PLAIN.fullmatch(text)) and text.lower() not in _WORDS_OF_YAML

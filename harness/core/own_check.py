"""A check of a person's own: what is run, queried or asked, and what must come of it."""

from dataclasses import dataclass
from typing import Literal

PREFIX = "own."
"""Begins the id of every check that a scenario brings, and of none of the harness's."""


@dataclass(frozen=True, slots=True)
class OwnCheck:
    """`asks` is a command line for the shell, one SQL query, or a path of the hub, by `kind`;
    `wants` the exit status, the value or the HTTP status that must come of it. A command runs in
    `folder`. No answer within `within_seconds` is a wrong one.
    """

    name: str
    kind: Literal["command", "sql", "http"]
    asks: str
    wants: str | float | bool
    within_seconds: float
    folder: str = "."

    @property
    def id(self) -> str:
        """Its name in expectations, waivers and reports."""
        return PREFIX + self.name

    @property
    def store(self) -> str:
        """The store that answers; a command may ask any."""
        return {"command": "platform", "sql": "postgres", "http": "hub"}[self.kind]

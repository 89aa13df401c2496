"""Whatever runs the servers of a drill: containers, or child processes."""

from collections.abc import Mapping, Sequence

from harness.core.errors import UsageError
from harness.core.ports import Runtime
from harness.runtime.embedded import EmbeddedRuntime

NAMES = ("auto", "embedded")


def choose(
    name: str, binaries: Mapping[str, str] | None = None, hub_command: Sequence[str] = ()
) -> Runtime:
    """Return the runtime of this name; `auto` takes the best one that works here.

    `binaries` maps stores to programs (for postgres, a directory of programs); `hub_command` runs
    a real hub in place of the reference one. Raises: UsageError: there is no such runtime.
    """
    if name not in NAMES:
        raise UsageError(f"runtime: '{name}' is unknown", f"Valid: {', '.join(NAMES)}.")
    asked = name == "embedded"
    why = "asked for" if asked else "the docker runtime is not part of this version"
    return EmbeddedRuntime(why, binaries, hub_command)

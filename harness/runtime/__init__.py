"""Whatever runs the servers of a drill: containers, or child processes."""

from collections.abc import Mapping, Sequence

from harness.core.errors import Unavailable, UsageError
from harness.core.platform import Platform
from harness.core.ports import Cleanup, ComposeFile, Runtime
from harness.settings import PULL, RUNTIMES


def require_known(name: str, pull: str) -> None:
    """Raises: UsageError: there is no such runtime, or no such way to pull images."""
    for what, value, valid in (("runtime", name, RUNTIMES), ("pull", pull, PULL)):
        if value not in valid:
            raise UsageError(f"{what}: '{value}' is unknown", f"Valid: {', '.join(valid)}.")


def choose(
    name: str,
    binaries: Mapping[str, str] | None = None,
    hub_command: Sequence[str] = (),
    *,
    images: Mapping[str, str] | None = None,
    pull: str = "missing",
    own_images: Mapping[str, str] | None = None,
    compose: ComposeFile | None = None,
    platform: Platform,
) -> Runtime:
    """Return the runtime of this name; `auto` takes docker when it can run every store.

    `binaries` maps stores to programs (for postgres, a directory of programs), `images` stores to
    images; `pull` is never, missing or always; `hub_command` runs a real hub in place of the
    reference one. A scenario's `own_images` and `compose` bring servers of the user's, in
    containers only. Of the stores those of `platform` are run.
    Raises: UsageError: there is no such runtime, or it does not work here. Unavailable: what the
    scenario brings cannot be started here.
    """
    require_known(name, pull)
    # Each takes a while to import, which whoever needs the other need not wait for.
    from harness.runtime.embedded import EmbeddedRuntime  # noqa: PLC0415 - see above

    if name == "embedded":
        if compose or own_images:
            raise Unavailable(
                "the scenario brings containers of its own, and the embedded runtime has none",
                "Use --runtime docker.",
            )
        return EmbeddedRuntime("asked for", binaries, hub_command, platform=platform)
    from harness.runtime.docker.runtime import DockerRuntime  # noqa: PLC0415 - see above

    if platform.is_isolated:
        if name == "docker":
            raise Unavailable(
                "a backup that is adopted is cut off from this machine, and containers are not",
                "Use --runtime embedded; or --no-isolation (isolation: none in a scenario).",
            )
        why = "what is restored is cut off from this machine"
        return EmbeddedRuntime(why, binaries, hub_command, platform=platform)
    if name == "docker" or compose or own_images:
        why = "asked for" if name == "docker" else "the scenario brings containers of its own"
        wanted = {**(images or {}), **(own_images or {})}
        return DockerRuntime(why, wanted, pull, hub_command, compose, platform=platform)
    try:
        docker = DockerRuntime(
            "every image is at hand", images, pull, hub_command, platform=platform
        )
    except UsageError as error:
        return EmbeddedRuntime(error.message, binaries, hub_command, platform=platform)
    if missing := docker.missing():
        why = "; ".join(f"{store}: {reason}" for store, reason in missing.items())
        return EmbeddedRuntime(f"docker lacks {why}", binaries, hub_command, platform=platform)
    return docker


def find_abandoned() -> list[str]:
    """Name what killed drills of this machine left, on it and on its Docker engine."""
    from harness.runtime import workdir  # noqa: PLC0415 - as above
    from harness.runtime.docker import reaper  # noqa: PLC0415 - as above

    return workdir.find_abandoned() + reaper.find_abandoned()


def remove_abandoned() -> Cleanup:
    """Remove what killed drills left, here and there; nothing without our marks is touched."""
    from harness.runtime import workdir  # noqa: PLC0415 - as above
    from harness.runtime.docker import reaper  # noqa: PLC0415 - as above

    there = reaper.clean()
    here = workdir.clean(on_engine=there is not None)
    if there is None:
        silent = "its containers, if there are any, are on an engine that does not answer"
        there = Cleanup((), tuple(f"{path}: {silent}" for path in workdir.find_abandoned()))
    return Cleanup(there.removed + here.removed, there.left + here.left)

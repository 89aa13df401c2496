"""What is asked for of a suite beside its scenarios; where nothing is, the settings say it."""

import secrets
import shlex
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from harness.core.platform import Platform
from harness.core.ports import Runtime
from harness.runtime import choose, require_known
from harness.scenario.model import Scenario
from harness.scenario.platform_file import made_open
from harness.settings import Settings, parse_acceptance


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line or pytest's asked for. `accepted` holds texts as STORE=REASON, and
    `random` is the seed of every drill in place of its own.
    """

    settings: Settings = field(default_factory=Settings)
    runtime: str | None = None
    pull: str | None = None
    accepted: tuple[str, ...] = ()
    random: int | None = None
    reports: Path | None = None

    def check(self) -> None:
        """Raises: UsageError: something that was asked for there is not."""
        self.reasons()
        require_known(self.runtime or self.settings.runtime, self.pull or self.settings.pull)

    def reasons(self) -> dict[str, str]:
        """Return why the gaps of stores are accepted. Raises: UsageError: a text says no such."""
        return {**self.settings.accept_unverified, **dict(map(parse_acceptance, self.accepted))}

    def folder(self, root: Path) -> Path:
        """Return the folder of reports; paths lead there from `root`."""
        return (root / (self.reports or self.settings.reports)).absolute()

    def runtime_of(
        self, scenario: Scenario | None = None, platform: Platform | None = None
    ) -> Runtime:
        """Return the runtime that a scenario is played on, or drills of a platform in general.

        Raises: UsageError: there is none such. Unavailable: it cannot play this scenario here.
        """
        settings = self.settings
        name, pull = self.runtime or settings.runtime, self.pull or settings.pull
        if scenario is None:
            return choose(
                name,
                settings.binaries,
                images=settings.images,
                pull=pull,
                platform=platform or made_open(),
            )
        own = scenario.platform.hub
        command, image = (own.command, own.image) if own else ((), "")
        return choose(
            name,
            settings.binaries,
            scenario.hub.command if scenario.hub else () if image else command,
            images=settings.images,
            pull=pull,
            own_images={**({"hub": image} if image else {}), **scenario.images},
            compose=scenario.compose,
            platform=scenario.platform,
        )

    def command(self, scenario: Scenario) -> str:
        """Return the command that plays a drill again as it was asked for, as a shell takes it."""
        words = ["drill", "run", scenario.path.as_posix(), "--random", str(scenario.seed.random)]
        for option, value in (("--runtime", self.runtime), ("--pull", self.pull)):
            words += [option, value] if value else []
        for text in self.accepted:
            words += ["--accept-unverified", text]
        words += ["--reports", str(self.reports)] if self.reports else []
        return shlex.join(words)


def new_run_id() -> str:
    """Return a name for a run's folder that sorts by its beginning."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"

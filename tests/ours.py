"""The platform that comes along, for tests that play on it."""

from collections.abc import Iterable
from functools import partial
from pathlib import Path

from harness.checks import checks_of
from harness.core.case import Case
from harness.platform.accounting import account
from harness.platform.own_code import sources
from harness.platform.rows import MESSAGES_TABLE
from harness.runtime import choose
from harness.runtime.docker.runtime import DockerRuntime
from harness.runtime.embedded import EmbeddedRuntime
from harness.scenario.platform_file import made_open
from harness.site import ROLE_SECRET, Site
from harness.stores.postgres import PostgresStore

OURS = made_open()
CHECKS = checks_of(OURS)
SOURCES = sources(OURS)
EVENTS = SOURCES[MESSAGES_TABLE]

our_account = partial(account, sources=SOURCES)
our_case = partial(Case, platform=OURS)
our_site = partial(Site, platform=OURS)
our_runtime = partial(choose, platform=OURS)
our_docker = partial(DockerRuntime, platform=OURS)
our_embedded = partial(EmbeddedRuntime, platform=OURS)


def bootstrap(postgres: PostgresStore) -> None:
    """Create the platform's roles in a new cluster."""
    _run(postgres, OURS.bootstrap)


def create(postgres: PostgresStore) -> None:
    """Create the platform's schema."""
    _run(postgres, OURS.schema)


def derive(postgres: PostgresStore) -> None:
    """Fill the tables that follow from the seeded rows."""
    _run(postgres, OURS.derived)


def _run(postgres: PostgresStore, scripts: Iterable[str]) -> None:
    with postgres.connect() as connection:
        secret = postgres._endpoint().secret
        connection.execute("SELECT set_config(%s, %s, false)", (ROLE_SECRET, secret))
        for script in scripts:
            connection.execute(Path(script).read_bytes())

"""The Docker engine of this machine, for the tests that need one with images."""

import pytest
from ours import our_docker

from harness.core.errors import Unavailable, UsageError
from harness.runtime.docker.compose.program import find_program


def require_docker() -> None:
    """Skip where no engine answers or it lacks an image; the summary tells the reason."""
    try:
        missing = our_docker("asked for", pull="never").missing()
    except UsageError as error:
        pytest.skip(error.message)
    if lacking := [store for store in missing if store not in {"meilisearch", "hub"}]:
        pytest.skip(f"the Docker engine has no image for {', '.join(lacking)}: run images/build")


def require_compose() -> None:
    """Skip where this machine has no program for compose files."""
    try:
        find_program()
    except Unavailable as error:
        pytest.skip(error.message)

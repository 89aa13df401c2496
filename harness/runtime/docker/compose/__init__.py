"""The user's own compose file as the stack of a drill, under a project name of the drill's."""

from harness.runtime.docker.compose import source
from harness.runtime.docker.compose.bound import Machine
from harness.runtime.docker.compose.composition import Composition
from harness.runtime.docker.compose.program import find_program, resolve
from harness.runtime.docker.compose.project import ComposeProject

__all__ = ["ComposeProject", "Composition", "Machine", "find_program", "resolve", "source"]

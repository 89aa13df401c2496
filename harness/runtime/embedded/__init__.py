"""The platform's servers as child processes in private directories: no Docker, no root."""

from harness.runtime.embedded.stack import EmbeddedRuntime

__all__ = ["EmbeddedRuntime"]

"""The platform's servers as containers: the images the platform runs, on any Docker engine."""

from harness.runtime.docker.runtime import DockerRuntime

__all__ = ["DockerRuntime"]

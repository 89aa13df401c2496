"""Play one scenario against a real platform, and return the evidence."""

from harness.drill.play import DrillSettings, play

__all__ = ["DrillSettings", "play"]

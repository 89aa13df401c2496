"""Play one scenario against a real platform, and return the evidence."""

from harness.drill.play import DrillInterrupted, DrillSettings, play

__all__ = ["DrillInterrupted", "DrillSettings", "play"]

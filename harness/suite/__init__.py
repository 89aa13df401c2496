"""A suite of drills is played, and whoever listens hears of it: pytest, a terminal, its pages."""

from harness.suite.asked import Asked, new_run_id
from harness.suite.engine import ELSEWHERE, Suite
from harness.suite.listening import Ended, Listener
from harness.suite.playing import Played, play_one

__all__ = ["ELSEWHERE", "Asked", "Ended", "Listener", "Played", "Suite", "new_run_id", "play_one"]

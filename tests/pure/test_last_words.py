"""Of what a server printed, the line that names the cause is told."""

import pytest

from harness.core.last_words import cause

FAILED_RECOVERY = """\
2026-11-24 23:18:53.187 UTC [3036] FATAL:  the database system is not yet accepting connections
2026-11-24 23:18:53.187 UTC [3036] DETAIL:  Consistent recovery state has not been yet reached.
cp: cannot stat 'wal/000000010000000000000003': No such file or directory
2026-11-24 23:18:53.199 UTC [3005] FATAL:  could not find redo location 0/2000028
2026-11-24 23:18:53.199 UTC [2992] LOG:  startup process (PID 3005) exited with exit code 1
2026-11-24 23:18:53.215 UTC [3046] FATAL:  the database system is in recovery mode
2026-11-24 23:18:53.217 UTC [2992] LOG:  database system is shut down
"""


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (FAILED_RECOVERY, "could not find redo location 0/2000028"),
        (
            "PANIC:  could not locate a valid checkpoint record\nLOG:  down",
            "could not locate a valid checkpoint record",
        ),
        (
            "1:M 24 Nov * Ready\n# Bad file format reading the append only file\n",
            "# Bad file format reading the append only file",
        ),
        ("FATAL:  terminating connection due to administrator command\nLOG:  down", "LOG:  down"),
        (" \n", "it said nothing"),
    ],
)
def test_the_cause_is_no_refused_session(said: str, told: str) -> None:
    """PostgreSQL's own reason goes before what it tells clients; of others, the last line does."""
    assert told == cause(said)

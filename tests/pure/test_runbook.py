"""A drill's runbook says what it proved, and gives commands as a shell takes them."""

import subprocess
from dataclasses import replace

import evidence_samples
import pytest
from evidence_samples import judged

from harness.core import history
from harness.core.evidence import Evidence
from harness.report import page, runbook


def _with(evidence: Evidence, *commands: history.Command) -> Evidence:
    return replace(evidence, history=replace(evidence.history, commands=list(commands)))


def _command(*argv: str, **changes: object) -> history.Command:
    return replace(history.Command("postgres", argv, True, 0, 1.0, 2.0), **changes)  # type: ignore[arg-type]  # fields of any type


def test_a_drill_that_fails_says_at_which_command() -> None:
    """Its runbook is not proven, and its page names the first command that did not end well."""
    ended = _command("psql", stdin="{backups}/a b/backup.sql", status=3, begun_seconds=2.0)
    evidence = _with(evidence_samples.failing(), ended, _command("pg_dump", begun_seconds=1.0))
    text = runbook.render(judged(evidence))
    assert "**NOT PROVEN on " in text
    assert 'it failed at command 2 of 2, psql < "${BACKUPS}/a b/backup.sql": status 3.' in text
    assert "is 2 of 2" in page.render(judged(evidence))
    assert "NOT PROVEN" not in runbook.render(judged(evidence_samples.clean()))


@pytest.mark.parametrize(
    "word", ["it's", 'a "quoted" $HOME `id` \\', "{backups}/$(id)", "plain", "", "two\nlines"]
)
def test_a_command_is_given_as_a_shell_takes_it(word: str) -> None:
    """A shell reads each word as it was, and a place as its variable says; nothing else happens."""
    said = subprocess.run(
        ["bash", "-uc", runbook.as_shell(_command("printf", "%s", word))],
        env={"BACKUPS": "/b"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert word.replace("{backups}", "/b") == said


def test_a_block_may_hold_a_fence() -> None:
    """What a runbook of the user's holds cannot end the block that it is given in."""
    text = runbook.render(
        judged(_with(evidence_samples.clean(), _command("bash", text="echo '```'\n")))
    )
    assert "\n````sh\n" in text

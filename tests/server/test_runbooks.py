"""A runbook's shell blocks are found as they are written, and played in order in one shell."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from drill_process import GAP, SMALL, Command

from harness.scenario.load import load
from harness.scenario.runbook import sections
from harness.scenario.steps import Block, RestoreByHand

ROOT = Path(__file__).parents[2]

RUNBOOK = """\
# Restore

```sh
echo before any section of its own
```

## PostgreSQL ##

1. First:

   ```bash
   # is no heading
   one \\
     --more
   ```

~~~
two
```
still two
~~~

```python
print("no shell")
```

### Afterwards

````shell
three
```
````

## Everything else

```sh
four
"""


def test_blocks_belong_to_their_section_and_those_around_it() -> None:
    """Fences of either kind, in lists too; a fence that is never closed is no block."""
    found = {section.title: section.blocks for section in sections(RUNBOOK)}
    assert {"Restore": 4, "PostgreSQL": 3, "Afterwards": 1, "Everything else": 0} == {
        title: len(blocks) for title, blocks in found.items()
    }
    first, second, third = found["PostgreSQL"]
    assert ("bash", 12, ("# is no heading", "one \\", "  --more")) == (
        first.shell,
        first.line,
        first.lines,
    )
    assert ("sh", ("two", "```", "still two")) == (second.shell, second.lines)
    assert ("sh", ("three", "```")) == (third.shell, third.lines)


def test_chosen_lines_are_taken_as_they_are_written() -> None:
    """The scenario of the guide's runbook plays its psql, and its own block of NATS."""
    steps = load(ROOT / "scenarios" / "guide" / "runbook-method-a.yaml").timeline
    (restore,) = (step for step in steps if isinstance(step, RestoreByHand))
    assert ("nightly", ("postgres", "nats")) == (restore.backup, restore.stores)
    psql = "psql -h localhost -p 54322 -U postgres postgres < backup.sql\n"
    assert Block(2, 22, "bash", psql) == restore.blocks[0]
    lines = (ROOT / "fixtures/guide/restore.md").read_text(encoding="utf-8").splitlines()
    assert psql.strip() == lines[21].strip()
    assert restore.blocks[1].text.startswith("docker run --rm \\\n  -v made-open_nats_data:/data")


@pytest.fixture
def command(tmp_path: Path) -> Iterator[Command]:
    """Give a command, and remove whatever a failed test left."""
    made = Command(tmp_path)
    yield made
    made.run("clean")


BACKUP = """\
set -eu
. ./backup.env
pg_dump --format=custom --file="$BACKUPS/$(date +%s).dump"
"""

STEPS = """\
timeline:
  - backup:
      script: ops/backup.sh
      stores: [postgres]
      replace: {"5432": "{postgres.port}", /srv/backups: "{directory}"}
      environment: {PGPASSWORD: "{postgres.password}"}
  - write: {audit_log: 20}
  - disaster: lose_volume
    stores: [postgres]
  - start: postgres
  - restore:
      runbook: ops/restore.md
      section: Restore
      replace: {/srv/backups: "{backup.postgres}"}
  - start: hub
expect: pass
"""

PLAYED = """\
# Restore
```sh
cd /srv/backups
export NEWEST=$(ls *.dump)
echo $NEWEST
```
```bash
pg_restore --exit-on-error --dbname="$PGDATABASE" "$NEWEST"
```
"""


def played(command: Command, runbook: str) -> tuple[int, str, dict[str, Any]]:
    """Play a drill with a runbook; return the status, the output and the evidence."""
    ops = command.folder / "scenarios" / "ops"
    ops.mkdir()
    settings = "export PGHOST=127.0.0.1 PGPORT=5432 PGUSER=postgres PGDATABASE=postgres\n"
    (ops / "backup.env").write_text(f"{settings}BACKUPS=/srv/backups\n")
    (ops / "backup.sh").write_text(f"#!/bin/sh\n{BACKUP}")
    (ops / "restore.md").write_text(runbook)
    command.scenario.write_text(SMALL.partition("timeline:")[0] + STEPS)
    status, output, errors = command.run("run", "scenarios/small.yaml", "--runtime=embedded", GAP)
    (path,) = command.folder.glob("reports/*/small/evidence.json")
    return status, output + errors, json.loads(path.read_text(encoding="utf-8"))


def test_a_users_script_backs_up_and_a_runbook_restores(command: Command) -> None:
    """Settings beside the script, names with the time in them, a shell that goes on from block to
    block: the drill passes, and its timeline says what each block said and what was replaced.
    """
    status, output, evidence = played(command, PLAYED)
    assert 0 == status, output
    first, second = (s for s in evidence["history"]["steps"] if ", block " in s["title"])
    assert "restore backup by restore.md: postgres: line 3, block 1" == first["title"]
    told = first["detail"].splitlines()
    assert ["replaced in a copy: '/srv/backups'", "status 0"] == told[:2]
    assert told[2].endswith(".dump")
    assert "status 0" == second["detail"]
    (artefact,) = evidence["history"]["artefacts"]
    assert 1 == artefact["files"]
    assert artefact["tool"].startswith("backup.sh; replaced in a copy: '5432' in backup.env")
    assert [] == command.left()


def test_a_block_that_fails_is_named_and_the_next_is_played(command: Command) -> None:
    """The drill fails by what the procedure did, and the store is as the other blocks left it."""
    status, output, evidence = played(command, PLAYED + "```sh\npg_restore gone\n```\n")
    assert 1 == status, output
    (failure,) = evidence["history"]["failures"]
    assert failure["step"].endswith("line 11, block 3")
    assert failure["message"].startswith("status 1\npg_restore: error: one of -d")
    failed = [f for f in evidence["judgement"]["findings"] if f["verdict"] == "FAIL"]
    assert {"procedure_completed", "restore_without_errors"} == {f["check"] for f in failed}


def test_a_block_whose_program_is_missing_is_unverified(command: Command) -> None:
    """Nothing stands in for it: the drill says which program this machine lacks."""
    status, output, _ = played(command, "# Restore\n```sh\nkubectl-of-nobody /srv/backups\n```\n")
    assert 3 == status, output
    said = "restore.md, block 1 runs kubectl-of-nobody, and this machine has no such program"
    assert said in output

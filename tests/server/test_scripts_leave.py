"""What a user's script leaves is restored by what it looks like, whatever its name."""

from pathlib import Path

import pytest
from ours import our_runtime

from harness.core.verdict import Verdict
from harness.drill.play import DrillSettings, play
from harness.scenario.load import load

TALLY = Path(__file__).parents[2] / "fixtures" / "platforms" / "tally"
SCRIPT = """\
#!/bin/sh
set -eu
. ./settings
{command}
"""
SETTINGS = """\
export PGHOST=db.internal PGPORT=5432 PGUSER=postgres PGDATABASE=postgres
TO=/srv/backups
"""
SCENARIO = """\
title: A script leaves a dump under a name of its own
platform: {platform}
seed: {{random: 5, entries: 60}}
timeline:
  - backup:
      script: backup.sh
      leaves: {{postgres: "{leaves}"}}
      replace:
        db.internal: "{{postgres.host}}"
        PGPORT=5432: PGPORT={{postgres.port}}
        /srv/backups: "{{directory}}"
      environment: {{PGPASSWORD: "{{postgres.password}}"}}
    every: 24h
    keep: {{offsite: directory}}
  - disaster: lose_volume
    stores: [postgres]
  - restore: backup
    order: [postgres]
"""


@pytest.mark.parametrize(
    ("command", "leaves"),
    [
        ('pg_dump --format=custom --file="$TO/night-$(date +%s).bin"', "night-*.bin"),
        ('pg_dump | gzip > "$TO/acme.dump"', "acme.dump"),
        ('pg_dump --format=custom | gzip > "$TO/acme"', "acme"),
    ],
)
def test_a_dump_of_any_name_comes_back(tmp_path: Path, command: str, leaves: str) -> None:
    """By its first bytes, after it was kept off the machine."""
    folder = tmp_path / "ops"
    folder.mkdir()
    script = folder / "backup.sh"
    script.write_text(SCRIPT.format(command=command))
    script.chmod(0o755)
    (folder / "settings").write_text(SETTINGS)
    file = folder / "drill.yaml"
    file.write_text(SCENARIO.format(platform=TALLY, leaves=leaves))
    loaded = load(file)
    runtime = our_runtime("embedded", platform=loaded.platform)
    evidence = play(loaded, runtime, tmp_path / "out", DrillSettings("test"))
    assert Verdict.PASS is evidence.judgement.verdict, evidence.judgement.sentence
    assert [("directory", 1)] == [(k.offsite, len(k.files)) for k in evidence.history.kept]

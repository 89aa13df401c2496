"""Checks that a scenario brings: asked as it says, and told apart."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from drill_process import GAP, SMALL, Command
from real_servers import NewDatabase, site_of

from harness.core.observation import Observations
from harness.core.own_check import OwnCheck
from harness.core.ports import Endpoint
from harness.kinds import Look
from harness.observations.own_checks import OwnAnswer
from harness.probes.own_checks import PROBE

SMOKE = OwnCheck("smoke", "command", "npm run smoke", 0, 5.0)
ORPHANS = OwnCheck("orphans", "sql", "SELECT count(*) FROM orphans", 0, 5.0)


class _Hub(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(503 if self.path == "/ill" else 200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def hub() -> Iterator[Endpoint]:
    """Run a server that is well everywhere but at one path."""
    server = HTTPServer(("127.0.0.1", 0), _Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Endpoint("127.0.0.1", server.server_port)
    server.shutdown()
    server.server_close()


def asked(directory: Path, own: OwnCheck, **endpoints: Endpoint) -> OwnAnswer:
    """Return what comes of a check on a platform with these servers."""
    site = site_of(directory, **endpoints)
    site.own_checks = (replace(own, folder=str(directory)),)
    look = Look(site, site.ledger, site.history, Observations())
    return PROBE.observe(look).answers[own.id]


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("echo one; echo two >&2; exit 3", OwnAnswer("3", "one\ntwo")),
        ("seq 30", OwnAnswer("0", "\n".join(map(str, range(11, 31))))),
        ("pwd | grep -c . ; cat", OwnAnswer("0", "1")),
        ("sleep 30", OwnAnswer(said="no answer within 0.5 s")),
        ("sleep 30 & true", OwnAnswer("0")),
        ("npx-of-nobody smoke", OwnAnswer(unread="this machine has no program npx-of-nobody")),
        ("./gone.sh", OwnAnswer(unread="this machine has no program ./gone.sh")),
        ("kill -9 $$", OwnAnswer(unread="it was ended by signal 9")),
        ("printf 'a\\033[31mb'", OwnAnswer("0", "a[31mb")),
    ],
)
def test_a_command_is_run_and_its_last_lines_are_kept(
    tmp_path: Path, command: str, answer: OwnAnswer
) -> None:
    """Both streams in their order, nothing that a terminal would obey, nothing left running."""
    assert answer == asked(tmp_path, OwnCheck("smoke", "command", command, 0, 0.5))
    assert [] == [*tmp_path.iterdir()]


def test_a_command_finds_every_server_by_plain_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And nothing of the person's own servers."""
    monkeypatch.setenv("PGSERVICE", "production")
    at = Endpoint("127.0.0.1", 5000, "owner", "secret", "platform")
    own = OwnCheck("env", "command", "env | grep -E '^(PG|[A-Z]+_URL|MEILI)' | sort", 0, 5.0)
    stores = dict.fromkeys(("postgres", "nats", "meilisearch", "redis", "hub"), at)
    wanted = """\
DATABASE_URL=postgresql://owner:secret@127.0.0.1:5000/platform
HUB_URL=http://127.0.0.1:5000
MEILISEARCH_URL=http://127.0.0.1:5000
MEILI_MASTER_KEY=secret
NATS_URL=nats://secret@127.0.0.1:5000
PGDATABASE=platform
PGHOST=127.0.0.1
PGPASSWORD=secret
PGPORT=5000
PGUSER=owner
REDIS_URL=redis://:secret@127.0.0.1:5000/0"""
    assert OwnAnswer("0", wanted) == asked(tmp_path, own, **stores)


@pytest.mark.parametrize(
    ("path", "answer"), [("/health", OwnAnswer("200")), ("/ill", OwnAnswer("503"))]
)
def test_the_hub_is_asked_for_a_status(
    tmp_path: Path, hub: Endpoint, path: str, answer: OwnAnswer
) -> None:
    """Whatever it is: the judge says whether it is the one that is wanted."""
    assert answer == asked(tmp_path, OwnCheck("h", "http", path, 200, 5.0), hub=hub)


def test_a_hub_that_is_silent_gives_no_answer(tmp_path: Path, hub: Endpoint) -> None:
    """A port on which nobody listens is an answer, and a wrong one."""
    gone = replace(hub, port=1)
    own = OwnCheck("h", "http", "/health", 200, 5.0)
    assert OwnAnswer(said="no answer: Connection refused") == asked(tmp_path, own, hub=gone)


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ("SELECT count(*) FROM made WHERE n % 2 = 1", OwnAnswer("2")),
        ("TABLE made", OwnAnswer(said="3 rows of 1 columns, not one value")),
        ("SELECT n FROM made WHERE n = 9", OwnAnswer(said="0 rows of 1 columns, not one value")),
        ("SELECT NULL", OwnAnswer(said="NULL")),
        ("SELECT 1.50, 2", OwnAnswer(said="1 rows of 2 columns, not one value")),
        ("SELECT * FROM gone", OwnAnswer(said='error 42P01: relation "gone" does not exist')),
        ("SELECT pg_sleep(9)", OwnAnswer(said="no answer within 0.5 s")),
        ("CHECKPOINT", OwnAnswer(unread="it returns no value. Write a SELECT")),
        (
            "DELETE FROM made RETURNING 1",
            OwnAnswer(
                unread="it would write, and a check only reads:"
                " cannot execute DELETE in a read-only transaction"
            ),
        ),
        (
            "SELECT 1; DELETE FROM made",
            OwnAnswer(
                unread="it is no query: cannot insert multiple commands into a prepared statement"
            ),
        ),
    ],
)
def test_a_query_returns_one_value_and_changes_nothing(
    tmp_path: Path, new_postgres_database: NewDatabase, query: str, answer: OwnAnswer
) -> None:
    """It is read-only, one statement, within its time."""
    store = new_postgres_database()
    with store.connect() as connection:
        connection.execute("CREATE TABLE made AS SELECT generate_series(1, 3) AS n")
        at = store._endpoint()
        assert answer == asked(tmp_path, OwnCheck("q", "sql", query, 0, 0.5), postgres=at)
        assert (3,) == connection.execute("SELECT count(*) FROM made").fetchone()


CHECKS = """\
checks:
  drafts: {sql: SELECT count(*) > 0 FROM public.drafts, equals: true}
  contacts: {sql: SELECT count(*) FROM contacts, equals: 40}
  never: {sql: SELECT count(*) FROM contacts, equals: 0}
  health: {http: /health/detailed}
  secret: {command: 'echo "it is $PGPASSWORD"; test -n "$PGPASSWORD"'}
"""


def test_own_checks_are_judged_and_told_apart(tmp_path: Path) -> None:
    """A raw copy empties an unlogged table: the scenario's own check sees it, and says so by its
    own name; what never held is in the word; judged again it is the same; no secret is kept.
    """
    command = Command(tmp_path)
    expected = "expect: {fail: {unlogged_table_rows: any, own.drafts: any}}\n"
    scenario = SMALL.replace("pg_dump", "{method: volume, while: running}")
    command.scenario.write_text(scenario.replace("expect: pass\n", expected) + CHECKS)
    status, output, errors = command.run("run", "scenarios/small.yaml", "--runtime=embedded", GAP)
    assert 0 == status, output + errors
    assert "1 own check broken before" in output
    (path,) = tmp_path.glob("reports/*/small/evidence.json")
    evidence = json.loads(path.read_text(encoding="utf-8"))
    found = {f["check"]: f["verdict"] for f in evidence["judgement"]["findings"]}
    own = {check: verdict for check, verdict in found.items() if check.startswith("own.")}
    passed = dict.fromkeys(["own.contacts", "own.health", "own.secret"], "PASS")
    assert {"own.drafts": "FAIL", **passed} == own
    assert "own.never" in evidence["judgement"]["not_applicable"]
    assert "it is ***" == evidence["after"]["seen"]["own_checks"]["answers"]["own.secret"]["said"]
    page = path.with_name("report.html").read_text(encoding="utf-8")
    assert "own: 4 checks" in page
    status, output, errors = command.run("report", str(path))
    assert 0 == status, output + errors
    assert "told otherwise" not in output + errors

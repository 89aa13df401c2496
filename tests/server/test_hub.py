"""The reference hub: what it does at start-up, what it serves, how it reports and how it ends."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from ours import CHECKS, OURS, our_case
from real_servers import Server, free_port, site_of
from waiting import wait_until

from harness.core.errors import Unread
from harness.core.finding import Finding
from harness.core.history import History
from harness.core.ledger import Ledger
from harness.core.observation import Observations
from harness.core.ports import Endpoint
from harness.core.verdict import Verdict
from harness.kinds import Look
from harness.observations.hub import HubHealth
from harness.platform.streams import declared_streams
from harness.platforms.made_open import vault
from harness.platforms.made_open.probes import cache_repopulates, search_documents
from harness.probes import hub_health
from harness.stores.meilisearch import MeilisearchStore
from harness.stores.nats import NatsStore
from harness.stores.postgres import PostgresStore

PROJECT = Path(__file__).parents[2]


@dataclass
class RunningHub:
    """A hub, the look of a drill at it, and where it says what it does."""

    look: Look
    process: subprocess.Popen[bytes]
    log: Path

    def lines(self) -> list[str]:
        """Return what it logged."""
        return self.log.read_text(encoding="utf-8").splitlines()

    def end(self) -> float:
        """Ask it to end; return after how many seconds it was gone."""
        begun_seconds = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(timeout=5) == 0
        return time.monotonic() - begun_seconds


StartHub = Callable[..., RunningHub]


@pytest.fixture
def start_hub(
    tmp_path: Path, contacts_store: PostgresStore, nats_server: Server, redis_server: Server
) -> Iterator[StartHub]:
    """Start hubs on a platform of 40 contacts; its volume holds the vault's key."""
    started: list[RunningHub] = []
    (tmp_path / vault.KEY_FILE).write_bytes(vault.key(7))

    def start(meilisearch: MeilisearchStore | None = None) -> RunningHub:
        at = Endpoint("127.0.0.1", free_port())
        endpoints = {
            "postgres": contacts_store._endpoint(),
            "nats": nats_server.at,
            "redis": redis_server.at,
            "hub": at,
        }
        environment = {"HUB_PORT": str(at.port), "HUB_CONFIG_DIR": str(tmp_path)}
        if meilisearch is not None:
            endpoints["meilisearch"] = meilisearch._endpoint()
            environment["HUB_MEILISEARCH_URL"] = endpoints["meilisearch"].http_url
            environment["HUB_MEILISEARCH_KEY"] = endpoints["meilisearch"].secret
        site = site_of(tmp_path, **endpoints)
        log = tmp_path / f"hub-{len(started)}.log"
        with log.open("wb") as said:
            process = subprocess.Popen(
                [sys.executable, "-m", "harness.platforms.made_open.hub"],
                env=os.environ
                | {"PYTHONPATH": str(PROJECT)}
                | environment
                | _address("POSTGRES", endpoints["postgres"], "PASSWORD")
                | _address("NATS", nats_server.at, "TOKEN")
                | _address("REDIS", redis_server.at, "PASSWORD"),
                stdout=said,
                stderr=said,
            )
        started.append(
            RunningHub(Look(site, site.ledger, site.history, Observations()), process, log)
        )
        return started[-1]

    yield start
    for hub in started:
        hub.process.kill()
        hub.process.wait()


def _address(store: str, at: Endpoint, secret: str) -> dict[str, str]:
    return {
        f"HUB_{store}_HOST": at.host,
        f"HUB_{store}_PORT": str(at.port),
        f"HUB_{store}_{secret}": at.secret,
        f"HUB_{store}_USER": at.user,
        f"HUB_{store}_DATABASE": at.database,
    }


def judged(observation: object, check: str) -> Finding:
    """Judge one observation."""
    seen = Observations()
    seen.put(observation)
    case = our_case(Ledger(7), History(), Observations(), seen)
    return CHECKS[check].judge(CHECKS[check], case)


def test_hub_starts_healthy_serves_through_the_cache_and_ends(start_hub: StartHub) -> None:
    """A started hub is healthy, fills the cache on a miss, leaves no trace, and ends at once."""
    hub = start_hub()
    wait_until(hub.look.site.hub.ready, None)
    healthy = judged(hub_health.PROBE.observe(hub.look), "hub_healthy")
    repopulates = judged(cache_repopulates.PROBE.observe(hub.look), "cache_repopulates")
    assert (
        "hub: 4 of 4 services are ok",
        "cache: 3 of 3 missing contacts were cached by the hub again",
    ) == (healthy.summary, repopulates.summary)
    with hub.look.site.redis.connect() as connection:
        assert 0 == connection.dbsize()
    assert hub.look.site.hub.read("contacts", 41) is None
    assert hub.end() < 0.5


def test_cached_contacts_are_taken_out_and_put_back(start_hub: StartHub) -> None:
    """Where every contact is cached, the hub is asked all the same, and leaves no trace."""
    hub = start_hub()
    wait_until(hub.look.site.hub.ready, None)
    with hub.look.site.redis.connect() as connection:
        for number in range(1, 41):
            connection.set(f"contact:{number}", f"stale {number}", px=4_000_000)
        connection.persist("contact:2")
        before = [
            (connection.get(k), connection.pexpiretime(k)) for k in ("contact:1", "contact:2")
        ]
        seen = cache_repopulates.PROBE.observe(hub.look)
        after = [(connection.get(k), connection.pexpiretime(k)) for k in ("contact:1", "contact:2")]
        assert 40 == connection.dbsize()
    assert "cache: 3 of 3 missing contacts were cached by the hub again" == (
        judged(seen, "cache_repopulates").summary
    )
    assert before == after


def test_platform_without_contacts_has_none_to_cache(
    start_hub: StartHub, contacts_store: PostgresStore
) -> None:
    """A seed of none is a platform like any other."""
    with contacts_store.connect() as connection:
        connection.execute("DELETE FROM public.contacts")
    hub = start_hub()
    wait_until(hub.look.site.hub.ready, None)
    assert 0 == cache_repopulates.PROBE.observe(hub.look).contacts


def test_hub_without_meilisearch_reports_it_absent(start_hub: StartHub) -> None:
    """A service that the platform runs without is neither ok nor an error."""
    hub = start_hub()
    wait_until(hub.look.site.hub.ready, None)
    health = hub.look.site.hub.health()
    assert ("ok", "absent") == (health.status, health.services["meilisearch"])


def test_cache_that_is_down_degrades_the_hub(start_hub: StartHub, redis_server: Server) -> None:
    """The hub names the service that is down, and serves contacts all the same."""
    hub = start_hub()
    wait_until(hub.look.site.hub.ready, None)
    redis_server.stop()
    finding = judged(hub_health.PROBE.observe(hub.look), "hub_healthy")
    assert (Verdict.FAIL, "hub: 1 of 4 services are not ok (namely redis)") == (
        finding.verdict,
        finding.summary,
    )
    assert "redis: " in (hub.look.site.hub.ready() or "")
    answer = hub.look.site.hub.read("contacts", 17) or {}
    assert ("postgres", 17) == (answer["source"], answer["contact"]["number"])


def test_unreadable_cache_entry_is_a_miss(start_hub: StartHub) -> None:
    """What is no contact is read from PostgreSQL again, and replaced."""
    hub = start_hub()
    wait_until(hub.look.site.hub.ready, None)
    with hub.look.site.redis.connect() as connection:
        connection.set("contact:17", "not JSON")
        connection.rpush("contact:18", "not a string")
    sources = [
        (hub.look.site.hub.read("contacts", number) or {})["source"] for number in (17, 18, 17, 18)
    ]
    assert ["postgres", "postgres", "cache", "cache"] == sources


def test_missing_vault_key_degrades_the_hub(start_hub: StartHub, tmp_path: Path) -> None:
    """Without its key the hub cannot open credentials, and says so."""
    (tmp_path / vault.KEY_FILE).unlink()
    hub = start_hub()
    wait_until(hub.look.site.hub.ready, "vault: vault.key: No such file or directory")
    assert "degraded" == hub.look.site.hub.health().status


def test_streams_are_recreated_once(start_hub: StartHub) -> None:
    """The first start creates the streams that are missing, the next finds them all."""
    names = ", ".join(stream.name for stream in declared_streams(OURS.streams))
    said = []
    for _ in range(2):
        hub = start_hub()
        wait_until(hub.look.site.hub.ready, None)
        said.append(hub.lines()[0])
        hub.end()
    assert [f"hub: streams: {names} created", "hub: streams: all of them exist"] == said


def test_empty_index_is_rebuilt_and_a_surviving_one_is_left(
    start_hub: StartHub, meilisearch_store: MeilisearchStore, contacts_store: PostgresStore
) -> None:
    """Only an empty index is rebuilt: one that survived stays, however stale it is."""
    hub = start_hub(meilisearch_store)
    wait_until(hub.look.site.hub.ready, None)
    assert "hub: meilisearch: 40 contacts indexed from postgres" in hub.lines()
    seen = search_documents.PROBE.observe(hub.look)
    assert Verdict.PASS == judged(seen, "search_documents").verdict
    hub.end()
    with contacts_store.connect() as connection:
        connection.execute("DELETE FROM public.contacts WHERE number > 30")
    again = start_hub(meilisearch_store)
    wait_until(again.look.site.hub.ready, None)
    assert "hub: meilisearch: the index holds 40 documents and is left as it is" in again.lines()
    finding = judged(search_documents.PROBE.observe(again.look), "search_documents")
    assert (
        "40 documents; 10 without a row (numbers 31, 32, 33, 34, 35, 36, 37, 38, 39, 40)"
        == finding.actual
    )


def test_log_holds_no_secret(
    start_hub: StartHub, nats_server: Server, redis_server: Server
) -> None:
    """What the hub prints names services, never their passwords."""
    hub = start_hub()
    wait_until(hub.look.site.hub.ready, None)
    hub.end()
    assert [
        "hub: postgres: connected",
        f"hub: listening on 127.0.0.1:{hub.look.site.service('hub').endpoint.port}",
        "hub: stopped",
    ] == hub.lines()[1:]
    secrets_known = [nats_server.at.secret, redis_server.at.secret]
    assert [] == [secret for secret in secrets_known if secret in hub.log.read_text()]


def test_unset_variable_is_named() -> None:
    """A hub that is not configured says what is missing and ends with status 1."""
    ended = subprocess.run(
        [sys.executable, "-m", "harness.platforms.made_open.hub"],
        env={"PYTHONPATH": str(PROJECT), "HUB_PORT": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (1, "hub: HUB_CONFIG_DIR is not set\n") == (ended.returncode, ended.stderr)


@pytest.mark.parametrize(
    ("seen", "summary", "actual"),
    [
        (
            HubHealth(running=False),
            "the hub was not running at the end",
            "it was never started, or died",
        ),
        (
            HubHealth(running=True, silence="refused"),
            "the hub did not answer at the end",
            "refused",
        ),
        (HubHealth(running=True), "hub: 0 of 0 services are not ok", "no service is reported"),
    ],
)
def test_hub_that_says_nothing_fails(seen: HubHealth, summary: str, actual: str) -> None:
    """A hub that is gone, silent, or reports no service is a failure, not a gap."""
    finding = judged(seen, "hub_healthy")
    assert (Verdict.FAIL, summary, actual) == (finding.verdict, finding.summary, finding.actual)


NOT_VERIFIABLE = "whether it reaches nats itself cannot be verified for this hub"
ANSWERED = HubHealth(
    running=True,
    services={"postgres": "ok", "nats": "ok", "vault": "ok"},
    status="ok",
    http_status=200,
    stores={"postgres": "", "nats": ""},
    asks_anew=True,
    met_in_nats=True,
)


@pytest.mark.parametrize(
    ("changes", "summary"),
    [
        ({}, "hub: 3 of 3 services are ok"),
        ({"status": ""}, "hub: 3 of 3 services are ok"),
        (
            {"asks_anew": False, "met_in_nats": False},
            f"hub: 3 of 3 services are ok; {NOT_VERIFIABLE}",
        ),
    ],
)
def test_what_is_no_failure_is_told(changes: dict[str, Any], summary: str) -> None:
    """A hub may say less than ours; what follows from that is told."""
    finding = judged(replace(ANSWERED, **changes), "hub_healthy")
    assert (Verdict.PASS, summary) == (finding.verdict, finding.summary)
    assert {"services": 3} == finding.counts


@pytest.mark.parametrize(
    ("changes", "summary", "actual"),
    [
        (
            {"status": "degraded"},
            "hub: 1 in doubt (namely hub)",
            "hub: it reports itself as degraded",
        ),
        (
            {"http_status": 503},
            "hub: 1 in doubt (namely hub)",
            "hub: every service is ok, and it answers with status 503",
        ),
        (
            {"services": ANSWERED.services | {"made-up": "ok"}},
            "hub: 1 in doubt (namely made-up)",
            "made-up: reported as ok, but the platform has no such service",
        ),
        (
            {"services": {"postgres": "ok", "vault": "ok"}},
            "hub: 1 in doubt (namely nats)",
            "nats: it must be there, and is not reported",
        ),
        (
            {"services": ANSWERED.services | {"made-up": "degraded"}, "status": "degraded"},
            "hub: 1 of 4 services are not ok (namely made-up)",
            "made-up: degraded",
        ),
        (
            {"stores": {"postgres": "", "nats": "nats: refused"}, "met_in_nats": None},
            "hub: 1 in doubt (namely nats)",
            "nats: reported as ok, but does not answer: nats: refused",
        ),
        (
            {"met_in_nats": False},
            "hub: 1 in doubt (namely nats)",
            "nats: reported as ok, but the server was not asked by any client of the hub",
        ),
    ],
)
def test_hub_that_is_not_well_or_lies_fails(
    changes: dict[str, Any], summary: str, actual: str
) -> None:
    """The hub's own word, of itself and of each service, is held against what the stores say."""
    finding = judged(replace(ANSWERED, **changes), "hub_healthy")
    assert (Verdict.FAIL, summary, actual) == (finding.verdict, finding.summary, finding.actual)


@pytest.mark.parametrize(
    "seen",
    [
        HubHealth(running=True, services={"nats": "ok"}),
        replace(ANSWERED, status=None),
        replace(ANSWERED, stores=None, services=ANSWERED.services | {"made-up": "ok"}),
    ],
)
def test_hub_whose_stores_were_not_asked_is_unread(seen: HubHealth) -> None:
    """Evidence of an older harness holds only the hub's own word."""
    with pytest.raises(Unread, match="only what the hub says of its services was observed"):
        judged(seen, "hub_healthy")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (
            {"met_in_nats": None},
            "nats did not tell which clients it has, so whether the hub is one is unknown",
        ),
        ({"http_status": None}, "the status of the hub's answer was not kept, by an older release"),
    ],
)
def test_what_was_not_seen_of_a_hub_is_unread(changes: dict[str, Any], reason: str) -> None:
    """An error in place of a look says nothing for the hub."""
    with pytest.raises(Unread) as raised:
        judged(replace(ANSWERED, **changes), "hub_healthy")
    assert reason == str(raised.value)


def test_hub_without_nats_needs_no_word_of_it() -> None:
    """Near miss: a platform that runs without nats has no client of it."""
    services, stores = {"postgres": "ok", "vault": "ok"}, {"postgres": ""}
    seen = replace(ANSWERED, services=services, stores=stores, met_in_nats=None)
    assert "hub: 2 of 2 services are ok" == judged(seen, "hub_healthy").summary


@pytest.fixture
def liar(
    tmp_path: Path, contacts_store: PostgresStore, nats_server: Server, redis_server: Server
) -> Iterator[tuple[Look, dict[str, Any]]]:
    """Give the look at a hub that says all is ok and asks nobody; and what it answers, by path."""
    well = {name: {"status": "ok"} for name in ("postgres", "nats", "redis", "vault")}
    answers: dict[str, Any] = {"/health/detailed": {"status": "ok", "services": well}}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """Answer what is prepared for the path."""
            body = json.dumps(answers.get(self.path, {})).encode()
            self.send_response(200 if self.path in answers else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base names it
            """Print nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        serving = Thread(target=server.serve_forever)
        serving.start()
        site = site_of(
            tmp_path,
            postgres=contacts_store._endpoint(),
            nats=nats_server.at,
            redis=redis_server.at,
            hub=Endpoint("127.0.0.1", server.server_port),
        )
        yield Look(site, site.ledger, site.history, Observations()), answers
        server.shutdown()
        serving.join()


def test_dead_store_finds_a_liar_out(
    liar: tuple[Look, dict[str, Any]], redis_server: Server
) -> None:
    """Whatever hub it is: a store that does not answer is not ok."""
    redis_server.stop()
    finding = judged(hub_health.PROBE.observe(liar[0]), "hub_healthy")
    assert "hub: 1 in doubt (namely redis)" == finding.summary


def test_connection_that_is_not_made_finds_a_liar_out(liar: tuple[Look, dict[str, Any]]) -> None:
    """The reference hub asks NATS for every answer; of any other it is told what is not known."""
    look, answers = liar
    finding = judged(hub_health.PROBE.observe(look), "hub_healthy")
    assert f"hub: 4 of 4 services are ok; {NOT_VERIFIABLE}" == finding.summary
    answers["/health/detailed"] |= {"asks_anew": True}
    finding = judged(hub_health.PROBE.observe(look), "hub_healthy")
    assert "hub: 1 in doubt (namely nats)" == finding.summary


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ([], "hub: /health/detailed answers without services"),
        ({"services": ["postgres"]}, "hub: /health/detailed answers without services"),
        ({"services": {"redis": 1}}, "hub: /health/detailed tells no status of redis"),
        ({"services": {"redis": {}}}, "hub: /health/detailed tells no status of redis"),
        ({"services": {"redis": "down"}}, "redis: down"),
        ({"services": {"redis": {"status": "down", "reason": "full"}}}, "redis: full"),
        ({"services": {"redis": "ok"}}, None),
    ],
)
def test_any_answer_of_a_hub_is_understood_or_refused(
    liar: tuple[Look, dict[str, Any]], answer: object, told: str | None
) -> None:
    """What a hub answers is its own affair; a service's status may be text alone."""
    look, answers = liar
    answers["/health/detailed"] = answer
    assert told == look.site.hub.ready()


@pytest.mark.parametrize(("reference", "reads_contacts"), [(False, False), (True, True)])
def test_hub_that_reads_no_contacts_is_told_from_one_that_finds_none(
    liar: tuple[Look, dict[str, Any]], *, reference: bool, reads_contacts: bool
) -> None:
    """A path that a foreign hub does not have is no contact lost; of the reference hub it is."""
    look, answers = liar
    if reference:
        answers["/health/detailed"] |= {"asks_anew": True}
    seen = cache_repopulates.PROBE.observe(look)
    assert (3, 3, reads_contacts) == (seen.asked, len(seen.unanswered), seen.reads_contacts)


def test_connection_that_stays_open_is_seen(liar: tuple[Look, dict[str, Any]]) -> None:
    """A hub that is connected all the time need not ask anything."""
    with NatsStore(lambda: liar[0].site.service("nats").endpoint, name="its hub").connect():
        finding = judged(hub_health.PROBE.observe(liar[0]), "hub_healthy")
    assert "hub: 4 of 4 services are ok" == finding.summary


def test_token_that_changed_degrades_the_hub(start_hub: StartHub, nats_server: Server) -> None:
    """The hub asks with its own credentials: when they are wrong, it says so."""
    hub = start_hub()
    wait_until(hub.look.site.hub.ready, None)
    nats_server.stop()
    old = nats_server.at
    nats_server.at = replace(old, secret="another")
    nats_server._argv = [nats_server.at.secret if a == old.secret else a for a in nats_server._argv]
    nats_server.start(NatsStore(lambda: nats_server.at).ready)
    site = site_of(
        hub.log.parent,
        **{
            store: nats_server.at if store == "nats" else service.endpoint
            for store, service in hub.look.site.stack.services.items()
        },
    )
    look = Look(site, site.ledger, site.history, Observations())
    finding = judged(hub_health.PROBE.observe(look), "hub_healthy")
    assert (
        "hub: 1 of 4 services are not ok (namely nats)",
        "nats: nats: 'Authorization Violation'",
    ) == (finding.summary, finding.actual)


def test_readiness_names_what_is_not_ok(tmp_path: Path) -> None:
    """A hub that does not listen yet is not ready, with the reason."""
    site = site_of(tmp_path, hub=Endpoint("127.0.0.1", free_port()))
    assert "hub: no answer from /health/detailed" in (site.hub.ready() or "")

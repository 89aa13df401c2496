"""Every kind keeps its promise to the code that plays it, whichever it is of its list.

Methods, faults and stores meet real servers; what this machine lacks is skipped by name.
"""

import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import is_dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ours import CHECKS, our_runtime, our_site
from pydantic import TypeAdapter, ValidationError

from harness.backups import METHODS
from harness.core.clock import Clock
from harness.core.errors import DrillError, Unavailable
from harness.core.history import Takes
from harness.core.ledger import Ledger
from harness.core.observation import Observations
from harness.core.ports import STORES
from harness.faults import FAULTS
from harness.kinds import Armed, BackupMethod, Look, Options
from harness.observations import OBSERVATIONS
from harness.offsite import OFFSITE
from harness.platform.rows import Message
from harness.probes import PROBES
from harness.site import Site

SECRETS = {store: secrets.token_urlsafe(18) for store in STORES}
SUBJECTS = {*STORES, "platform"}
LISTS: dict[str, Mapping[str, Any]] = {
    "backups": METHODS,
    "faults": FAULTS,
    "offsite": OFFSITE,
    "probes": PROBES,
    "checks": CHECKS,
}
KINDS = [(room, kind) for room, kinds in LISTS.items() for kind in kinds.values()]
WITH_OPTIONS = [*METHODS.values(), *FAULTS.values()]
SERVERS = [store for store in STORES if store != "hub"]
"""The hub is up only beside a seeded platform, which drills give it."""
STRIKES: dict[str, dict[str, Any]] = {
    "delete_rows": {"table": "public.items"},
    "update_rows": {"table": "public.items", "set": "name = 'changed'"},
    "truncate_table": {"table": "public.items"},
    "drop_table": {"table": "public.items"},
    "drop_schema": {"schema": "public"},
    "lose_stream": {"stream": "before", "how": "deleted"},
    "delete_index": {"index": "before"},
}
"""What a fault is to strike, where that has to be named."""
ELSEWHERE = {
    **dict.fromkeys(
        ("flip_bytes", "tear_page", "swap_blocks", "zero_blocks", "truncate_file", "remove_file"),
        "it strikes a file of a filled store",
    ),
    "lose_segment": "it strikes a log that is kept",
    "fill_disk": "it takes room, and no data that is there",
    "encrypt_volume": "no server starts on what it leaves",
    "drop_database": "it takes whatever there is, and need not be told what",
}
"""What test_faults_are_proven alone strikes, on a seeded platform, and why."""
STRUCK = [
    (fault.id, store)
    for fault in FAULTS.values()
    for store in fault.stores
    if store in SERVERS and fault.id not in ELSEWHERE
]
PAIRS = [(m.id, store) for m in METHODS.values() for store in m.stores if store in SERVERS]


@pytest.mark.parametrize(("room", "kind"), KINDS, ids=lambda value: getattr(value, "id", value))
def test_a_kind_is_known_by_plain_words(room: str, kind: Any) -> None:
    """Its id is one that scenarios and reports can hold, and people are told what it is."""
    assert re.fullmatch(r"[a-z][a-z0-9_]*", kind.id)
    said = {"probes": "", "checks": "catches"}.get(room, "title")
    if said:
        text = getattr(kind, said)
        assert text == text.strip() != ""
        assert "\n" not in text


@pytest.mark.parametrize("kind", WITH_OPTIONS, ids=lambda kind: kind.id)
def test_options_are_told_and_no_others_taken(kind: Any) -> None:
    """Each has its description for editors, its values stay as they were read."""
    assert issubclass(kind.options, Options)
    for name, field in kind.options.model_fields.items():
        assert field.description, name
    with pytest.raises(ValidationError, match="ghost"):
        kind.options.model_validate({"ghost": 1})
    assert kind.options.model_config["frozen"]


@pytest.mark.parametrize("probe", PROBES.values(), ids=lambda probe: probe.id)
def test_what_a_probe_returns_is_kept_under_its_id(probe: Any) -> None:
    """It is plain data that JSON holds, of a store or of what is beside them."""
    assert probe.store in SUBJECTS
    assert OBSERVATIONS[probe.id] is probe.observation
    assert is_dataclass(probe.observation)
    TypeAdapter(probe.observation).json_schema(mode="serialization")


def test_observations_are_kept_in_the_order_in_which_they_are_made() -> None:
    """Evidence of one drill reads like that of another."""
    assert list(PROBES) == list(OBSERVATIONS)


@pytest.mark.parametrize("check", CHECKS.values(), ids=lambda check: check.id)
def test_a_check_is_of_a_store(check: Any) -> None:
    """So that what is missing of a store, or accepted, is known by the checks it leaves unmade."""
    assert check.store in SUBJECTS


def test_each_store_can_be_backed_up() -> None:
    """What can be lost can be kept, and methods name stores that there are."""
    assert set(STORES) == {store for method in METHODS.values() for store in method.stores}
    assert all(set(method.stores) <= set(STORES) for method in METHODS.values())


class Items:
    """One item of a test's own in each store, by its own client, however it is kept."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def put(self, store: str, name: str) -> None:
        """Add an item."""
        site = self._site
        if store == "postgres":
            with site.postgres.connect() as connection:
                connection.execute("CREATE TABLE IF NOT EXISTS public.items (name text)")
                connection.execute("INSERT INTO public.items VALUES (%s)", [name])
        elif store == "nats":
            with site.nats.connect() as jetstream:
                jetstream.ask(f"STREAM.CREATE.{name}", {"name": name, "subjects": [name]})
                jetstream.publish([Message(name, "", "", "one")])
        elif store == "redis":
            with site.redis.connect() as connection:
                connection.set(name, "kept")
        else:
            site.meilisearch.connect().index(name).add_documents([{"id": 1}])
            site.meilisearch.wait_idle()

    def names(self, store: str) -> set[str]:
        """Return the items that are there."""
        site = self._site
        if store == "postgres":
            with site.postgres.connect() as connection:
                found = connection.execute("SELECT to_regclass('public.items')").fetchone()
                if found == (None,):
                    return set()
                return {str(n) for (n,) in connection.execute("SELECT name FROM public.items")}
        if store == "nats":
            with site.nats.connect() as jetstream:
                listed = jetstream.listed("STREAM.LIST", "streams")
            return {str(info["config"]["name"]) for info in listed}
        if store == "redis":
            with site.redis.connect() as connection:
                return {str(key) for key in connection.scan_iter()}
        return {index.uid for index in site.meilisearch.connect().get_indexes()["results"]}


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Give a platform of empty servers, and see it removed at the end."""
    drill_id = f"conform-{secrets.token_hex(4)}"
    stack = our_runtime("embedded").open(drill_id, SECRETS, tmp_path_factory.mktemp("logs"))
    try:
        yield our_site(stack, Clock(), Ledger(random=7), stack.directory)
    finally:
        assert () == stack.close().left


@pytest.fixture
def site(platform: Site, request: pytest.FixtureRequest) -> Site:
    """Give it with the test's store new and empty."""
    store = request.node.callspec.params["store"]
    if store in platform.missing:
        pytest.skip(platform.missing[store])
    platform.service(store).stop()
    platform.service(store).volume.wipe()
    platform.start(store)
    return platform


def _options(method: BackupMethod, store: str, folder: Path) -> Options:
    """Return a method's own defaults; a script, which has none, is written here."""
    if method.id == "supabase_db_dump":
        # By itself the CLI dumps no rows.
        return method.options.model_validate({"forms": ("schema", "data")})
    if method.id != "script":
        return method.options()
    tar = 'tar -czf "$OUT/kept.tar.gz" -C "$VOLUME" --transform \'s,^[.],data,\' .'
    (folder / "job.sh").write_text(f"#!/bin/sh\n{tar}\n", encoding="utf-8")
    asked = {
        "script": "job.sh",
        "leaves": "kept.tar.gz",
        "environment": {"VOLUME": f"{{{store}.volume}}", "OUT": "{directory}"},
    }
    return method.options.model_validate(asked, context=SimpleNamespace(folder=folder))


@pytest.mark.parametrize(("method_id", "store"), [p for p in PAIRS if p[0] != "none"])
def test_a_backup_brings_back_what_was_there_at_its_cut(
    site: Site, tmp_path: Path, method_id: str, store: str
) -> None:
    """It observes once and leaves the store at work; after a disaster it brings back what was there
    then, and nothing that came later.
    """
    method, items = METHODS[method_id], Items(site)
    options = _options(method, store, tmp_path)
    try:
        if isinstance(method, Armed):
            method.arm(site, store, options)
        items.put(store, "before")
        directory = site.backups / f"{method_id}-{store}" / store
        directory.mkdir(parents=True)
        cuts: list[str | None] = []
        method.take(site, store, directory, options, cuts.append)
    except Unavailable as lacks:
        pytest.skip(lacks.message)
    assert 1 == len(cuts)
    assert [*directory.iterdir()]
    assert site.answers(store)
    items.put(store, "after")
    # A log that is kept holds what came after the base: the point in time is its own to choose.
    later = {"after"} if method_id == "base_backup" else set()
    FAULTS["lose_volume"].inject(site, store, Options())
    method.restore(site, store, directory, options)
    assert site.answers(store)
    assert {"before"} == items.names(store) - later


@pytest.mark.parametrize(("method_id", "store"), PAIRS)
def test_a_backup_of_nothing_is_refused(
    site: Site, tmp_path: Path, method_id: str, store: str
) -> None:
    """No file is no backup: it is said in words, and never taken for an empty store."""
    method = METHODS[method_id]
    options = _options(method, store, tmp_path)
    directory = tmp_path / "empty"
    directory.mkdir()
    site.service(store).stop()
    with pytest.raises(DrillError):
        method.restore(site, store, directory, options)


@pytest.mark.parametrize(("fault_id", "store"), STRUCK)
def test_a_disaster_proves_what_it_took(site: Site, fault_id: str, store: str) -> None:
    """There was something, and nothing is left of it as it was, with the server at work where it
    took data alone; a server that is only killed comes back with what it held.
    """
    items, fault = Items(site), FAULTS[fault_id]
    items.put(store, "before")
    proof = fault.inject(site, store, fault.options.model_validate(STRIKES.get(fault_id, {})))
    assert (fault_id, store, fault.takes) == (proof.fault, proof.store, proof.takes)
    assert proof.entries_before > 0
    assert proof.begun_seconds <= proof.ended_seconds
    assert (fault.takes is Takes.DATA) == bool(proof.target) == proof.answered_after
    if fault.takes is not Takes.DATA:
        site.start(store)
    if fault.takes is Takes.SERVER:
        assert {"before"} == items.names(store)
    else:
        assert (0, 0) == (proof.entries_after, proof.bytes_after)
        assert "before" not in items.names(store)


@pytest.mark.parametrize(
    ("fault_id", "store"), [p for p in STRUCK if FAULTS[p[0]].takes is Takes.DATA]
)
def test_a_disaster_that_finds_nothing_does_not_prove_a_loss(
    site: Site, fault_id: str, store: str
) -> None:
    """What is named is not there: refused in words, or a proof that shows nothing was."""
    fault = FAULTS[fault_id]
    options = {
        **STRIKES.get(fault_id, {}),
        **({"schema": "no"} if fault_id == "drop_schema" else {}),
    }
    before = 0
    with suppress(DrillError):
        proof = fault.inject(site, store, fault.options.model_validate(options))
        before = proof.entries_before
    assert 0 == before


@pytest.mark.parametrize("store", SERVERS)
def test_a_store_says_why_it_does_not_answer(site: Site, store: str) -> None:
    """Nothing while it does; a reason in words when it is gone, whoever gives it."""
    assert site.client(store).ready() is None
    site.service(store).kill()
    try:
        reason = site.client(store).ready()
    except DrillError as error:
        reason = error.message
    assert reason
    assert not site.answers(store)


@pytest.mark.parametrize("store", SERVERS)
def test_a_store_keeps_what_it_acknowledged_in_its_volume(site: Site, store: str) -> None:
    """It is there for a new client after an orderly stop, and nowhere but in the volume."""
    items, service = Items(site), site.service(store)
    assert set() == items.names(store)
    items.put(store, "before")
    service.stop()
    site.start(store)
    assert {"before"} == items.names(store)
    service.stop()
    service.volume.wipe()
    site.start(store)
    assert set() == items.names(store)


@pytest.mark.parametrize("store", SERVERS)
def test_probes_of_a_store_leave_what_they_look_at(site: Site, store: str) -> None:
    """Each returns its own kind of observation, or says that it cannot look, and nothing that was
    there is gone or changed its name; so may the same probe look twice.
    """
    items, looked = Items(site), 0
    items.put(store, "before")
    look = Look(site, site.ledger, site.history, Observations())
    for probe in (probe for probe in PROBES.values() if probe.store == store):
        for _ in range(2):
            seen = None
            # What it cannot look at here is unread, and its checks are UNVERIFIED.
            with suppress(Exception):
                seen = probe.observe(look)
            assert seen is None or isinstance(seen, probe.observation), probe.id
            assert "before" in items.names(store), probe.id
            looked += seen is not None
    assert looked

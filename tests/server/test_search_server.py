"""The search engine beside the contacts' index: other indexes, and what is set up for all of it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ours import CHECKS, our_case
from real_servers import site_of

from harness.core.case import NotApplicable
from harness.core.errors import Unread
from harness.core.finding import Finding
from harness.core.history import Artefact, DisasterProof, History
from harness.core.ledger import Ledger
from harness.core.observation import Observations
from harness.core.verdict import Verdict
from harness.kinds import Look
from harness.observations.search import IndexSeen, SearchIndexes
from harness.probes import search_index
from harness.stores.meilisearch import MeilisearchStore

BACKED_UP = History(artefacts=[Artefact("n", "meilisearch", "volume", "a", 1, 1, "", "", 1.0, 2.0)])
STRUCK = History(disasters=[DisasterProof("lose_volume", "meilisearch", 3, 9, 0, 0, False, 3, 4)])
DECLARED = {"uid": "contacts"}
ONE = "experiment, webhook, chat or rule"
WEBHOOK = {"url": "http://127.0.0.1:9/told", "headers": {"authorization": "hunter2"}}


@pytest.fixture
def look(tmp_path: Path, meilisearch_store: MeilisearchStore) -> Iterator[Look]:
    """Look at an engine that holds an index of the user's own; what is set up is undone."""
    client = meilisearch_store.connect()
    client.create_index("shop", {"primaryKey": "id"})
    client.index("shop").add_documents([{"id": n, "price": n / 3, "é": None} for n in range(5)])
    site = site_of(tmp_path, meilisearch=meilisearch_store._endpoint())
    yield Look(site, site.ledger, site.history, Observations())
    client.http.patch("experimental-features", {"containsFilter": False, "network": False})
    for webhook in client.http.get("webhooks")["results"]:
        client.http.delete(f"webhooks/{webhook['uuid']}")


def judged(check: str, before: object, after: object, history: History = BACKED_UP) -> Finding:
    """Judge literal observations."""
    was, now = Observations(), Observations()
    was.put(before)
    now.put(after)
    return CHECKS[check].judge(CHECKS[check], our_case(Ledger(7), history, was, now))


def _drop_and_make(client: Any) -> None:
    client.delete_index("shop")
    client.create_index("shop", {"primaryKey": "price"})


DAMAGES: dict[str, Callable[[Any], object]] = {
    "shop: lost": lambda c: c.delete_index("shop"),
    "other: unexpected": lambda c: c.create_index("other", {"primaryKey": "id"}),
    "shop: primary key price, was id": _drop_and_make,
    "shop: other settings (stopWords)": lambda c: c.index("shop").update_stop_words(["of"]),
    "shop: 4 documents, were 5": lambda c: c.index("shop").delete_document(3),
    "shop: 6 documents, were 5": lambda c: c.index("shop").add_documents([{"id": 9}]),
    "shop: other documents": lambda c: c.index("shop").update_documents([{"id": 1, "price": 1}]),
}


@pytest.mark.parametrize("actual", DAMAGES)
def test_damaged_index_is_named(look: Look, actual: str) -> None:
    """Whatever is lost, changed or more in an index beside the contacts' fails by its name."""
    before = search_index.PROBE.observe(look)
    DAMAGES[actual](look.site.meilisearch.connect())
    finding = judged("search_indexes", before, search_index.PROBE.observe(look))
    assert (Verdict.FAIL, actual) == (finding.verdict, finding.actual)
    kinds = (finding.counts[kind] for kind in ("missing", "changed", "unexpected"))
    assert 1 == sum(kinds)


def test_settings_of_embedders_are_compared_without_their_secrets(look: Look) -> None:
    """Who makes vectors is told a password; the observation holds a digest."""
    before = search_index.PROBE.observe(look)
    index = look.site.meilisearch.connect().index("shop")
    index.delete_all_documents()
    embedder = {
        "source": "rest",
        "url": "http://127.0.0.1:9",
        "headers": {"authorization": "hunter2"},
        "dimensions": 2,
        "request": {"text": "{{text}}"},
        "response": {"vector": "{{embedding}}"},
    }
    index.update_settings({"embedders": {"mine": embedder}})
    after = search_index.PROBE.observe(look)
    assert ["mine"] == list(after.indexes["shop"].settings["embedders"])
    assert "shop: other settings (embedders)" == judged("search_indexes", before, after).actual
    assert "hunter2" not in repr(after)


def test_documents_put_in_in_another_order_are_the_same(look: Look) -> None:
    """Near miss: an index made anew has another order, and its documents' fields too."""
    before = search_index.PROBE.observe(look)
    client = look.site.meilisearch.connect()
    client.index("shop").delete_all_documents()
    client.index("shop").add_documents(
        [{"é": None, "price": n / 3, "id": n} for n in reversed(range(5))]
    )
    finding = judged("search_indexes", before, search_index.PROBE.observe(look))
    assert "search: 1 of 1 other index is as it was" == finding.summary


def test_other_index_is_not_rebuilt_and_not_made() -> None:
    """An engine that started empty has the contacts' index alone: another is somebody's."""
    with_shop = SearchIndexes(DECLARED, {"shop": IndexSeen("id", 1, {}, "1")})
    without = SearchIndexes(DECLARED)
    assert Verdict.PASS is judged("search_indexes", with_shop, without, STRUCK).verdict
    failed = judged("search_indexes", without, with_shop, STRUCK)
    assert "shop: unexpected" == failed.actual


SHOP = IndexSeen(
    "id",
    5,
    {"stopWords": ["of", "to"], "synonyms": {"a": ["b", "c"]}, "faceting": {"max": 1, "by": 2}},
    "1",
)
TURNED = {
    "faceting": {"by": 2, "max": 1},
    "synonyms": {"a": ["c", "b"]},
    "stopWords": ["to", "of"],
}


@pytest.mark.parametrize(
    ("now", "actual"),
    [
        (replace(SHOP, settings=TURNED), ""),
        (replace(SHOP, primary_key="sku"), "shop: primary key sku, was id"),
        (
            replace(SHOP, settings=SHOP.settings | {"stopWords": []}),
            "shop: other settings (stopWords)",
        ),
        (replace(SHOP, documents=4), "shop: 4 documents, were 5"),
        (replace(SHOP, digest="2"), "shop: other documents"),
        (None, "shop: lost"),
    ],
)
def test_difference_of_another_index_is_told(now: IndexSeen | None, actual: str) -> None:
    """Words without an order may come in another; one index that differs has one word."""
    same = {"same": SHOP}
    before = SearchIndexes(DECLARED, {"shop": SHOP} | same)
    after = SearchIndexes(DECLARED, ({"shop": now} if now else {}) | same)
    found = judged("search_indexes", before, after)
    missing, changed = int(now is None), int(bool(actual) and now is not None)
    assert actual == found.actual
    assert {"missing": missing, "changed": changed, "unexpected": 0, "indexes": 2} == found.counts
    verb = "1 of 2 other indexes is not as it was (uids shop)"
    assert f"search: {verb if actual else '2 of 2 other indexes are as they were'}" == found.summary


def test_what_was_set_up_in_an_engine_that_was_kept_must_be_there() -> None:
    """Only one that started empty may lack it."""
    was, now = {"a": "1", "b": "1"}, {"b": "1", "c": "1"}
    before, after = SearchIndexes(DECLARED, set_up=was), SearchIndexes(DECLARED, set_up=now)
    found = judged("search_server", before, after)
    assert {"objects": 2, "missing": 1, "changed": 0, "unexpected": 1} == found.counts
    assert found.summary.startswith("search: 2 of 3 experiments, webhooks, chats and rules are not")


@pytest.mark.parametrize("look", ["before", "after"])
def test_what_one_release_did_not_look_at_is_unread(look: str) -> None:
    """On either side."""
    seen = {
        "before": SearchIndexes(DECLARED, set_up={}),
        "after": SearchIndexes(DECLARED, set_up={}),
    }
    seen[look] = SearchIndexes(DECLARED)
    with pytest.raises(Unread, match="what is set up was not looked at, by an older release"):
        judged("search_server", seen["before"], seen["after"])


@pytest.mark.parametrize(
    ("was", "now", "summary"),
    [
        (1, 1, "search: 1 of 1 other index is as it was"),
        (2, 2, "search: 2 of 2 other indexes are as they were"),
        (3, 0, "search: none of 3 other indexes is there; not promised: 3 went with the engine"),
        (
            3,
            1,
            "search: 1 of 3 other indexes is as it was; not promised: 2 went with the engine",
        ),
    ],
)
def test_indexes_that_went_with_the_engine_are_told(was: int, now: int, summary: str) -> None:
    """What nobody promised is no failure, and is not told to be there either."""
    before, after = (
        SearchIndexes(DECLARED, {f"shop-{n}": IndexSeen("id", 1, {}, "1") for n in range(count)})
        for count in (was, now)
    )
    assert summary == judged("search_indexes", before, after, STRUCK).summary


@pytest.mark.parametrize(
    ("was", "now", "summary"),
    [
        ({}, {}, f"search: no {ONE} is set up, nor was"),
        ({"a": "1"}, {"a": "1"}, f"search: 1 of 1 {ONE} is as it was"),
        (
            {"a": "1"},
            {},
            f"search: none of 1 {ONE} is there; not promised: 1 went with the engine",
        ),
        (
            {"a": "1"},
            {"a": "2"},
            f"search: 1 of 1 {ONE} is not as it was (namely a)",
        ),
    ],
)
def test_what_went_with_the_engine_is_told(
    was: dict[str, str], now: dict[str, str], summary: str
) -> None:
    """One is told as one, and what is gone as gone."""
    before, after = SearchIndexes(DECLARED, set_up=was), SearchIndexes(DECLARED, set_up=now)
    assert summary == judged("search_server", before, after, STRUCK).summary


def test_engine_without_another_index_has_none_to_judge() -> None:
    """The contacts' index alone is the matter of other checks."""
    seen = SearchIndexes(DECLARED, {"contacts": IndexSeen("number", 1, {})})
    with pytest.raises(NotApplicable, match=r"^there is no index beside contacts$"):
        judged("search_indexes", seen, seen)


def test_documents_that_were_not_looked_at_are_unread() -> None:
    """Older evidence counts documents only."""
    seen = SearchIndexes(DECLARED, {"shop": IndexSeen("id", 1, {})})
    with pytest.raises(Unread) as raised:
        judged("search_indexes", seen, seen)
    assert "documents of other indexes were not looked at, by an older release" == str(raised.value)


def test_what_is_set_up_is_named_without_its_secrets(look: Look) -> None:
    """An experiment that is on and a webhook that nobody knew fail by name; taken away, too."""
    before = search_index.PROBE.observe(look)
    http = look.site.meilisearch.connect().http
    http.patch("experimental-features", {"containsFilter": True, "network": True})
    webhook = http.post("webhooks", WEBHOOK)["uuid"]
    after = search_index.PROBE.observe(look)
    names = f"experiment containsFilter, experiment network, network, webhook {webhook}"
    total = len({**(before.set_up or {}), **(after.set_up or {})})
    told = f"of {total} experiments, webhooks, chats and rules"
    for was, now in ((before, after), (after, before)):
        finding = judged("search_server", was, now)
        assert f"search: 4 {told} are not as they were (namely {names})" == finding.summary
    http.patch(f"webhooks/{webhook}", {"url": "http://127.0.0.1:9/other"})
    changed = judged("search_server", after, search_index.PROBE.observe(look))
    assert f"search: 1 {told} is not as it was (namely webhook {webhook})" == changed.summary
    assert "hunter2" not in repr(after)


def test_what_is_set_up_goes_with_an_engine_that_started_empty() -> None:
    """It lived in the volume that nobody brought back; what was not there is a failure."""
    plain, set_up = SearchIndexes(DECLARED, set_up={}), SearchIndexes(DECLARED, set_up={"a": "1"})
    assert Verdict.PASS is judged("search_server", set_up, plain, STRUCK).verdict
    failed = judged("search_server", plain, set_up, STRUCK)
    assert {"objects": 0, "missing": 0, "changed": 0, "unexpected": 1} == failed.counts


def test_what_was_not_looked_at_is_unread() -> None:
    """Older evidence tells nothing about what is set up."""
    with pytest.raises(Unread, match=r"^what is set up was not looked at, by an older release$"):
        judged("search_server", SearchIndexes(DECLARED), SearchIndexes(DECLARED))


def test_every_field_of_a_key_is_compared_or_exempt(look: Look) -> None:
    """What the server tells of a key is in the observation, but for what is named with a reason."""
    told = look.site.meilisearch.connect().http.get("keys")["results"][0]
    seen = search_index.PROBE.observe(look).keys[told["uid"]]
    assert set(told) == {*seen.fields, *search_index.EXEMPT_OF_KEYS}

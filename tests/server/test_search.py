"""Search: how the index is filled and seen, and which damage each check is there for."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from ours import CHECKS, our_case
from real_servers import site_of

from harness.core.case import NotApplicable
from harness.core.errors import Unread
from harness.core.finding import Finding
from harness.core.history import Artefact, DisasterProof, History, Restoration
from harness.core.ledger import Ledger
from harness.core.observation import Observations
from harness.core.verdict import Verdict
from harness.kinds import Look
from harness.observations.search import IndexSeen, KeySeen, SearchIndexes
from harness.platforms.made_open import search
from harness.platforms.made_open.observations import Numbers, SearchDocuments
from harness.platforms.made_open.probes import search_documents
from harness.probes import search_index
from harness.stores.meilisearch import MeilisearchStore
from harness.stores.postgres import PostgresStore

BACKED_UP = Artefact("nightly", "meilisearch", "volume", "a", 1, 1, "", "tar", 1.0, 2.0)
STRUCK = DisasterProof("lose_volume", "meilisearch", 3, 9, 0, 0, False, 3.0, 4.0)
RESTORED = Restoration("nightly", "meilisearch", "volume", 2.0, 5.0, 6.0)


@pytest.fixture
def look(
    tmp_path: Path, contacts_store: PostgresStore, meilisearch_store: MeilisearchStore
) -> Look:
    """Look at a platform whose 40 contacts are indexed."""
    with contacts_store.connect() as connection:
        documents = list(search.documents(connection))
    meilisearch_store.ensure_index(search.declared_index())
    meilisearch_store.add_documents(search.UID, documents)
    site = site_of(
        tmp_path, postgres=contacts_store._endpoint(), meilisearch=meilisearch_store._endpoint()
    )
    return Look(site, site.ledger, site.history, Observations())


def judged(
    check: str, after: object, before: object = None, history: History | None = None
) -> Finding:
    """Judge literal observations."""
    was, now = Observations(), Observations()
    now.put(after)
    if before is not None:
        was.put(before)
    return CHECKS[check].judge(CHECKS[check], our_case(Ledger(7), history or History(), was, now))


def test_freshly_built_index_passes_every_check(look: Look) -> None:
    """No false alarm: what is indexed from the rows agrees with them, settings and keys too."""
    documents = search_documents.PROBE.observe(look)
    index = search_index.PROBE.observe(look)
    settings = len(index.indexes["contacts"].settings) + 1
    assert [
        "search: all 40 contacts are indexed as their rows are",
        "search: contact 1 is found with the search key",
        f"search: all {settings} settings hold",
        "search: 2 of 2 default keys exist",
        f"search: {len(index.keys)} of {len(index.keys)} API keys are as they were",
    ] == [
        judged("search_documents", documents).summary,
        judged("search_finds", documents).summary,
        judged("search_settings", index, index).summary,
        judged("search_keys", index, index).summary,
        judged("search_keys", index, index, History(artefacts=[BACKED_UP])).summary,
    ]


def _delete_row(look: Look) -> None:
    with look.site.postgres.connect() as connection:
        connection.execute("DELETE FROM public.contacts WHERE number = 7")


def _delete_document(look: Look) -> None:
    look.site.meilisearch.connect().index("contacts").delete_document(7)


def _add_a_stranger(look: Look) -> None:
    look.site.meilisearch.connect().index("contacts").add_documents([{"number": "mallory"}])


def _update(**values: object) -> Callable[[Look], None]:
    def update(look: Look) -> None:
        look.site.meilisearch.connect().index("contacts").update_documents([{"number": 7} | values])

    return update


@pytest.mark.parametrize(
    ("damage", "actual"),
    [
        (_delete_document, "39 documents; 1 missing (numbers 7)"),
        (_delete_row, "40 documents; 1 without a row (numbers 7)"),
        (_add_a_stranger, "41 documents; 1 without a number (numbers mallory)"),
        (_update(email="x@example.org"), "40 documents; 1 unlike their row (numbers 7)"),
        (_update(version=2), "40 documents; 1 newer than their row (numbers 7)"),
    ],
)
def test_contradiction_is_named(look: Look, damage: Callable[[Look], None], actual: str) -> None:
    """A document that contradicts its row, or lacks one, fails by number."""
    damage(look)
    finding = judged("search_documents", search_documents.PROBE.observe(look))
    assert (Verdict.FAIL, actual) == (finding.verdict, finding.actual)


@pytest.mark.parametrize(
    ("setting", "expected", "actual"),
    [
        ({"stopWords": ["of"]}, "stopWords: ['and', 'the']", "stopWords: ['of']"),
        ({"prefixSearch": "disabled"}, "prefixSearch: indexingTime", "prefixSearch: disabled"),
    ],
)
def test_changed_setting_is_named(
    look: Look, setting: dict[str, object], expected: str, actual: str
) -> None:
    """A setting other than the declared one, or than it was where none is, fails with both."""
    before = search_index.PROBE.observe(look)
    look.site.meilisearch.connect().index("contacts").update_settings(setting)
    finding = judged("search_settings", search_index.PROBE.observe(look), before)
    total = len(before.indexes["contacts"].settings) + 1
    assert (
        f"search: 1 of {total} settings differ (namely {next(iter(setting))})",
        expected,
        actual,
    ) == (finding.summary, finding.expected, finding.actual)


def test_settings_in_another_order_are_the_same() -> None:
    """Near miss: what has no order may come in another; what has one may not."""
    declared = search.declared_index()
    names = declared["settings"]["filterableAttributes"]
    rules = declared["settings"]["rankingRules"]
    shuffled = declared["settings"] | {"filterableAttributes": names[::-1]}
    before = SearchIndexes(declared, {"contacts": IndexSeen("number", 0, declared["settings"])})
    after = SearchIndexes(declared, {"contacts": IndexSeen("number", 0, shuffled)})
    assert "search: all 8 settings hold" == judged("search_settings", after, before).summary
    reranked = declared["settings"] | {"rankingRules": rules[::-1]}
    after = SearchIndexes(declared, {"contacts": IndexSeen("number", 0, reranked)})
    assert Verdict.FAIL is judged("search_settings", after, before).verdict


def test_settings_that_nothing_is_known_of_are_unread() -> None:
    """What the application leaves open is compared with what was before, or not passed."""
    declared = search.declared_index()
    after = SearchIndexes(declared, {"contacts": IndexSeen("number", 0, declared["settings"])})
    with pytest.raises(Unread, match=r"^what it judges was not observed$"):
        judged("search_settings", after)


@pytest.fixture
def made_key(look: Look) -> Iterator[str]:
    """Make a key for the test, and name it."""
    client = look.site.meilisearch.connect()
    rights = {"actions": ["search"], "indexes": ["contacts"], "expiresAt": None, "name": "shop"}
    made = client.create_key(rights)
    yield made.uid
    if made.uid in search_index.PROBE.observe(look).keys:
        client.delete_key(made.uid)


def test_key_lost_changed_or_made_is_named(look: Look, made_key: str) -> None:
    """A key that is gone, one that is called otherwise and one more each fail, by uid."""
    with_key = search_index.PROBE.observe(look)
    client = look.site.meilisearch.connect()
    client.update_key(made_key, {"description": "for everybody"})
    changed = search_index.PROBE.observe(look)
    client.delete_key(made_key)
    without = search_index.PROBE.observe(look)
    history = History(artefacts=[BACKED_UP])
    findings = [
        judged("search_keys", after, before, history)
        for before, after in ((with_key, without), (with_key, changed), (without, with_key))
    ]
    total = len(without.keys)
    assert [
        (f"search: 1 of {total + 1} API keys is not as it was (uids {made_key})", "1 lost"),
        (
            f"search: 1 of {total + 1} API keys is not as it was (uids {made_key})",
            "1 with other rights",
        ),
        (f"search: 1 of {total + 1} API keys is not as it was (uids {made_key})", "1 unexpected"),
    ] == [(finding.summary, finding.actual) for finding in findings]


def test_key_made_in_an_engine_that_started_empty_is_unexpected(look: Look, made_key: str) -> None:
    """Nobody brought the keys back, so that one more than the usual ones is somebody's."""
    seen = search_index.PROBE.observe(look)
    keys = {uid: key for uid, key in seen.keys.items() if uid != made_key}
    finding = judged("search_keys", seen, replace(seen, keys=keys), History(disasters=[STRUCK]))
    assert (
        f"search: 1 of {len(seen.keys)} API keys is unexpected (uids {made_key})",
        f"{made_key}: shop",
    ) == (finding.summary, finding.actual)


ADMIN = KeySeen("Default Admin API Key", "a", {"actions": ["*"]})
FINDING = KeySeen("Default Search API Key", "b", {"actions": ["search"]})
OWN = KeySeen("shop", "c", {"actions": ["search", "documents.add"]})


@pytest.mark.parametrize(
    ("was", "now", "summary"),
    [
        # The engine makes its keys anew, and under other uids.
        ({"1": ADMIN, "2": FINDING}, {"3": ADMIN, "4": FINDING}, "2 of 2 default keys exist"),
        (
            {"1": ADMIN, "2": FINDING},
            {"3": ADMIN},
            "1 of 2 default keys is missing (namely Default Search API Key)",
        ),
        # One that may do the same as one that there was is that one.
        (
            {"1": ADMIN, "2": FINDING, "5": OWN},
            {"3": ADMIN, "4": FINDING, "6": replace(OWN, digest="z")},
            "2 of 2 default keys exist",
        ),
        (
            {"1": ADMIN, "2": FINDING, "5": OWN},
            {"3": ADMIN, "4": FINDING, "6": OWN, "7": OWN},
            "1 of 4 API keys is unexpected (uids 7)",
        ),
        (
            {"1": ADMIN, "2": FINDING},
            {"3": ADMIN, "4": FINDING, "6": replace(OWN, name=""), "7": OWN},
            "2 of 4 API keys are unexpected (uids 6, 7)",
        ),
    ],
)
def test_keys_of_an_engine_that_started_empty_are_compared_by_what_they_may_do(
    was: dict[str, KeySeen], now: dict[str, KeySeen], summary: str
) -> None:
    """As many of a kind as there were; nobody brought their secrets back."""
    before, after = SearchIndexes({}, keys=was), SearchIndexes({}, keys=now)
    finding = judged("search_keys", after, before, History(disasters=[STRUCK]))
    assert f"search: {summary}" == finding.summary
    assert len(now) == finding.counts["keys"]


@pytest.mark.parametrize(
    ("now", "actual", "cause"),
    [
        ({"u": replace(OWN, digest="z")}, "1 with another secret", "keys are derived from"),
        ({"u": replace(OWN, fields={"actions": ["*"]})}, "1 with other rights", "the backup is of"),
        ({"u": OWN, "v": OWN}, "1 unexpected", "the backup is of"),
        ({}, "1 lost", "the backup is of"),
    ],
)
def test_key_that_was_brought_back_is_as_it_was(
    now: dict[str, KeySeen], actual: str, cause: str
) -> None:
    """Its secret, its rights and its being there; another master key is told as the cause."""
    history = History(artefacts=[BACKED_UP])
    before = SearchIndexes({}, keys={"u": OWN})
    same = replace(OWN, fields={"actions": ["documents.add", "search"]})
    passed = judged("search_keys", SearchIndexes({}, keys={"u": same}), before, history)
    assert "search: 1 of 1 API key is as it was" == passed.summary
    finding = judged("search_keys", SearchIndexes({}, keys=now), before, history)
    assert actual == finding.actual
    assert finding.cause.startswith(cause)
    assert ("master key" in finding.next_step) is ("secret" in actual)


def test_settings_without_an_earlier_look_at_the_index_are_those_declared() -> None:
    """What the application leaves open is then nobody's promise."""
    declared = search.declared_index()
    more = declared["settings"] | {"prefixSearch": "disabled"}
    after = SearchIndexes(declared, {"contacts": IndexSeen("number", 0, more)})
    finding = judged("search_settings", after, SearchIndexes(declared))
    assert "search: all 8 settings hold" == finding.summary
    wrong = SearchIndexes(declared, {"contacts": IndexSeen("id", 0, more | {"stopWords": []})})
    finding = judged("search_settings", wrong, SearchIndexes(declared))
    assert {"settings": 8, "differing": 2} == finding.counts
    assert ("primaryKey", "stopWords") == finding.examples


def test_setting_that_was_not_there_before_differs() -> None:
    """Where it is known what there was."""
    declared = search.declared_index()
    before, after = (
        SearchIndexes(declared, {"contacts": IndexSeen("number", 0, declared["settings"] | more)})
        for more in ({}, {"prefixSearch": "disabled"})
    )
    finding = judged("search_settings", after, before)
    assert ("prefixSearch",) == finding.examples
    gone = judged("search_settings", SearchIndexes(declared), before)
    assert ({"missing": 1}, "indexes: none") == (gone.counts, gone.actual)


def test_at_most_ten_are_examples() -> None:
    """All are counted."""
    usual = {"1": ADMIN, "2": FINDING}
    many = {f"k{n}": replace(OWN, name="") for n in range(11)}
    before = SearchIndexes({}, keys=usual)
    history = History(disasters=[STRUCK])
    made = judged("search_keys", SearchIndexes({}, keys=usual | many), before, history)
    assert (11, 10) == (made.counts["unexpected"], len(made.examples))
    assert 10 == made.actual.count("no name")
    kept = History(artefacts=[BACKED_UP])
    lost = judged("search_keys", before, SearchIndexes({}, keys=usual | many), kept)
    assert (11, 10) == (lost.counts["lost"], len(lost.examples))
    none = judged("search_keys", SearchIndexes({}), before, history)
    assert ("no keys", {"keys": 0, "missing": 2}) == (none.actual, none.counts)
    documents = SearchDocuments(11, strange=[f"x{n}" for n in range(11)])
    assert 10 == len(judged("search_documents", documents).examples)


@pytest.mark.parametrize(
    ("seen", "actual"),
    [
        (SearchDocuments(3, 3, missing=Numbers(1, [2])), "1 missing (numbers 2)"),
        (SearchDocuments(3, 3, strange=["x"]), "1 without a number (numbers x)"),
    ],
)
def test_documents_that_contradict_their_rows_are_told_by_kind(
    seen: SearchDocuments, actual: str
) -> None:
    """A kind of which there is none is not mentioned."""
    assert f"3 documents; {actual}" == judged("search_documents", seen).actual


def test_key_of_another_master_key_is_dead() -> None:
    """The same uid with another secret is a key that no longer works."""
    history = History(artefacts=[BACKED_UP], disasters=[STRUCK], restorations=[RESTORED])
    before = SearchIndexes({}, keys={"u": KeySeen("shop", "1")})
    after = SearchIndexes({}, keys={"u": KeySeen("shop", "2")})
    finding = judged("search_keys", after, before, history)
    assert "1 with another secret" == finding.actual
    counts = {"keys": 1, "lost": 0, "dead": 1, "changed": 0, "unexpected": 0}
    assert counts == finding.counts


def test_keys_without_their_rights_are_unread() -> None:
    """Older evidence has their secrets only; the same secret may open other doors."""
    seen = SearchIndexes({}, keys={"u": KeySeen("shop", "1")})
    reason = r"^what the keys may do was not looked at, by an older release$"
    with pytest.raises(Unread, match=reason):
        judged("search_keys", seen, seen, History(artefacts=[BACKED_UP]))


def test_rebuilt_engine_needs_the_default_keys_only() -> None:
    """Keys of an engine that was lost and started empty are new, and must be the usual ones."""
    history = History(artefacts=[BACKED_UP], disasters=[STRUCK])
    before = SearchIndexes({}, keys={"old": KeySeen("shop", "1")})
    finding = judged("search_keys", SearchIndexes({}), before, history)
    assert "Default Admin API Key, Default Search API Key" == finding.expected
    assert (
        "search: 2 of 2 default keys are missing"
        " (namely Default Admin API Key, Default Search API Key)" == finding.summary
    )


def test_missing_index_fails() -> None:
    """An engine without the contacts' index fails its settings."""
    seen = SearchIndexes(search.declared_index(), {"other": IndexSeen("id", 0, {})})
    finding = judged("search_settings", seen)
    assert ("search: the index contacts does not exist", "indexes: other") == (
        finding.summary,
        finding.actual,
    )


def test_empty_index_counts_every_contact_and_names_ten() -> None:
    """What is missing is counted in full, though only the first numbers are kept."""
    seen = SearchDocuments(rows=2_000, canary=1)
    for number in range(1, 2_001):
        seen.missing.add(number)
    finding = judged("search_documents", seen)
    assert (
        "search: 2000 of 2000 contacts differ from PostgreSQL"
        " (numbers 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 1990 more)" == finding.summary
    )
    assert "search: contact 1 is not found by its address" == judged("search_finds", seen).summary
    assert Numbers(2_000, list(range(1, 11))) == seen.missing


def test_platform_without_contacts_has_nothing_to_find() -> None:
    """A search for nobody is not applicable, rather than a pass."""
    with pytest.raises(NotApplicable, match=r"^there is no contact to search for$"):
        judged("search_finds", SearchDocuments())


def test_surviving_index_is_left_as_it_is(look: Look) -> None:
    """Ensuring an index that exists changes nothing in it."""
    look.site.meilisearch.connect().index("contacts").update_settings({"stopWords": ["of"]})
    look.site.meilisearch.wait_idle()
    look.site.meilisearch.ensure_index(search.declared_index())
    seen = search_index.PROBE.observe(look).indexes["contacts"]
    assert (["of"], 40) == (seen.settings["stopWords"], seen.documents)

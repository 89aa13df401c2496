"""A proof on real servers: what is caught, missed, caught elsewhere or a false alarm is told so."""

from pathlib import Path

import pytest
from ours import OURS, our_runtime

from harness.core.errors import DrillError
from harness.core.proof import Aim, Outcome, Planted, Proof
from harness.core.verdict import Verdict
from harness.prove import Wanted, prove
from harness.prove.plant import Plant, by_sql
from harness.prove.workshop import Clone

DELETED = by_sql("DELETE FROM public.audit_log WHERE id = 17")


class Unseen:
    """Watches, and says nothing."""

    def phase(self, title: str) -> None:
        """Ignore it."""

    def planted(self, done: int, total: int, last: Planted) -> None:
        """Ignore it."""


def _broken(_: Clone) -> None:
    raise DrillError("it cannot be planted")


def _postgres(name: str, check: str = "", damage: object = DELETED, **more: object) -> Plant:
    return Plant(name, "postgres", check, damage, needs=("postgres",), **more)  # type: ignore[arg-type] # as given


PLANTS = {
    "caught": (_postgres("caught", "audit_log_complete"), Outcome.CAUGHT),
    "elsewhere": (_postgres("elsewhere", "table_rows"), Outcome.CAUGHT_ELSEWHERE),
    "missed": (_postgres("missed", "table_rows", by_sql("SELECT 1")), Outcome.MISSED),
    "too much": (
        _postgres(
            "too much",
            "audit_log_complete",
            by_sql("DELETE FROM public.audit_log WHERE id = 17", "DROP TABLE extra.notes"),
        ),
        Outcome.FALSE_ALARM,
    ),
    "near miss": (
        _postgres("near miss", damage=by_sql("ANALYZE"), aim=Aim.NEAR_MISS),
        Outcome.LET_PASS,
    ),
    "no near miss": (_postgres("no near miss", aim=Aim.NEAR_MISS), Outcome.FALSE_ALARM),
    "broken": (_postgres("broken", "table_rows", _broken), Outcome.BROKEN),
    "killed": (
        _postgres("killed", "table_rows", lambda clone: clone.site.service("postgres").kill()),
        Outcome.UNREAD,
    ),
}


@pytest.fixture(scope="module")
def proof(tmp_path_factory: pytest.TempPathFactory) -> Proof:
    """Plant them all, one after the other, in clones of one worker."""
    wanted = Wanted(
        "run",
        OURS,
        [plant for plant, _ in PLANTS.values()],
        ["audit_log_complete"],
        1,
        whole=False,
    )
    return prove(wanted, our_runtime("embedded"), tmp_path_factory.mktemp("prove"), Unseen())


@pytest.mark.parametrize("name", PLANTS)
def test_a_plant_comes_to_what_it_is(proof: Proof, name: str) -> None:
    """Each kind of outcome is told from the others, whatever was planted before."""
    found = {planted.name: planted for planted in proof.planted}
    assert PLANTS[name][1] is found[name].outcome


def test_what_was_found_is_told(proof: Proof) -> None:
    """The finding's own words, and for what went wrong the reason."""
    told = {planted.name: planted.told for planted in proof.planted}
    assert "audit_log: 1 of 310 owed rows lost (id 17)" == told["caught"]
    assert "audit_log_complete: audit_log: 1 of 310 owed rows lost (id 17)" == told["elsewhere"]
    assert "every check holds" == told["missed"]
    assert "it cannot be planted" == told["broken"]


def test_one_alarm_that_is_not_heard_fails_the_proof(proof: Proof) -> None:
    """The check that caught its failure and rang for more is not proven."""
    assert Verdict.FAIL is proof.verdict
    assert {"audit_log_complete": "postgres"} == proof.stores


def test_an_interrupted_proof_leaves_nothing(tmp_path: Path) -> None:
    """Whoever stops it is obeyed at once, and everything that was started is removed."""
    made: list[Path] = []

    def interrupt(clone: Clone) -> None:
        made.append(clone.site.directory)
        raise KeyboardInterrupt

    wanted = Wanted(
        "run", OURS, [_postgres("stopped", "table_rows", interrupt)], [], 1, whole=False
    )
    with pytest.raises(KeyboardInterrupt):
        prove(wanted, our_runtime("embedded"), tmp_path, Unseen())
    assert [False] == [path.exists() for path in made]

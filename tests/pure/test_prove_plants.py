"""The list of plants holds every check to a failure, and every kind of object to its ways to go."""

import fnmatch
from pathlib import Path

import pytest
from ours import CHECKS, OURS

from harness.core.errors import UsageError
from harness.core.ports import STORES
from harness.core.proof import Aim
from harness.observations.own_checks import OwnAnswers
from harness.platforms.made_open import plants
from harness.platforms.made_open.plants import catalog, server
from harness.platforms.made_open.plants.harness_view import READ_AFTER
from harness.probes import probes_of
from harness.probes.postgres_catalog import CATALOG_KINDS
from harness.prove import choose_plants
from harness.prove.blind_spots import BLIND_SPOTS
from harness.prove.plant import Plant

FAILURES = [p for p in plants.PLANTS if p.aim is Aim.FAILURE]

JUDGED_FROM_THE_HISTORY = {
    "disaster_proven": "what was done to the volumes is written down as it is done",
    "migration_keeps_rows": "what a migration changed is written down as it is seen",
    "next_backup": "what became of a backup is written down as it is taken",
    "restore_without_errors": "what a restore said is written down as it is said",
    "recovery_target_exact": "where the recovery went is written down; its rows are the ledger's",
    "stores_agree": "it compares moments of the ledger's rows, which other checks must read",
    "backup_age": "how old a backup was is written down as it is adopted",
    "rpo": "it counts the ledger's rows, which other checks must read",
}
"""Checks for which there is nothing of their own that could be left unread."""

LESS_THAN_ALL = {
    "owners": "an object always has an owner",
    "database": "there is always one, and another is another kind",
    "settings": "a setting that nobody made is the server's default",
    "tablespaces": "the platform has none of its own",
    "replication": "the platform has none, and a slot is only there or not",
    "builtins": "the system's own are neither made nor dropped",
    "security_labels": "the platform has no provider of labels",
}
"""Kinds of which nothing can be created or dropped, with the reason."""


def test_names_are_taken_once() -> None:
    """A plant is named in a list of blind spots and in every proof."""
    names = [plant.name for plant in plants.PLANTS]
    assert len(set(names)) == len(names)


def test_every_module_is_listed() -> None:
    """A file of plants that nobody plants would be a silence."""
    folder = Path(plants.__file__).parent
    there = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    assert there == {module.__name__.rpartition(".")[2] for module in plants.MODULES}


@pytest.mark.parametrize("plant", plants.PLANTS, ids=lambda plant: plant.name)
def test_a_plant_is_whole(plant: Plant) -> None:
    """It does something, to stores that there are, and names a check unless it is a near miss."""
    assert plant.damage or plant.tamper
    assert set(plant.needs) <= {*STORES, "platform"}
    assert bool(plant.needs) == bool(plant.damage)
    assert (plant.check in CHECKS) == (plant.aim is not Aim.NEAR_MISS)


def test_companions_are_checks() -> None:
    """A check that may fail with another is one that there is."""
    named = {companion for plant in plants.PLANTS for companion in plant.companions}
    assert [] == [name for name in sorted(named) if not fnmatch.filter(CHECKS, name)]


@pytest.mark.parametrize("check", CHECKS)
def test_a_failure_is_planted_for_every_check(check: str) -> None:
    """A check that nobody has heard may be dumb."""
    assert check in {plant.check for plant in FAILURES if plant.name not in BLIND_SPOTS}


@pytest.mark.parametrize("check", CHECKS)
def test_nothing_is_read_for_every_check(check: str) -> None:
    """What was not read is never passed."""
    unread = {plant.check for plant in plants.PLANTS if plant.aim is Aim.UNREAD}
    assert (check in unread) != (check in JUDGED_FROM_THE_HISTORY)


@pytest.mark.parametrize("kind", CATALOG_KINDS)
def test_every_kind_of_object_is_created_altered_and_dropped(kind: str) -> None:
    """A kind that the probes read and nobody plants is not known to be judged."""
    of = {**catalog.KINDS, **server.KINDS}[kind.replace("_", " ")]
    assert of.made or of.gone or of.other
    assert bool(of.made and of.gone and of.other) != (kind in LESS_THAN_ALL)


def test_every_observation_is_left_out_once() -> None:
    """Whatever the probes return, a check is known that needs it."""
    # What a scenario brings of its own checks is planted by nobody.
    ours = {probe.observation for probe in probes_of(OURS)} - {OwnAnswers}
    assert ours == set(READ_AFTER)


def test_the_breadth_is_kept() -> None:
    """At least 300 failures and 80 near misses."""
    assert len(FAILURES) >= 300
    assert sum(plant.aim is Aim.NEAR_MISS for plant in plants.PLANTS) >= 80


def test_blind_spots_are_of_plants() -> None:
    """What is declared blind is planted, so that seeing it is noticed."""
    assert set(BLIND_SPOTS) <= {plant.name for plant in plants.PLANTS}


def test_one_failure_a_check_is_chosen_quickly() -> None:
    """The quick choice has exactly one for each check."""
    chosen, checks = choose_plants(OURS, (), (), quick=True)
    assert list(CHECKS) == checks
    assert sorted(checks) == sorted(plant.check for plant in chosen)


def test_a_check_brings_its_own_plants() -> None:
    """A single check needs no near misses; a store brings them."""
    chosen, checks = choose_plants(OURS, ["schema_rules"], (), quick=False)
    assert ["schema_rules"] == checks
    assert {"schema_rules"} == {plant.check for plant in chosen}
    chosen, checks = choose_plants(OURS, (), ["redis"], quick=False)
    assert [check.id for check in CHECKS.values() if check.store == "redis"] == checks
    assert {"redis"} == {p.store for p in chosen if p.aim is Aim.NEAR_MISS}


def test_an_unknown_check_is_refused() -> None:
    """The valid ids are told, and the one that was meant."""
    with pytest.raises(UsageError, match=r"^--check: 'schema_rule' is unknown\n") as error:
        choose_plants(OURS, ["schema_rule"], (), quick=False)
    assert str(error.value.hint).startswith("Did you mean 'schema_rules'? Valid: ")
    with pytest.raises(UsageError, match=r"^--store: 'postgre' is unknown\n") as error:
        choose_plants(OURS, (), ["postgre"], quick=False)
    assert str(error.value.hint).startswith("Did you mean 'postgres'? Valid: postgres, nats, ")
    with pytest.raises(UsageError, match=r"^no check of redis is named schema_rules\n"):
        choose_plants(OURS, ["schema_rules"], ["redis"], quick=False)

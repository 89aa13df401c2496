"""Which plants a proof makes: all of them, those for some checks or stores, or one a check."""

from collections.abc import Sequence

from harness.checks import checks_of
from harness.core.errors import UsageError
from harness.core.platform import Platform
from harness.core.ports import STORES
from harness.core.proof import Aim
from harness.platform import own_code
from harness.prove.blind_spots import BLIND_SPOTS
from harness.prove.plant import Plant
from harness.scenario.problem import suggestion

_STORES = (*STORES, "platform")


def choose_plants(
    platform: Platform, checks: Sequence[str], stores: Sequence[str], *, quick: bool
) -> tuple[list[Plant], list[str]]:
    """Return a platform's plants and the checks they prove; `quick` keeps one failure a check.

    Near misses come along where no single check is asked for.
    Raises: UsageError: there is no such check or store.
    """
    every = own_code.brought(platform, "plants", "PLANTS", Plant)
    known = checks_of(platform)
    if not platform.is_ours:
        # Whoever brings plants proves what they are for; the others are proven on ours.
        planted = {plant.check for plant in every}
        known = {id_: check for id_, check in known.items() if id_ in planted}
    _require("--check", checks, tuple(known))
    _require("--store", stores, _STORES)
    wanted = [
        check.id
        for check in known.values()
        if (not checks or check.id in checks) and (not stores or check.store in stores)
    ]
    if not wanted:
        raise UsageError(
            f"no check of {', '.join(stores)} is named {', '.join(checks)}",
            "Leave out --store; a check's id says enough.",
        )
    plants = [
        plant
        for plant in every
        if plant.check in wanted
        or (plant.aim is Aim.NEAR_MISS and not checks and (not stores or plant.store in stores))
    ]
    return (_one_a_check(plants) if quick else plants), wanted


def _require(option: str, given: Sequence[str], valid: tuple[str, ...]) -> None:
    for name in given:
        if name not in valid:
            raise UsageError(f"{option}: '{name}' is unknown", suggestion(name, valid))


def _one_a_check(plants: Sequence[Plant]) -> list[Plant]:
    """Keep of each check the first failure that must be caught."""
    first: dict[str, Plant] = {}
    for plant in plants:
        if plant.aim is Aim.FAILURE and plant.name not in BLIND_SPOTS:
            first.setdefault(plant.check, plant)
    return list(first.values())

"""The hub: down, silent, or telling that something else is."""

from collections.abc import Iterator

from harness.prove.plant import Plant
from harness.prove.workshop import Clone


def _stopped(*stores: str) -> Plant:
    def stop(clone: Clone) -> None:
        for store in stores:
            clone.site.service(store).kill()

    return Plant(
        f"hub: {' and '.join(stores)} killed",
        "hub",
        "hub_healthy",
        stop,
        # What cannot be read any more is UNVERIFIED; the hub says which it is.
        companions=("*",),
        needs=("hub",),
    )


def _plants() -> Iterator[Plant]:
    for store in ("hub", "redis", "nats", "postgres"):
        yield _stopped(store)


PLANTS = list(_plants())

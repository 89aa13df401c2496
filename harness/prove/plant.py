"""What a plant is: a damage to a clone of the restored platform, or to what the harness sees."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from harness.core.case import Case
from harness.core.proof import Aim
from harness.prove.workshop import Clone
from harness.stores.postgres import Connection

Damage = Callable[[Clone], object]
Tamper = Callable[[Case], Case]


@dataclass(frozen=True, slots=True)
class Plant:
    """One failure that `check` must catch, or with no check a near miss that nothing may.

    `damage` is done to a clone in which the stores in `needs` run; `tamper` to the case before it
    is judged. `companions` name further checks that may rightly fail with it; a trailing `*`
    stands for any ending.
    """

    name: str
    store: str
    check: str = ""
    damage: Damage | None = None
    tamper: Tamper | None = None
    companions: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    aim: Aim = Aim.FAILURE

    def allows(self, check: str) -> bool:
        """Tell whether this check may fail when this plant is judged."""
        return check == self.check or any(
            check.startswith(name[:-1]) if name.endswith("*") else check == name
            for name in self.companions
        )


def by_sql(*statements: str) -> Damage:
    """Return a damage done by the database's owner, triggers and foreign keys put aside."""

    def inflict(clone: Clone) -> None:
        with clone.site.postgres.connect() as connection:
            connection.execute("SET session_replication_role = replica")
            for statement in statements:
                execute(connection, statement)

    return inflict


def execute(connection: Connection, statement: str) -> None:
    """Run one of this package's own statements, which are no input."""
    connection.execute(statement.encode())


def near_misses(
    store: str,
    plants: Iterable[tuple[str, Damage]],
    *needs: str,
    companions: tuple[str, ...] = (),
) -> list[Plant]:
    """Return plants that nothing may catch but their companions."""
    return [
        Plant(
            name,
            store,
            damage=damage,
            companions=companions,
            needs=needs or (store,),
            aim=Aim.NEAR_MISS,
        )
        for name, damage in plants
    ]

"""Open every credential with the key in the hub's volume, and compare it with what was sealed."""

from harness.core.ledger import Attempt, Outcome
from harness.kinds import Look, Probe
from harness.platforms.made_open import vault
from harness.platforms.made_open.observations import Credentials
from harness.platforms.made_open.rows import CREDENTIALS


def observe(look: Look) -> Credentials:
    """Open the credentials that PostgreSQL holds; those it lost are for the ledger to name."""
    try:
        key = look.site.service("hub").volume.read(vault.KEY_FILE)
    except FileNotFoundError:
        key = None
    known = [a for a in look.ledger.of(CREDENTIALS.table) if a.outcome is not Outcome.REFUSED]
    unopened: list[int] = []
    wrong: list[int] = []
    tried = 0
    with look.site.postgres.connect() as connection:
        held = connection.execute(
            "SELECT id, sealed FROM vault.credentials WHERE id IS NOT NULL ORDER BY id"
        )
        for found, sealed in held:
            number = int(str(found))
            if not _is_known(known, number):
                continue
            tried += 1
            secret = None if key is None else vault.unseal(key, str(sealed))
            if secret is None:
                unopened.append(number)
            elif secret != vault.plaintext(look.ledger.random, number):
                wrong.append(number)
    return Credentials(key is not None, tried, unopened, wrong)


def _is_known(attempts: list[Attempt], number: int) -> bool:
    return any(attempt.first <= number <= attempt.last for attempt in attempts)


PROBE = Probe(
    id="credentials",
    store="postgres",
    observation=Credentials,
    at_backup=False,
    observe=observe,
)

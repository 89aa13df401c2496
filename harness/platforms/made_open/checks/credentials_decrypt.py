"""Check that every credential still opens to the secret that was sealed."""

from harness.checks._accounts import require_none_to_look_at
from harness.core.case import Case, NotApplicable
from harness.core.check import Check
from harness.core.finding import EXAMPLES_AT_MOST, Finding, named
from harness.platforms.made_open.observations import Credentials
from harness.platforms.made_open.rows import CREDENTIALS


def _judge(check: Check, case: Case) -> Finding:
    if not any(case.ledger.of(CREDENTIALS.table)):
        raise NotApplicable("this drill writes no credentials")
    seen = case.after[Credentials]
    if not seen.tried:
        require_none_to_look_at(case, CREDENTIALS.table)
        raise NotApplicable("no credential is present; credentials_rows says whether that is right")
    bad = [str(number) for number in sorted({*seen.unopened, *seen.wrong})]
    counts = {"tried": seen.tried, "unopened": len(seen.unopened), "wrong": len(seen.wrong)}
    if not bad:
        return check.passed(
            f"credentials: all {seen.tried} open to their own secrets", counts=counts
        )
    problems = [
        f"{len(numbers)} of {seen.tried} {what}"
        + named("id" if len(numbers) == 1 else "ids", [str(number) for number in numbers])
        for numbers, what in (
            (seen.unopened, "do not open"),
            (seen.wrong, "open to another secret"),
        )
        if numbers
    ]
    return check.failed(
        "credentials: " + "; ".join(problems),
        expected=f"the key in the hub's volume opens all {seen.tried}",
        actual="; ".join(problems) if seen.key_present else "there is no key in the hub's volume",
        examples=tuple(bad[:EXAMPLES_AT_MOST]),
        counts=counts,
        cause=(
            "the sealed rows are not those that were written"
            if seen.key_present and len(bad) < seen.tried
            else "the key lives outside the database, and was not restored with it"
        ),
        next_step="restore the key that was in use when the credentials were sealed",
    )


CHECKS = (
    Check(
        "credentials_decrypt",
        "postgres",
        "a key that was not restored with the rows",
        _judge,
    ),
)

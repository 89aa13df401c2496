"""What evidence says, put in the order in which a reader needs it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from harness.checks._accounts import accounts_of
from harness.core.errors import Unread
from harness.core.evidence import Evidence
from harness.core.finding import Finding
from harness.core.history import store_of
from harness.core.judgement import Measured
from harness.core.ports import STORES
from harness.core.verdict import Verdict
from harness.platform.accounting import Account
from harness.report.rejudge import case_of
from harness.report.wording import ACCEPTED, count, duration, objective


@dataclass(frozen=True, slots=True)
class Gap:
    """Checks of one store that could not be made for one reason; `accepted` is what the person
    who accepted the gap gave as theirs, empty when nobody did.
    """

    store: str
    reason: str
    checks: tuple[str, ...]
    accepted: str = ""


@dataclass(frozen=True, slots=True)
class Overview:
    """Evidence sorted by urgency.

    `failed` surprised; `foreseen` are the failures the scenario expects, and `uncaught` the ids of
    those that did not come. `accounts` holds the ledger tables whose store was read, `unaccounted`
    maps the others to the reason.
    """

    evidence: Evidence
    failed: tuple[Finding, ...]
    foreseen: tuple[Finding, ...]
    uncaught: tuple[str, ...]
    unverified: tuple[Gap, ...]
    accepted: tuple[Gap, ...]
    accounts: tuple[Account, ...]
    unaccounted: dict[str, str]

    @property
    def owed_rows(self) -> int:
        """How many acknowledged rows no restore excuses the loss of, in every table."""
        ledger, history = self.evidence.ledger, self.evidence.history
        return sum(a.rows for table in ledger.tables() for a in history.owed(ledger, table))

    @property
    def lost_rows(self) -> int | None:
        """How many owed rows are gone; None when a table that owes rows was not read."""
        if self.unaccounted:
            return None
        return sum(lost(account) for account in self.accounts)

    @property
    def rto(self) -> Measured | None:
        """The measured recovery time, if anything was struck."""
        return next((m for m in self.evidence.judgement.measured if m.name == "RTO"), None)

    @property
    def rpo(self) -> tuple[Measured, ...]:
        """The measured loss of each store that was struck."""
        return tuple(m for m in self.evidence.judgement.measured if m.name == "RPO")

    @property
    def checks_failed(self) -> str:
        """`3 of 52 checks failed`, and how many could not be made."""
        findings = self.evidence.judgement.findings
        if not findings:
            return "no check was made"
        failed = len(self.failed) + len(self.foreseen)
        said = f"{failed} of {count(len(findings), 'check')} failed"
        for gaps, what in ((self.unverified, "unverified"), (self.accepted, "in accepted gaps")):
            if gaps:
                said += f", {sum(len(gap.checks) for gap in gaps)} {what}"
        return said

    @property
    def headline(self) -> str:
        """What came back, how fast, what was lost and what the checks said, in one sentence."""
        if self.rto is None:
            return f"Nothing was destroyed and restored; {self.checks_failed}."
        return f"{self._restored(self.rto)}; {self._lost()}; {self.checks_failed}."

    def _restored(self, rto: Measured) -> str:
        wanted = f"(RTO {_set(rto)})"
        lost_rows = self.lost_rows
        if lost_rows is None:
            back = "Back"
        else:
            owed = self.owed_rows
            back = f"Restored {owed - lost_rows:,} of {count(owed, 'owed row')}"
        if rto.seconds is None:
            return f"{back}, in a time that was not measured {wanted}"
        return f"{back} in {duration(rto.seconds)} {wanted}"

    def _lost(self) -> str:
        if self.lost_rows is None:
            stores = " and ".join(self.unaccounted)
            owed = count(self.owed_rows, "owed row")
            return f"how many of {owed} were lost is unknown, as {stores} could not be read"
        asked = {measured.store: _set(measured) for measured in self.rpo}
        said = ", ".join(f"{store} {wanted}" for store, wanted in asked.items())
        if len(set(asked.values())) == 1:
            said = next(iter(asked.values()))
        return f"lost {count(self.lost_rows, 'owed row')}" + (f" (RPO {said})" if said else "")


def overview(evidence: Evidence) -> Overview:
    """Sort the evidence; reads nothing else."""
    judgement = evidence.judgement
    expected = evidence.scenario.expectation.fail
    failures = [f for f in judgement.findings if f.verdict is Verdict.FAIL]
    open_gaps = [f for f in judgement.findings if f.verdict is Verdict.UNVERIFIED]
    silent = set(expected) - {finding.check for finding in (*failures, *open_gaps)}
    accounts, unaccounted = _accounts(evidence)
    return Overview(
        evidence=evidence,
        failed=tuple(f for f in failures if f.check not in expected),
        foreseen=tuple(f for f in failures if f.check in expected),
        uncaught=() if evidence.failure else tuple(sorted(silent)),
        unverified=_gaps(f for f in open_gaps if judgement.standing(f) != ACCEPTED),
        accepted=_gaps(
            (f for f in open_gaps if judgement.standing(f) == ACCEPTED), judgement.accepted
        ),
        accounts=accounts,
        unaccounted=unaccounted,
    )


def lost(account: Account) -> int:
    """Return how many owed rows are gone."""
    return len(account.lost)


def by_store(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    """Return findings by store, `platform` first, then the stores in the guide's order."""
    grouped: dict[str, list[Finding]] = {store: [] for store in ("platform", *STORES)}
    for finding in findings:
        grouped.setdefault(finding.store, []).append(finding)
    return {store: found for store, found in grouped.items() if found}


def _gaps(
    findings: Iterable[Finding], accepted: Mapping[str, str] | None = None
) -> tuple[Gap, ...]:
    grouped: dict[tuple[str, str], list[str]] = {}
    for finding in findings:
        grouped.setdefault((finding.store, finding.summary), []).append(finding.check)
    return tuple(
        Gap(store, reason, tuple(checks), (accepted or {}).get(store, ""))
        for (store, reason), checks in grouped.items()
    )


def _accounts(evidence: Evidence) -> tuple[tuple[Account, ...], dict[str, str]]:
    case = case_of(evidence)
    accounts: list[Account] = []
    unaccounted: dict[str, str] = {}
    for store in dict.fromkeys(store_of(table) for table in evidence.ledger.tables()):
        try:
            accounts += accounts_of(case, store)
        except Unread as reason:
            unaccounted[store] = str(reason)
    return tuple(accounts), unaccounted


def _set(measured: Measured) -> str:
    return objective(measured.objective_seconds)

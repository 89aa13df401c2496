"""What evidence says, put in the order in which a reader needs it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from harness.checks import accounts_of
from harness.core.errors import Unread
from harness.core.evidence import Evidence
from harness.core.finding import Finding
from harness.core.history import store_of
from harness.core.judgement import Expectation, Judgement, Measured
from harness.core.own_check import PREFIX
from harness.core.ports import STORES
from harness.core.verdict import Verdict
from harness.platform.accounting import Account
from harness.report.causes import Cause, causes
from harness.report.rejudge import Rejudged, case_of
from harness.report.wording import ACCEPTED, EXPECTED, count, duration, objective

OWN = "own"
"""Stands where a store does, for the checks that the scenario brings."""

STREAM_MESSAGES = "stream_messages"
"""The check whose finding counts the messages of every stream."""


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
    """Evidence that was judged again, sorted by urgency.

    `contradictions` are where the file said otherwise than its evidence does when it is judged
    again, and `remarks` what its age explains. `failed` surprised; `foreseen` are the failures
    that the scenario expects, and `uncaught` the ids of those that did not come. Either kind stands
    under its `causes`, or is `unexplained`. `accounts` holds
    the ledger tables whose store was read, `unaccounted` maps the others to the reason.
    """

    evidence: Evidence
    contradictions: tuple[str, ...]
    remarks: tuple[str, ...]
    failed: tuple[Finding, ...]
    causes: tuple[Cause, ...]
    unexplained: tuple[Finding, ...]
    foreseen: tuple[Finding, ...]
    foreseen_causes: tuple[Cause, ...]
    foreseen_unexplained: tuple[Finding, ...]
    uncaught: tuple[str, ...]
    unverified: tuple[Gap, ...]
    accepted: tuple[Gap, ...]
    accounts: tuple[Account, ...]
    unaccounted: dict[str, str]

    @property
    def judgement(self) -> Judgement:
        """What this release concludes from the evidence."""
        return self.evidence.judgement

    @property
    def owed_rows(self) -> int:
        """How many acknowledged rows no restore excuses the loss of, in every table and stream."""
        ledger, history = self.evidence.ledger, self.evidence.history
        rows = {t: sum(a.rows for a in history.owed(ledger, t)) for t in ledger.tables()}
        events = sum(owed for table, owed in rows.items() if store_of(table) == "nats")
        return sum(rows.values()) + self._beside_ledger("owed", events)

    @property
    def lost_rows(self) -> int | None:
        """How many owed rows are gone; None when a table that owes rows was not read."""
        return None if self.unaccounted else self.lost_where_read

    @property
    def gone_rows(self) -> int:
        """How many rows at risk are gone, of the tables that were read."""
        return sum(len(account.gone) for account in self.accounts)

    def _beside_ledger(self, kind: str, of_ledger: int) -> int:
        """How many messages are `owed` or `lost` in streams that the ledger does not follow."""
        findings = (*self.judgement.findings, *self.judgement.waived)
        counted = sum(f.counts.get(kind, 0) for f in findings if f.check == STREAM_MESSAGES)
        return max(0, counted - of_ledger)

    @property
    def lost_where_read(self) -> int:
        """How many owed rows are gone, of the tables that were read."""
        return sum(self.lost_by_store.values())

    @property
    def lost_by_store(self) -> Counter[str]:
        """How many owed rows are gone of each store, of the tables that were read."""
        gone = Counter[str]()
        for account in self.accounts:
            gone[store_of(account.table)] += lost(account)
        gone["nats"] += self._beside_ledger("lost", gone["nats"])
        return gone

    @property
    def rto(self) -> Measured | None:
        """The measured recovery time, if anything was struck."""
        return next((m for m in self.judgement.measured if m.name == "RTO"), None)

    @property
    def rpo(self) -> tuple[Measured, ...]:
        """The measured loss of each store that was struck."""
        return tuple(m for m in self.judgement.measured if m.name == "RPO")

    @property
    def checks_failed(self) -> str:
        """`3 of 52 checks failed`, and how many could not be made."""
        findings = self.judgement.findings
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
        """How many acknowledged rows are gone, what came back and how fast, and what the checks
        said, in one sentence.
        """
        said = [self.evidence.spoiled] if self._is_spoiled else []
        said.append(self.rows_gone)
        if self.judgement.measured or self.evidence.history.restorations:
            said.append(self._restored())
        return "; ".join([*said, f"{self.checks_failed}."])

    @property
    def _is_spoiled(self) -> bool:
        return bool(self.evidence.spoiled) and self.judgement.verdict is Verdict.UNVERIFIED

    @property
    def rows_gone(self) -> str:
        """The first thing anyone reads: acknowledged rows that are gone, owed and at risk."""
        if self.evidence.platform.is_adopted:
            return self._compared
        owed = self.lost_where_read
        at_risk = self.gone_rows
        known = f"{owed:,} owed and {at_risk:,} at risk{self._within()}"
        if self.unaccounted:
            stores = " and ".join(self.unaccounted)
            if not owed and not at_risk:
                return f"how many acknowledged rows are gone is unknown: {stores} could not be read"
            total = count(owed + at_risk, "acknowledged row")
            return f"at least {total} are gone, {known}; {stores} could not be read"
        if owed or at_risk:
            verb = "is" if owed + at_risk == 1 else "are"
            return f"{count(owed + at_risk, 'acknowledged row')} {verb} gone, {known}"
        if not self.evidence.ledger.attempts:
            return "no row was written"
        return "0 acknowledged rows are gone"

    @property
    def _compared(self) -> str:
        """What came of comparing an adopted backup with its manifest."""
        found = next((f for f in self.judgement.findings if f.check == "table_rows"), None)
        if found is None or found.verdict is Verdict.UNVERIFIED:
            return found.summary if found else "contents not compared"
        rows = count(found.counts.get("rows", 0), "row")
        if found.verdict is Verdict.PASS:
            return f"{rows} came back as the manifest saw them"
        gone = found.counts.get("lost", 0)
        tables = count(found.counts.get("differing", 0), "table")
        verb = "differs" if found.counts.get("differing") == 1 else "differ"
        return f"at least {gone:,} of {rows} are gone; {tables} {verb}"

    def _within(self) -> str:
        """Say whether the rows at risk that are gone lie within what the objectives allow."""
        if not self.gone_rows:
            return ""
        standings = {m.standing for m in self.rpo if m.rows}
        if Verdict.FAIL.value in standings:
            return " (RPO missed)"
        return " (within the RPO)" if standings == {Verdict.PASS.value} else " (RPO not judged)"

    def _restored(self) -> str:
        if self.evidence.platform.is_adopted:
            took = sum(
                r.ended_seconds - r.begun_seconds for r in self.evidence.history.restorations
            )
            return f"restored in {duration(took)}"
        lost_rows, rto = self.lost_rows, self.rto
        if lost_rows is None:
            back = "back"
        else:
            owed = self.owed_rows
            back = f"restored {max(0, owed - lost_rows):,} of {count(owed, 'owed row')}"
        if rto is None:
            return back
        wanted = f"(RTO {_set(rto)})"
        if rto.seconds is None:
            return f"{back}, in a time that was not measured {wanted}"
        return f"{back} in {duration(rto.seconds)} {wanted}"


def overview(judged: Rejudged) -> Overview:
    """Sort evidence that was judged again; reads nothing else."""
    evidence, judgement = judged.evidence, judged.evidence.judgement
    expected = evidence.scenario.expectation.fail
    failures = [f for f in judgement.findings if f.verdict is Verdict.FAIL]
    open_gaps = [f for f in judgement.findings if f.verdict is Verdict.UNVERIFIED]
    silent = set(expected) - {finding.check for finding in (*failures, *open_gaps)}
    accounts, unaccounted = _accounts(judged)
    failed = tuple(f for f in failures if f.check not in expected)
    foreseen = tuple(f for f in failures if f.check in expected)
    explained, unexplained = causes(evidence, accounts, failed)
    foreseen_causes, foreseen_unexplained = causes(evidence, accounts, foreseen)
    return Overview(
        evidence=evidence,
        contradictions=judged.contradictions,
        remarks=judged.remarks,
        failed=failed,
        causes=explained,
        unexplained=unexplained,
        foreseen=foreseen,
        foreseen_causes=foreseen_causes,
        foreseen_unexplained=foreseen_unexplained,
        # What was not judged kept its failures to itself.
        uncaught=tuple(sorted(silent)) if judgement.verdict is Verdict.FAIL else (),
        unverified=_gaps(f for f in open_gaps if judgement.standing(f) != ACCEPTED),
        accepted=_gaps(
            (f for f in open_gaps if judgement.standing(f) == ACCEPTED), judgement.accepted
        ),
        accounts=accounts,
        unaccounted=unaccounted,
    )


def standing(judgement: Judgement, expectation: Expectation, finding: Finding) -> str:
    """Return the word that a finding stands by: of a failure that the scenario expects, and of the
    size that it expects, EXPECTED.
    """
    if finding.verdict is not Verdict.FAIL or finding.check not in expectation.fail:
        return judgement.standing(finding)
    sizes = expectation.sizes.get(finding.check, {})
    met = (a <= finding.counts.get(name, -1) <= b for name, (a, b) in sizes.items())
    return EXPECTED if all(met) else finding.verdict.value


def lost(account: Account) -> int:
    """Return how many owed rows are gone."""
    return len(account.lost)


def by_store(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    """Return findings by store, `platform` first, then the stores in the guide's order, and last
    those of the scenario's own checks.
    """
    grouped: dict[str, list[Finding]] = {store: [] for store in ("platform", *STORES)}
    for finding in findings:
        group = OWN if finding.check.startswith(PREFIX) else finding.store
        grouped.setdefault(group, []).append(finding)
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


def _accounts(judged: Rejudged) -> tuple[tuple[Account, ...], dict[str, str]]:
    evidence = judged.evidence
    case = judged.case or case_of(evidence)
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

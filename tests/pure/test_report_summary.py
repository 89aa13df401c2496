"""A drill's outcome in a few lines says what a person must know, and nothing a shell would run."""

from dataclasses import replace

import evidence_samples
from evidence_samples import judged

from harness.report.summary import lines

MEASURED = (
    "full-platform-restore: 350 acknowledged rows are gone, 0 owed and 350 at risk (within the"
    " RPO); restored 17,050 of 17,050 owed rows in 4.2 s (RTO 2m)"
)


NEXT = "NEXT run the failing command by hand; its whole output is in the timeline"
NEXT_ERROR = "NEXT restore into what the backup needs, and have it stop at the first error"
PASSED_OVER = (
    "the restore of postgres went on after 200 errors, the first: psql:backup.sql:41: ERROR: role"
    " <script>alert('…')</script>&amp; does not exist"
)
WAIVED = "WAIVED amcheck, which says PASS: indexes: all are sound"


def test_a_clean_drill_takes_two_lines() -> None:
    """A drill that passed says first what is gone, then what came back and how fast."""
    assert [
        f"{MEASURED}; 0 of 16 checks failed.",
        "All 16 checks made hold.",
        WAIVED,
    ] == lines(judged(evidence_samples.clean()))


def test_failures_are_listed() -> None:
    """Every failed check is named with what it found, in one line each."""
    assert [
        (
            "full-platform-restore: 353 acknowledged rows are gone, 3 owed and 350 at risk (within"
            " the RPO); restored 17,047 of 17,050 owed rows in 4.2 s (RTO 2m); 3 of 16 checks"
            " failed."
        ),
        "3 of 16 checks failed (namely audit_log_complete, row_security, consumers).",
        (
            f"CAUSE step 'restore nightly' failed for nats: tar: {evidence_samples.NASTY};"
            " 1 check failed for it"
        ),
        NEXT,
        "FAIL consumers: consumers: 1 of 2 lost (billing)",
        f"CAUSE {PASSED_OVER}; 2 checks failed for it",
        NEXT_ERROR,
        "FAIL audit_log_complete: audit_log: 3 of 10000 owed rows lost (ids 17, 4711, 9999)",
        f"FAIL row_security: tenants: 1 of 2 sees foreign rows (policy {evidence_samples.NASTY})",
        WAIVED,
    ] == lines(judged(evidence_samples.failing()))


def test_a_gap_is_listed_once() -> None:
    """Checks that could not be made for one reason share a line."""
    assert [
        f"{MEASURED}; 0 of 16 checks failed, 2 unverified.",
        (
            "Nothing failed, but 2 of 16 checks could not be made (namely search_documents,"
            " search_settings)."
        ),
        "UNVERIFIED meilisearch, 2 checks not made: no program named meilisearch was found",
        WAIVED,
    ] == lines(judged(evidence_samples.unverified()))


def test_an_accepted_gap_stays_visible() -> None:
    """A gap that a person accepted is shown with the reason given."""
    assert [
        f"{MEASURED}; 0 of 16 checks failed, 2 in accepted gaps.",
        "All 14 checks made hold.",
        WAIVED,
        (
            "ACCEPTED meilisearch, 2 checks not made: no program named meilisearch was found;"
            " not part of this run: no build of it for this machine"
        ),
    ] == lines(judged(evidence_samples.accepted()))


def test_a_drill_that_was_not_played_claims_nothing() -> None:
    """A drill that broke off says so, and gives no figures."""
    assert [
        "full-platform-restore: No row was written; no check was made.",
        "The drill was not played to its end: nats stopped.",
    ] == lines(judged(evidence_samples.broken()))


def test_a_planted_failure_nobody_caught_is_listed_first() -> None:
    """A check that had to fail and held is a failure; one that failed as foreseen is not."""
    assert [
        "FAIL sequences: had to fail, but held",
        (
            f"CAUSE step 'restore nightly' failed for nats: tar: {evidence_samples.NASTY};"
            " 1 check failed for it"
        ),
        NEXT,
        "FAIL consumers: consumers: 1 of 2 lost (billing)",
        f"CAUSE {PASSED_OVER}; 1 check failed for it",
        NEXT_ERROR,
        f"FAIL row_security: tenants: 1 of 2 sees foreign rows (policy {evidence_samples.NASTY})",
        WAIVED,
    ] == lines(judged(evidence_samples.planted()))[2:]


def test_unread_rows_are_not_called_restored() -> None:
    """Where a store could not be read, what is known of the others is the least."""
    evidence = evidence_samples.clean()
    seen = {probe: found for probe, found in evidence.after.seen.items() if probe != "ledger_rows"}
    assert (
        "full-platform-restore: At least 100 acknowledged rows are gone, 0 owed and 100 at risk"
        " (within the RPO); postgres could not be read; back in 4.2 s (RTO 2m); 0 of 16 checks"
        " failed."
    ) == lines(judged(replace(evidence, after=replace(evidence.after, seen=seen))))[0]


def test_one_cause_has_one_line_and_its_first_consequences() -> None:
    """What follows from one event is told under it, the first five by name."""
    evidence = evidence_samples.failing()
    failed = next(f for f in evidence.judgement.findings if f.check == "consumers")
    findings = tuple(replace(failed, check=f"check_{n}") for n in range(7))
    flood = replace(evidence, judgement=replace(evidence.judgement, findings=findings))
    told = lines(judged(flood))[2:]
    assert told[0].endswith("; 7 checks failed for it")
    assert [f"FAIL check_{n}: consumers: 1 of 2 lost (billing)" for n in range(5)] == told[2:7]
    assert "FAIL and 2 more checks for the same cause" == told[7]


def test_many_failures_are_cut_short() -> None:
    """A flood of failures is counted after the twentieth."""
    evidence = evidence_samples.failing()
    failed = next(f for f in evidence.judgement.findings if f.check == "row_security")
    findings = tuple(replace(failed, check=f"check_{n}") for n in range(30))
    quiet = [replace(r, said="") for r in evidence.history.restorations]
    history = replace(evidence.history, restorations=quiet)
    judgement = replace(evidence.judgement, findings=findings)
    flood = replace(evidence, history=history, judgement=judgement)
    assert [
        f"FAIL check_19: tenants: 1 of 2 sees foreign rows (policy {evidence_samples.NASTY})",
        "and 10 more failures",
        f"NEXT read pg_policies for {evidence_samples.LONG}",
        WAIVED,
    ] == lines(judged(flood))[-4:]

"""A drill's outcome in a few lines says what a person must know, and nothing a shell would run."""

from dataclasses import replace

import evidence_samples

from harness.report.summary import lines, markdown

MEASURED = "Restored 17,050 of 17,050 owed rows in 4.2 s (RTO 2m); lost 0 owed rows (RPO 24h)"


def test_a_clean_drill_takes_two_lines() -> None:
    """A drill that passed says what came back, how fast, and against which objectives."""
    assert [
        "full-platform-restore: All 16 checks made hold.",
        f"{MEASURED}; 0 of 16 checks failed.",
    ] == lines(evidence_samples.clean())


def test_failures_are_listed() -> None:
    """Every failed check is named with what it found, in one line each."""
    assert [
        (
            "full-platform-restore: 3 of 16 checks failed (namely audit_log_complete, row_security,"
            " consumers)."
        ),
        (
            "Restored 17,047 of 17,050 owed rows in 4.2 s (RTO 2m); lost 3 owed rows (RPO 24h);"
            " 3 of 16 checks failed."
        ),
        "FAIL audit_log_complete: audit_log: 3 of 10000 owed rows lost (ids 17, 4711, 9999)",
        f"FAIL row_security: tenants: 1 of 2 sees foreign rows (policy {evidence_samples.NASTY})",
        "FAIL consumers: consumers: 1 of 2 lost (billing)",
    ] == lines(evidence_samples.failing())


def test_a_gap_is_listed_once() -> None:
    """Checks that could not be made for one reason share a line."""
    assert [
        (
            "full-platform-restore: Nothing failed, but 2 of 16 checks could not be made (namely"
            " search_documents, search_settings)."
        ),
        f"{MEASURED}; 0 of 16 checks failed, 2 unverified.",
        "UNVERIFIED meilisearch, 2 checks not made: no program named meilisearch was found",
    ] == lines(evidence_samples.unverified())


def test_an_accepted_gap_stays_visible() -> None:
    """A gap that a person accepted is shown with the reason given."""
    assert [
        "full-platform-restore: All 14 checks made hold.",
        f"{MEASURED}; 0 of 16 checks failed, 2 in accepted gaps.",
        (
            "ACCEPTED meilisearch, 2 checks not made: no program named meilisearch was found;"
            " not part of this run: no build of it for this machine"
        ),
    ] == lines(evidence_samples.accepted())


def test_a_drill_that_was_not_played_claims_nothing() -> None:
    """A drill that broke off says so, and gives no figures."""
    assert [
        "full-platform-restore: The drill was not played to its end: nats stopped.",
        "Nothing was destroyed and restored; no check was made.",
    ] == lines(evidence_samples.broken())


def test_a_planted_failure_nobody_caught_is_listed_first() -> None:
    """A check that had to fail and held is a failure; one that failed as foreseen is not."""
    assert [
        "FAIL sequences: had to fail, but held",
        f"FAIL row_security: tenants: 1 of 2 sees foreign rows (policy {evidence_samples.NASTY})",
        "FAIL consumers: consumers: 1 of 2 lost (billing)",
    ] == lines(evidence_samples.planted())[2:]


def test_unread_rows_are_not_called_restored() -> None:
    """Where a store could not be read, how many of its rows are lost is unknown."""
    evidence = evidence_samples.clean()
    seen = {probe: found for probe, found in evidence.after.seen.items() if probe != "ledger_rows"}
    assert (
        "Back in 4.2 s (RTO 2m); how many of 17,050 owed rows were lost is unknown, as postgres"
        " could not be read; 0 of 16 checks failed."
    ) == lines(replace(evidence, after=replace(evidence.after, seen=seen)))[1]


def test_many_failures_are_cut_short() -> None:
    """A flood of failures is counted after the twentieth."""
    evidence = evidence_samples.failing()
    failed = next(f for f in evidence.judgement.findings if f.check == "consumers")
    findings = tuple(replace(failed, check=f"check_{n}") for n in range(30))
    flood = replace(evidence, judgement=replace(evidence.judgement, findings=findings))
    assert [
        "FAIL check_19: consumers: 1 of 2 lost (billing)",
        "and 10 more failures",
    ] == lines(flood)[-2:]


def test_markdown_shows_text_as_it_is() -> None:
    """Nothing that came out of a store is markup in a step summary."""
    assert (
        "### ✗ FAIL: A drill that fails &lt;script&gt;alert('\"drill\"')&lt;/script&gt;&amp;amp;\n"
        "\n"
        "3 of 16 checks failed (namely audit\\_log\\_complete, row\\_security, consumers)."
        " Restored 17,047 of 17,050 owed rows in 4.2 s (RTO 2m); lost 3 owed rows (RPO 24h);"
        " 3 of 16 checks failed.\n"
        "\n"
        "- **FAIL** audit\\_log\\_complete: audit\\_log: 3 of 10000 owed rows lost"
        " (ids 17, 4711, 9999)\n"
        "- **FAIL** row\\_security: tenants: 1 of 2 sees foreign rows (policy"
        " &lt;script&gt;alert('\"drill\"')&lt;/script&gt;&amp;amp;)\n"
        "- **FAIL** consumers: consumers: 1 of 2 lost (billing)\n"
    ) == markdown(evidence_samples.failing())

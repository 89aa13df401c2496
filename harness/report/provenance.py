"""Where a drill ran and where its evidence comes from, as tables."""

from harness.core.evidence import Evidence
from harness.report.tables import Kind, Table, columns


def servers(evidence: Evidence) -> Table:
    """Return each server's true name, version and digest."""
    return Table(
        "Servers",
        columns(
            store=Kind.HEADING,
            product=Kind.TEXT,
            version=Kind.TEXT,
            origin=Kind.CODE,
            digest=Kind.CODE,
        ),
        tuple(
            (server.store, server.product, server.version, server.origin, server.digest)
            for server in evidence.runtime.servers
        ),
        "No server ran.",
    )


def run(evidence: Evidence) -> Table:
    """Return which run this was, and on what."""
    told = evidence.run
    return _facts(
        "Run",
        {
            "Run": told.run_id,
            "Drill": told.drill_id,
            "Start (UTC)": told.started_utc,
            "End (UTC)": told.ended_utc,
            "Trigger": told.trigger,
            "Git commit": told.git_sha,
            "Harness": told.harness_version,
            "Evidence format": str(evidence.version),
            "Python": told.python,
            "Operating system": f"{told.platform}, {told.cpus} processors",
            "Runtime": f"{evidence.runtime.name}: {evidence.runtime.why}",
        },
    )


def scenario(evidence: Evidence) -> Table:
    """Return which scenario was played, and from which numbers."""
    played = evidence.scenario
    return _facts(
        "Scenario",
        {
            "File": played.path,
            "SHA-256": played.sha256,
            "Platform": _platform(evidence),
            "Tags": ", ".join(played.tags) or "none",
            "Random seed": str(played.random),
            "Seeded rows": ", ".join(f"{table} {rows:,}" for table, rows in played.seed.items()),
            "Expectation": "every check holds"
            if played.expectation.passes
            else f"exactly these fail: {played.expectation}",
        },
    )


def cleanup(evidence: Evidence) -> Table:
    """Return what the drill removed after itself, and what it had to leave."""
    told = evidence.cleanup
    return _facts(
        "Clean-up",
        {
            "Removed": _listed(told.removed),
            "Left behind": _listed(told.left),
        },
    )


_LISTED_AT_MOST = 20


def _listed(names: tuple[str, ...]) -> str:
    shown = ", ".join(names[:_LISTED_AT_MOST]) or "nothing"
    more = len(names) - _LISTED_AT_MOST
    return f"{shown} and {more:,} more" if more > 0 else shown


def _facts(caption: str, facts: dict[str, str]) -> Table:
    return Table(caption, columns(fact=Kind.HEADING, value=Kind.CODE), tuple(facts.items()))


def _platform(evidence: Evidence) -> str:
    platform = evidence.platform
    if platform.is_ours:
        return f"{platform.name}, as it comes along"
    return f"{platform.name}, {platform.path}, SHA-256 {platform.sha256}"

"""A proof of the harness's own checks, as `drill prove` keeps it."""

from dataclasses import replace

from harness.core.ports import ServerIdentity
from harness.core.proof import PROOF_VERSION, Planted, Proof


def proof(*planted: Planted, **changes: object) -> Proof:
    """Return a proof of one check."""
    found = Proof(
        version=PROOF_VERSION,
        run_id="run",
        started_utc="2026-11-24T01:00:00+00:00",
        ended_utc="2026-11-24T01:05:00+00:00",
        harness_version="0.2.0",
        python="3.11.9",
        cpus=2,
        jobs=2,
        seconds=300.0,
        cpu_seconds=250.0,
        whole=True,
        runtime="embedded",
        servers=(ServerIdentity("postgres", "PostgreSQL", "17.10", "", ""),),
        missing={},
        accepted={},
        catches={"table_rows": "rows lost"},
        stores={"table_rows": "postgres"},
        planted=planted,
    )
    return replace(found, **changes)  # type: ignore[arg-type] # as given

"""Check that search agrees with PostgreSQL, and finds what it must."""

from harness.core.case import Case, NotApplicable
from harness.core.check import Check
from harness.core.finding import EXAMPLES_AT_MOST, Finding, named
from harness.platforms.made_open.observations import SearchDocuments


def _documents(check: Check, case: Case) -> Finding:
    seen = case.after[SearchDocuments]
    doubts = {
        "missing": seen.missing,
        "unlike their row": seen.altered,
        "newer than their row": seen.newer,
        "without a row": seen.extra,
    }
    differing = sum(numbers.count for numbers in doubts.values()) + len(seen.strange)
    if not differing:
        return check.passed(f"search: all {seen.rows} contacts are indexed as their rows are")
    told = [
        f"{found.count} {what}" + _named([str(n) for n in found.examples], found.count)
        for what, found in doubts.items()
        if found.count
    ]
    if seen.strange:
        told.append(f"{len(seen.strange)} without a number" + _named(seen.strange))
    numbers = [str(n) for n in sorted(n for found in doubts.values() for n in found.examples)]
    numbers += seen.strange
    return check.failed(
        f"search: {differing} of {seen.rows} contacts differ from PostgreSQL"
        + _named(numbers, differing),
        expected=f"{seen.rows} documents, each as its row makes it",
        actual=f"{seen.documents} documents; " + "; ".join(told),
        examples=tuple(numbers[:EXAMPLES_AT_MOST]),
        counts={
            "rows": seen.rows,
            "documents": seen.documents,
            "differing": differing,
            "missing": seen.missing.count,
            "altered": seen.altered.count,
            "newer": seen.newer.count,
            "unexpected": seen.extra.count + len(seen.strange),
        },
        cause="the index survived or came back from another moment; only an empty one is rebuilt",
        next_step="delete the index and start the hub again, which rebuilds it",
    )


def _named(numbers: list[str], of: int | None = None) -> str:
    return named("numbers", numbers, of)


def _finds(check: Check, case: Case) -> Finding:
    seen = case.after[SearchDocuments]
    if seen.canary is None:
        raise NotApplicable("there is no contact to search for")
    if seen.canary in seen.found:
        return check.passed(f"search: contact {seen.canary} is found with the search key")
    return check.failed(
        f"search: contact {seen.canary} is not found by its address",
        expected=f"contact {seen.canary}",
        actual=f"{len(seen.found)} hits" + named("numbers", [str(n) for n in seen.found]),
        examples=(str(seen.canary),),
        cause="the index is empty, or its searchable attributes are others",
        next_step="rebuild the index",
    )


CHECKS = (
    Check(
        "search_documents",
        "meilisearch",
        "a search index that contradicts its rows",
        _documents,
    ),
    Check("search_finds", "meilisearch", "a search that finds nothing", _finds),
)

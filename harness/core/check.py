"""A check is a pure judgement: from a case to one finding."""

from collections.abc import Callable
from dataclasses import dataclass

from harness.core.case import Case
from harness.core.finding import Finding, NamedKeys
from harness.core.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Check:
    """A named judgement about one store (or `platform`, for what spans them).

    `catches` says in a few words which damage it is there for. `judge` reads the case and returns
    a finding made with `passed` or `failed`. It may raise NotApplicable, and lets Unread through:
    what could not be read is UNVERIFIED. Nothing else may decide its verdict. `claims` names the
    ledger tables whose owed rows it accounts for. One with `of` judges what a platform has that
    declares this part of it. `since` is the first release that made it.
    """

    id: str
    store: str
    catches: str
    judge: Callable[["Check", Case], Finding]
    claims: tuple[str, ...] = ()
    of: str = ""
    since: str = "0.1.0"

    def passed(
        self,
        summary: str,
        *,
        expected: str = "",
        actual: str = "",
        counts: dict[str, int] | None = None,
        rows: dict[str, tuple[tuple[int, int], ...]] | None = None,
    ) -> Finding:
        """Return a finding that this check holds."""
        return Finding(
            self.id,
            self.store,
            Verdict.PASS,
            summary,
            expected,
            actual,
            counts=counts or {},
            rows=rows or {},
        )

    def failed(
        self,
        summary: str,
        *,
        expected: str,
        actual: str,
        examples: tuple[str, ...] = (),
        counts: dict[str, int] | None = None,
        cause: str = "",
        next_step: str = "",
        rows: dict[str, tuple[tuple[int, int], ...]] | None = None,
        keys: NamedKeys | None = None,
    ) -> Finding:
        """Return a finding that this check does not hold."""
        return Finding(
            self.id,
            self.store,
            Verdict.FAIL,
            summary,
            expected,
            actual,
            examples,
            counts or {},
            cause,
            next_step,
            rows or {},
            keys or NamedKeys(),
        )

    def unverified(self, reason: str) -> Finding:
        """Return a finding that this check could not be made."""
        return Finding(self.id, self.store, Verdict.UNVERIFIED, reason)

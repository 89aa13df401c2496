"""Whether a run's files are as they were when it ended, who says so, and pages made again."""

from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from harness import signing
from harness.core import writing
from harness.core.errors import DrillError, Unavailable, UsageError
from harness.report import digests
from harness.report.wording import count


def verify(folder: Path, signers: Path | None, console: Console) -> int:
    """Print what was changed in a run's folder, and who signed it; return the exit code.

    Raises: UsageError: there is no list of digests, or no such file of signers.
    """
    told = digests.differences(folder)
    for line in told:
        console.print(f"✗ {line}")
    if not told:
        console.print(f"✓ {count(len(digests.read(folder)), 'file')} as the run left them")
    said, code = _signed(folder, signers)
    console.print(said)
    return 1 if told else code


def rendered(page: Path, run: Path, write: Callable[[], object]) -> str:
    """Write a page of a run again, with its digest in the run's list, and say so. One that was
    changed, or that is signed for, stays as it is.
    """
    name = page.absolute().relative_to(run.absolute()).as_posix()
    if page.is_file() and (run / digests.LIST).is_file():
        if signing.is_signed(run):
            return f"{writing.shown(page)} is signed for, and stays as it is"
        if not digests.is_intact(run, name):
            shown = writing.shown(page)
            return f"{shown} is not the one of the run; drill report --verify tells more"
    try:
        write()
        digests.renew(run, run / name)
    except OSError as error:
        return f"the page could not be written: {writing.reason(error)}"
    return f"wrote {writing.shown(page)}"


def _signed(folder: Path, signers: Path | None) -> tuple[str, int]:
    """Return who signed a run's list, and the exit code that this alone is worth."""
    if not signing.is_signed(folder):
        said = "? the list of digests is not signed: whoever changed a file could change it as well"
        return said, 3 if signers else 0
    if signers is None:
        return "? the signature was not checked; name the signers' keys: --signers FILE", 3
    try:
        return f"✓ signed by {signing.signer(folder, signers)}", 0
    except (Unavailable, UsageError):
        raise
    except DrillError as error:
        return f"✗ {error.message}", 1

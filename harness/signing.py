"""A run's list of digests is signed with an SSH key, and the signature is checked, by ssh-keygen.

Source: ssh-keygen(1), `-Y sign` and `-Y verify`; ALLOWED SIGNERS there tells what a file of public
keys looks like.
"""

import os
import subprocess
from pathlib import Path

from harness.core import environment
from harness.core.errors import DrillError, Unavailable, UsageError
from harness.core.patience import QUICK_WITHIN_SECONDS
from harness.core.writing import shown
from harness.report.digests import LIST, SIGNATURE

NAMESPACE = "restore-drills"


def require_key(key: Path) -> None:
    """Refuse a key that is not there. Raises: UsageError; Unavailable: nor is ssh-keygen."""
    if not key.is_file():
        raise UsageError(
            f"--sign-key: {shown(key)} is not a file", "Name an SSH key: ssh-keygen -t ed25519"
        )
    _run("-Y", "find-principals", "-h", accept_any=True)


def sign(folder: Path, key: Path) -> None:
    """Sign a run's list. Raises: DrillError: it could not be signed."""
    signature = folder / SIGNATURE
    signature.unlink(missing_ok=True)
    _run("-q", "-Y", "sign", "-f", os.fspath(key), "-n", NAMESPACE, os.fspath(folder / LIST))
    if not signature.is_file():
        raise DrillError("ssh-keygen left no signature")


def is_signed(folder: Path) -> bool:
    """Tell whether a run's list has a signature, whosever it is."""
    return os.path.lexists(folder / SIGNATURE)


def signer(folder: Path, signers: Path) -> str:
    """Return who of the allowed signers signed a run's list.

    Raises: UsageError: there is no such file of signers. DrillError: none of them did, or the list
    was changed since.
    """
    if not signers.is_file():
        raise UsageError(
            f"--signers: {shown(signers)} is not a file",
            "Write a line for each: NAME ssh-ed25519 AAAA…",
        )
    asked = ("-s", os.fspath(folder / SIGNATURE), "-f", os.fspath(signers))
    found = _run("-Y", "find-principals", *asked, accept_any=True).splitlines()
    if not found:
        raise DrillError(f"the signature is of no key in {shown(signers)}")
    name = found[0]
    _run("-Y", "verify", "-I", name, "-n", NAMESPACE, *asked, stdin=folder / LIST)
    return name


def _run(*arguments: str, stdin: Path | None = None, accept_any: bool = False) -> str:
    """Run ssh-keygen, which must not ask anybody for a passphrase; return what it printed."""
    # An agent may hold a key that has one.
    agent = {k: v for k, v in os.environ.items() if k == "SSH_AUTH_SOCK"}
    silent = {"SSH_ASKPASS": "false", "SSH_ASKPASS_REQUIRE": "force"}
    try:
        with (stdin or Path(os.devnull)).open("rb") as given:
            ended = subprocess.run(
                ["ssh-keygen", *arguments],
                stdin=given,
                env=environment.at_home(**agent, **silent),
                capture_output=True,
                text=True,
                errors="replace",
                timeout=QUICK_WITHIN_SECONDS,
                start_new_session=True,
                check=False,
            )
    except FileNotFoundError:
        hint = "Install OpenSSH's client."
        raise Unavailable("signing takes ssh-keygen, which is not on this machine", hint) from None
    except (OSError, subprocess.TimeoutExpired) as error:
        raise DrillError(f"ssh-keygen cannot be run: {error}") from None
    if ended.returncode and not accept_any:
        said = " ".join((ended.stderr or ended.stdout).split())
        raise DrillError(f"ssh-keygen: {said}")
    return ended.stdout

"""Backups encrypted at rest by age, with a key that the hub keeps and that can be lost.

Source: age-encryption.org/v1 by way of pyrage. The identity lies in the hub's volume, beside the
key of the credentials, as a platform's configuration holds its secrets.
"""

import importlib
from pathlib import Path
from typing import Any

from harness.core.errors import DrillError, Unavailable
from harness.site import Site

IDENTITY_FILE = "backup-identity.txt"
SUFFIX = ".age"

_WITH_THE_KEY = f'--identity="{{hub.volume}}/{IDENTITY_FILE}"'


def require_here() -> None:
    """Raises: Unavailable: the library is not installed."""
    _pyrage()


def make_key(site: Site) -> None:
    """Give the hub a new key. Raises: Unavailable: the library is not installed."""
    identity = _pyrage().x25519.Identity.generate()
    site.service("hub").volume.write(IDENTITY_FILE, str(identity).encode())


def encrypt(site: Site, directory: Path) -> None:
    """Put an encrypted file in the place of each file below a directory."""
    recipient = _identity(site).to_public()
    each = f"age --encrypt {_WITH_THE_KEY} --output={{}}{SUFFIX} {{}}"
    with site.instead(directory.name, text=f'find "{directory}" -type f -exec {each} \\; -delete'):
        for path in [path for path in directory.rglob("*") if path.is_file()]:
            # By files that are open: the library takes no name that is not UTF-8.
            with path.open("rb") as clear, Path(f"{path}{SUFFIX}").open("wb") as encrypted:
                _pyrage().encrypt_io(clear, encrypted, [recipient])
            path.unlink()


def decrypt(site: Site, directory: Path) -> None:
    """Turn that back. Raises: DrillError: the key is lost, or not the one it was encrypted for."""
    each = f'age --decrypt {_WITH_THE_KEY} --output="${{file%{SUFFIX}}}" "$file" && rm "$file"'
    found = f'find "{directory}" -name "*{SUFFIX}"'
    with site.instead("hub", text=f"{found} | while read -r file; do {each}; done"):
        identity = _identity(site)
        for path in list(directory.rglob(f"*{SUFFIX}")):
            try:
                with path.open("rb") as encrypted, path.with_suffix("").open("wb") as clear:
                    _pyrage().decrypt_io(encrypted, clear, [identity])
            except (_pyrage().DecryptError, OSError) as error:
                raise DrillError(f"{path.name} cannot be decrypted: {error}") from None
            path.unlink()


def _identity(site: Site) -> Any:
    try:
        text = site.service("hub").volume.read(IDENTITY_FILE)
    except FileNotFoundError:
        raise DrillError(
            f"the key of the backups is lost: the hub's volume holds no {IDENTITY_FILE}",
            "Keep the key of encrypted backups away from the machine that they protect.",
        ) from None
    return _pyrage().x25519.Identity.from_str(text.decode())


def _pyrage() -> Any:
    try:
        return importlib.import_module("pyrage")
    except ImportError:
        raise Unavailable(
            "encrypt: age needs pyrage, which is not installed",
            "Install the extra: pip install 'restore-drills[age]'.",
        ) from None

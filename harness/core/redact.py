"""Secrets are removed by value from everything that leaves the harness."""

from collections.abc import Iterable
from pathlib import Path

MASK = "***"


class Redactor:
    """Replaces each of the drill's secrets wherever it stands."""

    def __init__(self, secrets: Iterable[str]) -> None:
        # Longest first: one secret may hold another.
        self._secrets = sorted({secret for secret in secrets if secret}, key=len, reverse=True)

    def text(self, text: str) -> str:
        """Return the text with every secret masked."""
        for secret in self._secrets:
            text = text.replace(secret, MASK)
        return text

    def file(self, path: Path) -> None:
        """Mask every secret in a log file, in place, line by line."""
        secrets = [secret.encode() for secret in self._secrets]
        masked = path.with_name(path.name + ".masked")
        try:
            with path.open("rb") as source, masked.open("wb") as target:
                for line in source:
                    for secret in secrets:
                        line = line.replace(secret, MASK.encode())  # noqa: PLW2901 - masked in turn
                    target.write(line)
            masked.replace(path)
        except OSError:
            masked.unlink(missing_ok=True)
            raise

"""Credentials are sealed with a key that lives outside the database, in the hub's volume."""

from base64 import b64decode, b64encode
from hashlib import shake_256

KEY_FILE = "vault.key"
"""The key's path in the hub's volume."""

_NONCE_BYTES = 12


def key(random: int) -> bytes:
    """Return the drill's vault key, 32 bytes: a function of `random`, so rows can be made again."""
    return shake_256(b"%d:vault-key" % random).digest(32)


def plaintext(random: int, number: int) -> str:
    """Return the secret that credential `number` holds."""
    return "s3cret-" + shake_256(b"%d:credentials:%d" % (random, number)).hexdigest(12)


def seal(random: int, number: int) -> str:
    """Return credential `number` encrypted (AES-256-GCM), in base64, the nonce first."""
    # Whoever only names rows need not load it.
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - see above

    # The nonce is derived so that the row is a pure function; it is unique for each number.
    nonce = shake_256(b"%d:nonce:%d" % (random, number)).digest(_NONCE_BYTES)
    sealed = AESGCM(key(random)).encrypt(nonce, plaintext(random, number).encode(), None)
    return b64encode(nonce + sealed).decode()


def unseal(vault_key: bytes, sealed: str) -> str | None:
    """Return the secret, or None when this key does not open it."""
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - as above
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - as above

    try:
        raw = b64decode(sealed)
        return AESGCM(vault_key).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], None).decode()
    except (InvalidTag, ValueError):
        return None

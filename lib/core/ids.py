"""Ids: a prefix that says what it names, and 26 characters that sort by time of making."""

import hashlib
import secrets
import time

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no i, l, o, u
_RANDOM_BITS = 80
_LENGTH = 26

PATTERN = "_[0-9a-hjkmnp-tv-z]{26}$"


def new(prefix: str) -> str:
    """Return a fresh id such as `bkg_01k…`: 48 bits of milliseconds, then 80 random bits.

    Raises ValueError for a prefix that is not three lower-case letters.
    """
    if not (len(prefix) == 3 and prefix.isascii() and prefix.islower()):  # noqa: PLR2004 (the CHAR(30) columns count on it)
        message = f"not an id prefix: {prefix!r}"
        raise ValueError(message)
    return _written(
        prefix, (time.time_ns() // 1_000_000) << _RANDOM_BITS | secrets.randbits(_RANDOM_BITS)
    )


def of(prefix: str, *parts: str) -> str:
    """Return the one id of what these parts name together, so that it is never made twice."""
    digest = hashlib.sha256("\0".join(parts).encode()).digest()
    return _written(prefix, int.from_bytes(digest[:16]))


def _written(prefix: str, value: int) -> str:
    digits = [_ALPHABET[value >> 5 * place & 31] for place in reversed(range(_LENGTH))]
    return f"{prefix}_{''.join(digits)}"


def secret() -> str:
    """Return 256 random bits as 43 URL-safe characters, for tokens and states."""
    return secrets.token_urlsafe(32)

"""Where a page of a list ended, as the token that the caller hands back for the next one.

A list is paged by the key of its last row, never by an offset: rows that come and go between two
pages are neither skipped nor shown twice. Callers treat the token as opaque, so a list may change
what it is sorted by.
"""

import base64
import binascii

from lib.core.errors import InvalidError

_VERSION = "1"
_SEPARATOR = "."


def encode(*parts: str) -> str:
    """Return the token of a row whose sort key is `parts`: ASCII, without dots."""
    text = _SEPARATOR.join([_VERSION, *parts])
    return base64.urlsafe_b64encode(text.encode("ascii")).decode("ascii").rstrip("=")


def decode(token: str, parts: int = 1) -> tuple[str, ...]:
    """Return the parts of a token; raises InvalidError where this list never gave it."""
    try:
        padded = token.encode("ascii") + b"=" * (-len(token) % 4)
        version, *found = (
            base64.b64decode(padded, altchars=b"-_", validate=True)
            .decode("ascii")
            .split(_SEPARATOR)
        )
    except (ValueError, binascii.Error):
        version, found = "", []
    if version != _VERSION or len(found) != parts or not all(found):
        raise refusal()
    return tuple(found)


def checked(token: str | None) -> str | None:
    """Refuse, as a validator, what no list sorted by id ever gave."""
    if token is not None:
        try:
            decode(token)
        except InvalidError:
            raise ValueError("not the `next` of a page") from None
    return token


def refusal() -> InvalidError:
    """Return what to raise for an `after` that is no list's `next`."""
    return InvalidError(
        errors=[{"pointer": "/after", "code": "page_key", "detail": "Not the `next` of a page"}]
    )

"""Where a page of a list ended, as the token that the caller hands back for the next one.

A list is paged by the key of its last row, never by an offset: rows that come and go between two
pages are neither skipped nor shown twice. Callers treat the token as opaque, so a list may change
what it is sorted by.
"""

import base64
import binascii
from typing import Protocol

from lib.core.errors import InvalidError

# Where a list that is sorted by id begins: above every id, and below every one.
NEWEST_FIRST = "~"
OLDEST_FIRST = ""

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


def begin[First: (str, None)](after: str | None, first: First) -> str | First:
    """Return the id from which a list goes on: that of its `after`, or `first` without one."""
    return decode(after)[0] if after else first


class _Keyed(Protocol):
    @property
    def id(self) -> str:
        """What the list is sorted by."""


def cut[Row: _Keyed](found: list[Row], limit: int) -> tuple[list[Row], str | None]:
    """Part rows, one more than `limit` of which was asked for, into a page and the next token."""
    page = found[:limit]
    return page, encode(page[-1].id) if len(found) > limit else None


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

"""Decisions about calendars that need no database. Pure."""

import base64
import hmac
from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo
from typing import Literal

Status = Literal["TENTATIVE", "CONFIRMED", "CANCELLED"]
# What an application does with a file: takes it in, takes it out, or keeps a copy of all of it.
Method = Literal["REQUEST", "CANCEL", "PUBLISH"]

# A feed shows what is to come and what was lately; nothing can be booked beyond a year ahead.
SHOWN_AFTERWARDS = timedelta(days=90)
PAGE_SIZE = 200
# How often applications should ask again; most take their own time.
REFRESH = timedelta(hours=1)


def status(*, is_called_off: bool, is_confirmed: bool) -> Status:
    """Return how sure it is that the session takes place, or took place."""
    if is_called_off:
        return "CANCELLED"
    return "CONFIRMED" if is_confirmed else "TENTATIVE"


def sequence(version: int, found: Status) -> int:
    """Return the number of the event: applications keep the highest that they have seen.

    `version` counts changes of time; what was called off is called off for good, and once.
    """
    return version + (found == "CANCELLED")


def method(found: Status) -> Method:
    """Return what a file with one session asks for."""
    return "CANCEL" if found == "CANCELLED" else "REQUEST"


def changes_of(zone: tzinfo, begin: datetime, end: datetime) -> Iterator[datetime]:
    """Yield the moments, UTC, at which a zone's offset becomes another, to the second."""
    day = timedelta(days=1)
    while begin < end:
        if _offset(zone, begin) != _offset(zone, begin + day):
            yield _change_within(zone, begin, begin + day)
        begin += day


def _change_within(zone: tzinfo, before: datetime, after: datetime) -> datetime:
    offset = _offset(zone, before)
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        if _offset(zone, middle) == offset:
            before = middle
        else:
            after = middle
    return after


def _offset(zone: tzinfo, moment: datetime) -> timedelta | None:
    return moment.astimezone(zone).utcoffset()


def token(feed_id: str, key: str) -> str:
    """Return the secret of a feed's address, 43 URL-safe characters; only our key makes it.

    A retry of the call that made the feed makes it again, so that it is stored nowhere.
    """
    digest = hmac.digest(key.encode(), b"calendar " + feed_id.encode(), "sha256")
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")

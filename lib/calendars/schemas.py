"""What goes out of calendars."""

from dataclasses import dataclass
from datetime import datetime

from lib.calendars.rules import Method, Status
from lib.web.schema import Output


class FeedMade(Output):
    """A feed as it is stored: without its secret."""

    feed_id: str
    created_at: datetime


class CalendarFeed(Output):
    """The secret address of your sessions, for a calendar of your own; it is shown this once.

    Whoever has it reads them: make a new one, and the old one is over.
    """

    address: str
    created_at: datetime


class CalendarFeedState(Output):
    """Since when your address has been good; null without one."""

    created_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Event:
    """A session as its viewer's calendar shows it; UTC. `other` is '' once they are erased."""

    booking_id: str
    title: str
    other: str
    starts_at: datetime
    ends_at: datetime
    created_at: datetime
    status: Status
    sequence: int


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A calendar to be written: for whom, in which language (nb, en) and zone (IANA).

    `address` is the viewer's own e-mail; an event that is published has no addressee.
    """

    name: str
    method: Method
    language: str
    time_zone: str
    address: str | None
    events: tuple[Event, ...]

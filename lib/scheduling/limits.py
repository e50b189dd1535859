"""How many sessions a mentor gives in a day, a week and a month: pure, by the mentor's calendar.

Counted are sessions, by the local date on which each begins in the schedule's zone; weeks begin on
Monday.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Literal

from lib.scheduling.wall_clock import local_midnight

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

Period = Literal["day", "week", "month"]
_PERIODS: tuple[Period, ...] = ("day", "week", "month")
_WEEK, _LONGER_THAN_A_MONTH = timedelta(days=7), timedelta(days=32)


@dataclass(frozen=True)
class Caps:
    """The most sessions in each period; None is no limit."""

    day: int | None = None
    week: int | None = None
    month: int | None = None

    @property
    def is_none(self) -> bool:
        """Whether nothing is limited."""
        return (self.day, self.week, self.month) == (None, None, None)


_ANY = Caps()


@dataclass(frozen=True)
class Limits:
    """What is the most for all mentees together, and for one of them."""

    in_all: Caps = _ANY
    for_one: Caps = _ANY

    @property
    def is_none(self) -> bool:
        """Whether nothing is limited."""
        return self.in_all.is_none and self.for_one.is_none


UNLIMITED = Limits()

type Full = frozenset[tuple[Period, date]]


def full(caps: Caps, sessions: Iterable[datetime], zone: "ZoneInfo") -> Full:
    """Return the periods, by their first date, that take no session more."""
    days = [starts_at.astimezone(zone).date() for starts_at in sessions]
    counted = Counter((period, _first(period, day)) for period in _PERIODS for day in days)
    most = {"day": caps.day, "week": caps.week, "month": caps.month}
    return frozenset(
        (period, begin)
        for (period, begin), count in counted.items()
        if (cap := most[period]) is not None and count >= cap
    )


def is_reached(periods: Full, starts_at: datetime, zone: "ZoneInfo") -> bool:
    """Return whether a session at that time falls into a period that is full."""
    day = starts_at.astimezone(zone).date()
    return any((period, _first(period, day)) in periods for period in _PERIODS)


def counted_with(begin: datetime, end: datetime, zone: "ZoneInfo") -> tuple[datetime, datetime]:
    """Return from when until when sessions count together with one between these times; UTC."""
    first, last = begin.astimezone(zone).date(), end.astimezone(zone).date()
    following = (_first("month", last) + _LONGER_THAN_A_MONTH).replace(day=1)
    return (
        local_midnight(min(_first("month", first), _first("week", first)), zone).astimezone(UTC),
        local_midnight(max(following, _first("week", last) + _WEEK), zone).astimezone(UTC),
    )


def _first(period: Period, day: date) -> date:
    if period == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if period == "month" else day

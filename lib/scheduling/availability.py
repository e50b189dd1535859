"""When a mentor can be booked: pure computing on quarter hours, no database, no clock.

Time is counted in quarter hours since 1970-01-01T00:00Z, as in calendar_atom. A stretch of time is
one integer whose bit i stands for the i-th quarter hour of the stretch: a month of a calendar is
three thousand bits, and "free for an hour" is three shifts.

A quarter hour is open when its local time is: the wall clock in the mentor's zone decides, on the
days when the clocks change too. The hour that is skipped in spring can't be booked, the hour that
comes twice in autumn can be booked twice, a window that ends at 24:00 goes on where the next
day's begins at 00:00, and one that ends beyond it takes the wall clock of the next day. The zone is
the schedule's, and on a journey that of the place where the mentor then is.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from lib.scheduling.limits import UNLIMITED, Limits
from lib.scheduling.wall_clock import (
    QUARTER_MINUTES,
    QUARTERS_A_DAY,
    constant_offsets,
    known_zones,
    local_midnight,
    moment_of,
    quarter_from,
    quarter_of,
    zone_named,
)

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

__all__ = [  # noqa: RUF022 (what stands here, then what stands in wall_clock)
    "Absence", "DatedHours", "Journey", "Schedule", "WeeklyHours", "WindowKind",
    "bookable", "session_quarters", "starts", "with_buffers",
    "QUARTER_MINUTES", "known_zones", "local_midnight", "moment_of", "quarter_from", "quarter_of",
    "zone_named",
]  # fmt: skip
_WHOLE_DAY = (1 << QUARTERS_A_DAY) - 1
_WORKDAYS, _FRIDAY = 5, 4
_DAY = timedelta(days=1)
# How far ahead a session may be: so many days, so many Mondays to Fridays, or between two dates.
WindowKind = Literal["days", "business_days", "dates"]


@dataclass(frozen=True)
class WeeklyHours:
    """Open hours that begin on a weekday (ISO, 1 is Monday); local minutes after its midnight.

    Beyond 1440 they are the next day's; never longer than 24 hours.
    """

    weekday: int
    starts_minute: int
    ends_minute: int


@dataclass(frozen=True)
class DatedHours:
    """Hours from one local date that are open beyond the week's, or closed in spite of them."""

    local_date: date
    starts_minute: int
    ends_minute: int
    is_open: bool


@dataclass(frozen=True)
class Absence:
    """Local dates, both included, on which nothing is open."""

    first_date: date
    last_date: date


@dataclass(frozen=True)
class Journey:
    """Dates of another zone, both included, on which hours mean the wall clock there."""

    first_date: date
    last_date: date
    time_zone: str

    @property
    def zone(self) -> "ZoneInfo":
        """The zone of the place."""
        return zone_named(self.time_zone)


@dataclass(frozen=True)
class Schedule:
    """Everything that decides when a mentor can be booked, but for what is booked already.

    `move_notice_minutes` and `cancel_notice_minutes` decide nothing here: they are what a mentee
    is told and held to. Sessions begin at local minutes after midnight that are `offset_minutes`
    beyond a multiple of `interval_minutes`. Journeys are in order and share no date.
    """

    time_zone: str
    notice_minutes: int
    window_days: int
    buffer_before_minutes: int
    buffer_after_minutes: int
    weekly: tuple[WeeklyHours, ...]
    dated: tuple[DatedHours, ...]
    move_notice_minutes: int = 0
    cancel_notice_minutes: int = 0
    window_kind: WindowKind = "days"
    first_date: date | None = None
    last_date: date | None = None
    interval_minutes: int = QUARTER_MINUTES
    offset_minutes: int = 0
    absences: tuple[Absence, ...] = ()
    journeys: tuple[Journey, ...] = ()
    limits: Limits = UNLIMITED

    @property
    def zone(self) -> "ZoneInfo":
        """The zone that the hours are written in."""
        return zone_named(self.time_zone)


def session_quarters(starts_at: datetime, minutes: int) -> range:
    """Return the quarter hours of a session, without buffers."""
    first = quarter_of(starts_at)
    return range(first, first + minutes // QUARTER_MINUTES)


def with_buffers(session: range, schedule: Schedule) -> range:
    """Return the quarter hours that a session takes of the mentor's calendar."""
    return range(
        session.start - schedule.buffer_before_minutes // QUARTER_MINUTES,
        session.stop + schedule.buffer_after_minutes // QUARTER_MINUTES,
    )


def bookable(schedule: Schedule, now: datetime) -> range:
    """Return the quarter hours in which a session may begin: after the notice, within the window.

    The window ends with the local day that is so many days, or so many Mondays to Fridays, after
    today's; or it is from one date to another.
    """
    zone = schedule.zone
    last_day = _last_day(schedule, now.astimezone(zone).date())
    begin = max(
        quarter_from(now + timedelta(minutes=schedule.notice_minutes)),
        quarter_of(now) + 1,  # never a session that has begun, with no notice either
    )
    if schedule.window_kind == "dates" and schedule.first_date:
        begin = max(begin, quarter_from(local_midnight(schedule.first_date, zone)))
    return range(begin, quarter_from(local_midnight(last_day + _DAY, zone)))


def _last_day(schedule: Schedule, today: date) -> date:
    if schedule.window_kind == "dates" and schedule.last_date:
        return schedule.last_date
    if schedule.window_kind == "business_days":
        workday = today - max(today.weekday() - _FRIDAY, 0) * _DAY
        weeks, days = divmod(schedule.window_days, _WORKDAYS)
        weekend = 2 if workday.weekday() + days > _FRIDAY else 0
        return workday + (weeks * 7 + days + weekend) * _DAY
    return today + schedule.window_days * _DAY


def starts(
    schedule: Schedule, *, minutes: int, within: range, now: datetime, taken: Iterable[range] = ()
) -> list[int]:
    """Return every quarter hour of `within` at which a session of `minutes` can begin, in order.

    `taken` holds what is taken of the mentor's calendar already, buffers of those sessions
    included, in quarter hours. The buffers of the new session must not touch it; they need not lie
    within open hours.
    """
    possible = bookable(schedule, now)
    first = max(within.start, possible.start)
    count = min(within.stop, possible.stop) - first
    if count <= 0:
        return []
    length = minutes // QUARTER_MINUTES
    free = _every(_open_bits(schedule, range(first, first + count + length)), length)
    span = with_buffers(range(first, first + length), schedule)
    free &= ~_any(_taken_bits(taken, range(span.start, span.stop + count)), len(span))
    free &= _grid_bits(schedule, range(first, first + count))
    return [first + place for place, bit in enumerate(reversed(f"{free:b}")) if bit == "1"]


def _every(bits: int, length: int) -> int:
    """Return where `length` set bits begin."""
    found = bits
    for shift in range(1, length):
        found &= bits >> shift
    return found


def _any(bits: int, length: int) -> int:
    """Return where one of the next `length` bits is set."""
    found = bits
    for shift in range(1, length):
        found |= bits >> shift
    return found


def _taken_bits(taken: Iterable[range], stretch: range) -> int:
    bits = 0
    for each in taken:
        start, stop = max(each.start, stretch.start), min(each.stop, stretch.stop)
        if start < stop:
            bits |= _run(start - stretch.start, stop - stretch.start)
    return bits


def _open_bits(schedule: Schedule, stretch: range) -> int:
    """Return which quarter hours of the stretch are open by the wall clock."""
    weekly, opened, closed = _day_masks(schedule)

    def hours(day: int) -> int:
        weekday = (day + 3) % 7 + 1  # day 0, 1970-01-01, was a Thursday
        return (weekly.get(weekday, 0) | opened.get(day, 0)) & ~closed.get(day, 0)

    return _by_the_wall_clock(schedule, stretch, hours)


def _grid_bits(schedule: Schedule, stretch: range) -> int:
    """Return the quarter hours of the stretch at which the mentor lets sessions begin."""
    if schedule.interval_minutes == QUARTER_MINUTES:
        return _run(0, len(stretch))
    step, first = schedule.interval_minutes // QUARTER_MINUTES, schedule.offset_minutes
    places = range(first // QUARTER_MINUTES % step, QUARTERS_A_DAY, step)
    grid = sum(1 << place for place in places)
    return _by_the_wall_clock(schedule, stretch, lambda _: grid)


def _by_the_wall_clock(schedule: Schedule, stretch: range, mask: Callable[[int], int]) -> int:
    """Lay the 96 bits of each local day, by days since 1970, on the stretch."""
    bits = 0
    for place, zone in _places(schedule, stretch):
        for part, offset in constant_offsets(zone, place):
            local = range(part.start + offset, part.stop + offset)
            days = 0
            for day in range(local.start // QUARTERS_A_DAY, (local.stop - 1) // QUARTERS_A_DAY + 1):
                ahead = day * QUARTERS_A_DAY - local.start
                days |= mask(day) << ahead if ahead >= 0 else mask(day) >> -ahead
            bits |= (days & _run(0, len(part))) << (part.start - stretch.start)
    return bits


def _places(schedule: Schedule, stretch: range) -> Iterator[tuple[range, "ZoneInfo"]]:
    """Split the stretch where the mentor changes zones; give each part with its zone.

    A journey takes the days of its own zone, and where those of two meet in time, the later counts.
    """
    away = [
        (quarter_from(local_midnight(each.first_date, each.zone)),
         quarter_from(local_midnight(each.last_date + _DAY, each.zone)), each.zone)
        for each in schedule.journeys
    ]  # fmt: skip
    borders = {border for begin, end, _ in away for border in (begin, end) if border in stretch}
    cuts = sorted(borders | {stretch.start, stretch.stop})
    for begin, end in pairwise(cuts):
        here = [zone for first, last, zone in away if first <= begin < last]
        yield range(begin, end), here[-1] if here else schedule.zone


def _day_masks(schedule: Schedule) -> tuple[dict[int, int], dict[int, int], dict[int, int]]:
    """Return a day's 96 bits by weekday, and those opened and closed by days since 1970."""
    weekly: dict[int, int] = {}
    for rule in schedule.weekly:
        _lay(weekly, rule.weekday, rule.weekday % 7 + 1, rule)
    opened: dict[int, int] = {}
    closed: dict[int, int] = {}
    for exception in schedule.dated:
        day = _day_number(exception.local_date)
        _lay(opened if exception.is_open else closed, day, day + 1, exception)
    for absence in schedule.absences:
        for day in range(_day_number(absence.first_date), _day_number(absence.last_date) + 1):
            closed[day] = _WHOLE_DAY
    return weekly, opened, closed


def _lay(days: dict[int, int], day: int, following: int, hours: WeeklyHours | DatedHours) -> None:
    """Add hours to their day, and what is beyond midnight to the one that follows."""
    days[day] = days.get(day, 0) | _hours(hours) & _WHOLE_DAY
    days[following] = days.get(following, 0) | _hours(hours) >> QUARTERS_A_DAY


def _day_number(day: date) -> int:
    return day.toordinal() - date(1970, 1, 1).toordinal()


def _hours(hours: WeeklyHours | DatedHours) -> int:
    return _run(hours.starts_minute // QUARTER_MINUTES, hours.ends_minute // QUARTER_MINUTES)


def _run(start: int, stop: int) -> int:
    return (1 << stop) - (1 << start)

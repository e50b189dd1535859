"""When a mentor can be booked: pure computing on quarter hours, no database, no clock.

Time is counted in quarter hours since 1970-01-01T00:00Z, as in calendar_atom. A stretch of time is
one integer whose bit i stands for the i-th quarter hour of the stretch: a month of a calendar is
three thousand bits, and "free for an hour" is three shifts.

A quarter hour is open when its local time is: the wall clock in the mentor's zone decides, on the
days when the clocks change too. The hour that is skipped in spring can't be booked, the hour that
comes twice in autumn can be booked twice, and a window that ends at 24:00 goes on where the next
day's begins at 00:00.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

QUARTER = timedelta(minutes=15)
QUARTER_MINUTES = 15
QUARTERS_A_DAY = 96
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()


@dataclass(frozen=True)
class WeeklyHours:
    """Open hours of a weekday (ISO, 1 is Monday); local minutes after midnight, up to 1440."""

    weekday: int
    starts_minute: int
    ends_minute: int


@dataclass(frozen=True)
class DatedHours:
    """Hours of one local date that are open beyond the week's, or closed in spite of them."""

    local_date: date
    starts_minute: int
    ends_minute: int
    is_open: bool


@dataclass(frozen=True)
class Schedule:
    """Everything that decides when a mentor can be booked, but for what is booked already."""

    time_zone: str
    notice_minutes: int
    window_days: int
    buffer_before_minutes: int
    buffer_after_minutes: int
    weekly: tuple[WeeklyHours, ...]
    dated: tuple[DatedHours, ...]
    move_notice_minutes: int = 0

    @property
    def zone(self) -> "ZoneInfo":
        """The zone that the hours are written in."""
        from zoneinfo import ZoneInfo

        return ZoneInfo(self.time_zone)


def quarter_of(moment: datetime) -> int:
    """Return the quarter hour that an aware time lies in."""
    return (moment - _EPOCH) // QUARTER


def quarter_from(moment: datetime) -> int:
    """Return the first quarter hour that begins at an aware time or after it."""
    return -((_EPOCH - moment) // QUARTER)


def moment_of(quarter: int) -> datetime:
    """Return when a quarter hour begins, in UTC."""
    return _EPOCH + quarter * QUARTER


def local_midnight(day: date, zone: "ZoneInfo") -> datetime:
    """Return when a local date begins, in UTC; where the clocks skip midnight, when they do so."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


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

    The window ends with the local day that is `window_days` after today's.
    """
    zone = schedule.zone
    last_day = now.astimezone(zone).date() + timedelta(days=schedule.window_days)
    return range(
        max(
            quarter_from(now + timedelta(minutes=schedule.notice_minutes)),
            quarter_of(now) + 1,  # never a session that has begun, with no notice either
        ),
        quarter_from(local_midnight(last_day + timedelta(days=1), zone)),
    )


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
    free &= (1 << count) - 1
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
    bits = 0
    for part, offset in _constant_offsets(schedule.zone, stretch):
        local = range(part.start + offset, part.stop + offset)
        days = 0
        for day in range(local.start // QUARTERS_A_DAY, (local.stop - 1) // QUARTERS_A_DAY + 1):
            weekday = (day + 3) % 7 + 1  # day 0, 1970-01-01, was a Thursday
            hours = (weekly.get(weekday, 0) | opened.get(day, 0)) & ~closed.get(day, 0)
            place = day * QUARTERS_A_DAY - local.start
            days |= hours << place if place >= 0 else hours >> -place
        bits |= (days & _run(0, len(part))) << (part.start - stretch.start)
    return bits


def _day_masks(schedule: Schedule) -> tuple[dict[int, int], dict[int, int], dict[int, int]]:
    """Return a day's 96 bits by weekday, and those opened and closed by days since 1970."""
    weekly: dict[int, int] = {}
    for rule in schedule.weekly:
        weekly[rule.weekday] = weekly.get(rule.weekday, 0) | _hours(rule)
    opened: dict[int, int] = {}
    closed: dict[int, int] = {}
    for exception in schedule.dated:
        days = opened if exception.is_open else closed
        day = exception.local_date.toordinal() - _EPOCH_ORDINAL
        days[day] = days.get(day, 0) | _hours(exception)
    return weekly, opened, closed


def _hours(hours: WeeklyHours | DatedHours) -> int:
    return _run(hours.starts_minute // QUARTER_MINUTES, hours.ends_minute // QUARTER_MINUTES)


def _run(start: int, stop: int) -> int:
    return (1 << stop) - (1 << start)


def _constant_offsets(zone: "ZoneInfo", stretch: range) -> Iterator[tuple[range, int]]:
    """Split the stretch where the clocks change; give each part with its offset in quarter hours.

    Every zone of today is whole quarter hours away from UTC, and none changes twice within a day.
    """
    begin, offset = stretch.start, _offset(zone, stretch.start)
    while begin < stretch.stop:
        change = next(_changes(zone, range(begin, stretch.stop), offset), stretch.stop)
        yield range(begin, change), offset
        begin, offset = change, _offset(zone, change)


def _changes(zone: "ZoneInfo", stretch: range, offset: int) -> Iterator[int]:
    """Give the first quarter hour with another offset: looked for by days, then by halves."""
    for day in range(stretch.start, stretch.stop, QUARTERS_A_DAY):
        ahead = min(day + QUARTERS_A_DAY, stretch.stop)
        if _offset(zone, ahead) != offset:
            quarters = range(day, ahead)
            differs = bisect_left(quarters, True, key=lambda each: _offset(zone, each) != offset)  # noqa: FBT003 (what is looked for)
            yield day + differs


def _offset(zone: "ZoneInfo", quarter: int) -> int:
    offset = moment_of(quarter).astimezone(zone).utcoffset()
    return offset // QUARTER if offset else 0


@cache
def known_zones() -> frozenset[str]:
    """Return every name of the IANA database, as the tzdata package of production lists them."""
    from importlib import resources

    return frozenset(resources.files("tzdata").joinpath("zones").read_text("utf-8").split())

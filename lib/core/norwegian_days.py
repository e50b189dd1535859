"""Days as Norwegian law counts them: public holidays, and terms that end on a working day."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

OSLO = ZoneInfo("Europe/Oslo")
_FIXED = frozenset({(1, 1), (5, 1), (5, 17), (12, 25), (12, 26)})
# From Maundy Thursday to Whit Monday, in days after Easter Sunday.
_AROUND_EASTER = frozenset({-3, -2, 0, 1, 39, 49, 50})
_SATURDAY = 5


def easter_sunday(year: int) -> date:
    """Return Easter Sunday of a year of the Gregorian calendar (Meeus, Jones and Butcher)."""
    golden, century, of_century = year % 19, year // 100, year % 100
    skipped, corrected = century // 4, (century - (century + 8) // 25 + 1) // 3
    moon = (19 * golden + century - skipped - corrected + 15) % 30
    sunday = (32 + 2 * (century % 4) + 2 * (of_century // 4) - moon - of_century % 4) % 7
    late = (golden + 11 * moon + 22 * sunday) // 451
    month, day = divmod(moon + sunday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def is_working_day(day: date) -> bool:
    """Return whether a day is neither a Saturday, a Sunday nor a public holiday."""
    is_fixed = (day.month, day.day) in _FIXED
    is_movable = (day - easter_sunday(day.year)).days in _AROUND_EASTER
    return day.weekday() < _SATURDAY and not is_fixed and not is_movable


def end_of_term(begun: datetime, days: int) -> datetime:
    """Return when a term of so many days ends, UTC: the day that it begins on does not count.

    It lasts until midnight in Norway after its last day, or after the next working day where that
    is none.
    """
    last = begun.astimezone(OSLO).date() + timedelta(days=days)
    while not is_working_day(last):
        last += timedelta(days=1)
    return datetime.combine(last + timedelta(days=1), time(), OSLO).astimezone(UTC)

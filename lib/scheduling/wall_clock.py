"""Quarter hours and the wall clock of a zone: no schedule, no database, no clock."""

from bisect import bisect_left
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

QUARTER = timedelta(minutes=15)
QUARTER_MINUTES = 15
QUARTERS_A_DAY = 96
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


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


def constant_offsets(zone: "ZoneInfo", stretch: range) -> Iterator[tuple[range, int]]:
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


def zone_named(name: str) -> "ZoneInfo":
    """Return a zone of the IANA database; most requests need none, so it is imported here."""
    from zoneinfo import ZoneInfo

    return ZoneInfo(name)


@cache
def known_zones() -> frozenset[str]:
    """Return every name of the IANA database, as the tzdata package of production lists them."""
    from importlib import resources

    return frozenset(resources.files("tzdata").joinpath("zones").read_text("utf-8").split())

"""Slots: computed from a mentor's schedule and calendar when they are asked for, never stored."""

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from lib.core.db import Db
from lib.core.errors import InvalidError
from lib.mentors import service as mentors
from lib.scheduling import availability, limiting, limits, rules, schedule_repository
from lib.scheduling.availability import Schedule
from lib.scheduling.schedules import NOTHING_OPEN
from lib.scheduling.schemas import FindSlots, Slot, Slots

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

_DAY = timedelta(days=1)


def find(db: Db, wanted: FindSlots, *, offer_id: str, now: datetime) -> Slots:
    """Return the slots of an offer, in three statements; raises NotFoundError, InvalidError."""
    offer = mentors.offer_for_sale(db, offer_id)
    schedule = _schedule(db, offer.mentor_id, _day(wanted.from_), _day(wanted.to))
    zone = availability.zone_named(wanted.time_zone or schedule.time_zone)
    within = _within(wanted, zone)
    reach = availability.with_buffers(within, schedule)
    longest = offer.minutes // availability.QUARTER_MINUTES
    stretch = range(reach.start, reach.stop + longest)
    taken, full = limiting.taken_and_full(
        db, schedule, offer.mentor_id, within=within, stretch=stretch, now=now
    )
    found = (
        availability.starts(schedule, minutes=offer.minutes, within=within, now=now, taken=taken)
        if offer.is_bookable
        else []
    )
    return Slots(
        time_zone=schedule.time_zone,
        local_time_zone=zone.key,
        slots=[
            slot
            for slot in (_slot(quarter, offer.minutes, zone) for quarter in found)
            if not (full and limits.is_reached(full, slot.starts_at, schedule.zone))
        ],
    )


def is_offered(schedule: Schedule, starts_at: datetime, minutes: int, now: datetime) -> bool:
    """Return whether the mentor's hours, notice and window allow it, whatever is taken."""
    start = availability.quarter_of(starts_at)
    if availability.moment_of(start) != starts_at:
        return False
    within = range(start, start + 1)
    return bool(availability.starts(schedule, minutes=minutes, within=within, now=now))


def schedule_around(db: Db, mentor_id: str, starts_at: datetime) -> Schedule:
    """Return the mentor's schedule, with those exceptions that a session at that time may meet."""
    return _schedule(db, mentor_id, _day(starts_at), _day(starts_at))


def _schedule(db: Db, mentor_id: str, first: date, last: date) -> Schedule:
    # A local date is at most a day from the UTC date, and a session may reach into the next.
    found = schedule_repository.schedule(
        db, mentor_id, first=first - 2 * _DAY, last=last + 2 * _DAY
    )
    return found or NOTHING_OPEN


def _within(wanted: FindSlots, zone: "ZoneInfo") -> range:
    begin = _instant(wanted.from_, zone)
    end = _instant(wanted.to, zone, is_last=True)
    if not begin < end:
        raise _refused("order", "`to` must be after `from`")
    if end - begin > rules.LONGEST_SEARCH:
        raise _refused("too_long", "At most 31 days")
    return range(availability.quarter_from(begin), availability.quarter_from(end))


def _instant(value: date, zone: "ZoneInfo", *, is_last: bool = False) -> datetime:
    if isinstance(value, datetime):
        return value
    return availability.local_midnight(value + _DAY if is_last else value, zone)


def _day(value: date) -> date:
    return value.astimezone(UTC).date() if isinstance(value, datetime) else value


def _refused(code: str, detail: str) -> InvalidError:
    return InvalidError(errors=[{"pointer": "/to", "code": code, "detail": detail}])


def _slot(quarter: int, minutes: int, zone: "ZoneInfo") -> Slot:
    starts_at = availability.moment_of(quarter)
    ends_at = starts_at + timedelta(minutes=minutes)
    return Slot(
        starts_at=starts_at,
        ends_at=ends_at,
        local_starts_at=starts_at.astimezone(zone),
        local_ends_at=ends_at.astimezone(zone),
    )

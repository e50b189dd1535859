"""Availability, as a mentor keeps it: read, and replaced as a whole."""

from collections import defaultdict
from collections.abc import Hashable, Iterable
from datetime import datetime

from lib.core import ids
from lib.core.db import Db, DuplicateError
from lib.core.errors import InvalidError
from lib.mentors import service as mentors
from lib.scheduling import rules, schedule_repository
from lib.scheduling.availability import DatedHours, Schedule, WeeklyHours
from lib.scheduling.schemas import Availability, SetAvailability
from lib.scheduling.schemas import DatedHours as DatedHoursShown
from lib.scheduling.schemas import WeeklyHours as WeeklyHoursShown

_HOUR = 60
_DAY = 24 * _HOUR

NOTHING_OPEN = Schedule(
    time_zone=rules.DEFAULT_TIME_ZONE,
    notice_minutes=rules.DEFAULT_NOTICE_MINUTES,
    window_days=rules.DEFAULT_WINDOW_DAYS,
    buffer_before_minutes=0,
    buffer_after_minutes=0,
    weekly=(),
    dated=(),
)


def read(db: Db, mentor_id: str) -> Availability:
    """Return the mentor's availability, or what it is before they have set it; NotAMentorError."""
    mentors.require_mentor(db, mentor_id)
    return _shown(schedule_repository.schedule(db, mentor_id) or NOTHING_OPEN)


def replace(db: Db, wanted: SetAvailability, *, mentor_id: str, now: datetime) -> Availability:
    """Put this availability in the place of any that was there; NotAMentorError, InvalidError."""
    mentors.require_mentor(db, mentor_id)
    schedule = _schedule(wanted)
    _refuse_overlaps(schedule)
    settings = {**vars(schedule), "mentor_id": mentor_id, "now": now}
    schedule_id = _write_settings(db, mentor_id, settings)
    schedule_repository.insert_hours(db, schedule_id, schedule.weekly, schedule.dated)
    return read(db, mentor_id)


def _write_settings(db: Db, mentor_id: str, settings: dict[str, object]) -> str:
    schedule_id = ids.new("sch")
    if schedule_repository.lock_schedule(db, mentor_id) is None:
        try:
            schedule_repository.insert_schedule(db, {**settings, "id": schedule_id})
        except DuplicateError:
            pass
        else:
            return schedule_id
    existing = schedule_repository.lock_schedule(db, mentor_id) or schedule_id
    schedule_repository.update_schedule(db, {**settings, "id": existing})
    return existing


def _refuse_overlaps(schedule: Schedule) -> None:
    errors = [
        {"pointer": f"/{name}/{place}", "code": "overlap", "detail": "Overlaps another"}
        for name, place in (
            *(("rules", place) for place in _overlapping_weekly(schedule.weekly)),
            *(("exceptions", place) for place in _overlapping_dated(schedule.dated)),
        )
    ]
    if errors:
        raise InvalidError(errors=errors[:50])


def overlapping(hours: Iterable[tuple[Hashable, int, int]]) -> list[int]:
    """Return the places of those (day, starts, ends) that begin before an earlier one has ended."""
    by_day: defaultdict[Hashable, list[tuple[int, int, int]]] = defaultdict(list)
    for place, (day, starts, ends) in enumerate(hours):
        by_day[day].append((starts, ends, place))
    found = []
    for windows in by_day.values():
        latest = 0
        for starts, ends, place in sorted(windows):
            if starts < latest:
                found.append(place)
            latest = max(latest, ends)
    return sorted(found)


def _overlapping_weekly(weekly: Iterable[WeeklyHours]) -> list[int]:
    return _overlapping_days([(rule, rule.weekday, rule.weekday % 7 + 1) for rule in weekly])


def _overlapping_dated(dated: Iterable[DatedHours]) -> list[int]:
    days = [(each, each.local_date.toordinal()) for each in dated]
    return _overlapping_days([(each, day, day + 1) for each, day in days])


def _overlapping_days(hours: list[tuple[WeeklyHours | DatedHours, int, int]]) -> list[int]:
    """Compare what each takes of its own day and, beyond midnight, of the one that follows."""
    parts = [
        (place, part)
        for place, (each, day, following) in enumerate(hours)
        for part in (
            (day, each.starts_minute, min(each.ends_minute, _DAY)),
            (following, 0, each.ends_minute - _DAY),
        )
        if part[1] < part[2]
    ]
    return sorted({parts[found][0] for found in overlapping(part for _, part in parts)})


def _schedule(wanted: SetAvailability) -> Schedule:
    return Schedule(
        time_zone=wanted.time_zone,
        notice_minutes=wanted.notice_minutes,
        window_days=wanted.window_days,
        buffer_before_minutes=wanted.buffer_before_minutes,
        buffer_after_minutes=wanted.buffer_after_minutes,
        weekly=tuple(
            WeeklyHours(rule.weekday, *_minutes(rule.starts, rule.ends)) for rule in wanted.rules
        ),
        dated=tuple(
            DatedHours(each.date, *_minutes(each.starts, each.ends), each.is_open)
            for each in wanted.exceptions
        ),
        move_notice_minutes=wanted.move_notice_minutes,
        cancel_notice_minutes=wanted.cancel_notice_minutes,
        window_kind=wanted.window_kind,
        first_date=wanted.first_date,
        last_date=wanted.last_date,
        interval_minutes=wanted.interval_minutes,
        offset_minutes=wanted.offset_minutes,
    )


def _shown(schedule: Schedule) -> Availability:
    return Availability(
        time_zone=schedule.time_zone,
        notice_minutes=schedule.notice_minutes,
        window_days=schedule.window_days,
        buffer_before_minutes=schedule.buffer_before_minutes,
        buffer_after_minutes=schedule.buffer_after_minutes,
        rules=[
            WeeklyHoursShown(
                weekday=rule.weekday,
                starts=_clock_time(rule.starts_minute),
                ends=_clock_time(rule.ends_minute),
            )
            for rule in schedule.weekly
        ],
        exceptions=[
            DatedHoursShown(
                date=each.local_date,
                starts=_clock_time(each.starts_minute),
                ends=_clock_time(each.ends_minute),
                is_open=each.is_open,
            )
            for each in schedule.dated
        ],
        move_notice_minutes=schedule.move_notice_minutes,
        cancel_notice_minutes=schedule.cancel_notice_minutes,
        window_kind=schedule.window_kind,
        first_date=schedule.first_date,
        last_date=schedule.last_date,
        interval_minutes=schedule.interval_minutes,
        offset_minutes=schedule.offset_minutes,
    )


def _minutes(starts: str, ends: str) -> tuple[int, int]:
    """Return both in minutes after the first midnight: one that ends earlier ends the next day."""
    first, last = _minute(starts), _minute(ends)
    return first, last if first < last else last + _DAY


def _minute(clock_time: str) -> int:
    hours, minutes = clock_time.split(":")
    return int(hours) * _HOUR + int(minutes)


def _clock_time(minute: int) -> str:
    minute = minute - _DAY if minute > _DAY else minute
    return f"{minute // _HOUR:02d}:{minute % _HOUR:02d}"

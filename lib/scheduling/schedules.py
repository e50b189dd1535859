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
            *(("rules", place) for place in overlapping(_by_weekday(schedule.weekly))),
            *(("exceptions", place) for place in overlapping(_by_date(schedule.dated))),
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


def _by_weekday(weekly: Iterable[WeeklyHours]) -> list[tuple[Hashable, int, int]]:
    return [(rule.weekday, rule.starts_minute, rule.ends_minute) for rule in weekly]


def _by_date(dated: Iterable[DatedHours]) -> list[tuple[Hashable, int, int]]:
    return [(each.local_date, each.starts_minute, each.ends_minute) for each in dated]


def _schedule(wanted: SetAvailability) -> Schedule:
    return Schedule(
        time_zone=wanted.time_zone,
        notice_minutes=wanted.notice_minutes,
        window_days=wanted.window_days,
        buffer_before_minutes=wanted.buffer_before_minutes,
        buffer_after_minutes=wanted.buffer_after_minutes,
        weekly=tuple(
            WeeklyHours(rule.weekday, _minute(rule.starts), _minute(rule.ends))
            for rule in wanted.rules
        ),
        dated=tuple(
            DatedHours(each.date, _minute(each.starts), _minute(each.ends), each.is_open)
            for each in wanted.exceptions
        ),
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
    )


def _minute(clock_time: str) -> int:
    hours, minutes = clock_time.split(":")
    return int(hours) * _HOUR + int(minutes)


def _clock_time(minute: int) -> str:
    return f"{minute // _HOUR:02d}:{minute % _HOUR:02d}"

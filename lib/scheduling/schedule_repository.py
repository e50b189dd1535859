"""All SQL of mentors' schedules."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from lib.core.db import Db
from lib.scheduling.availability import (
    QUARTER_MINUTES,
    Absence,
    DatedHours,
    Journey,
    Schedule,
    WeeklyHours,
    WindowKind,
)
from lib.scheduling.limits import Caps, Limits


@dataclass(frozen=True)
class _Line:
    """A line of a schedule: its settings, a weekly rule (weekday) or an exception (local_date)."""

    time_zone: str | None
    notice_minutes: int | None
    window_days: int | None
    buffer_before_minutes: int | None
    buffer_after_minutes: int | None
    weekday: int | None
    local_date: date | None
    starts_minute: int | None
    ends_minute: int | None
    is_open: int | None
    move_notice_minutes: int | None
    cancel_notice_minutes: int | None
    window_kind: WindowKind | None
    first_date: date | None
    last_date: date | None
    interval_minutes: int | None
    offset_minutes: int | None
    journey_zone: str | None
    in_all_day: int | None
    in_all_week: int | None
    in_all_month: int | None
    for_one_day: int | None
    for_one_week: int | None
    for_one_month: int | None


@dataclass(frozen=True)
class _Limits:
    in_all_day: int | None
    in_all_week: int | None
    in_all_month: int | None
    for_one_day: int | None
    for_one_week: int | None
    for_one_month: int | None


@dataclass(frozen=True)
class _Key:
    id: str


def schedule(
    db: Db, mentor_id: str, *, first: date = date.min, last: date = date.max
) -> Schedule | None:
    """Return the mentor's schedule, in one statement.

    With it the exceptions, absences and journeys that meet `first` to `last`.
    """
    lines = db.all(
        _Line,
        """
        SELECT time_zone, notice_minutes, window_days, buffer_before_minutes,
               buffer_after_minutes, NULL AS weekday, NULL AS local_date, NULL AS starts_minute,
               NULL AS ends_minute, NULL AS is_open, move_notice_minutes, cancel_notice_minutes,
               window_kind, first_date, last_date, interval_minutes, offset_minutes,
               NULL AS journey_zone, l.in_all_day, l.in_all_week, l.in_all_month, l.for_one_day,
               l.for_one_week, l.for_one_month
          FROM schedule s
          LEFT JOIN session_limit l ON l.mentor_id = s.mentor_id
         WHERE s.mentor_id = %(mentor_id)s
         UNION ALL
        SELECT NULL, NULL, NULL, NULL, NULL, r.weekday, NULL, r.starts_minute, r.ends_minute, NULL,
               NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
          FROM schedule s
          JOIN schedule_rule r ON r.schedule_id = s.id
         WHERE s.mentor_id = %(mentor_id)s
         UNION ALL
        SELECT NULL, NULL, NULL, NULL, NULL, NULL, e.local_date, e.starts_minute, e.ends_minute,
               e.is_open, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
               NULL, NULL
          FROM schedule s
          JOIN schedule_exception e ON e.schedule_id = s.id
         WHERE s.mentor_id = %(mentor_id)s
           AND e.local_date BETWEEN %(first)s AND %(last)s
         UNION ALL
        SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
               a.first_date, a.last_date, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
          FROM absence a
         WHERE a.mentor_id = %(mentor_id)s
           AND a.first_date <= %(last)s
           AND a.last_date >= %(first)s
         UNION ALL
        SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
               j.first_date, j.last_date, NULL, NULL, j.time_zone, NULL, NULL, NULL, NULL, NULL,
               NULL
          FROM journey j
         WHERE j.mentor_id = %(mentor_id)s
           AND j.first_date <= %(last)s
           AND j.last_date >= %(first)s
        """,
        {"mentor_id": mentor_id, "first": first, "last": last},
    )
    return _assembled(lines)


def limits_of(db: Db, mentor_id: str) -> Limits:
    """Return the mentor's limits, none of them where none were set."""
    found = db.one(
        _Limits,
        """
        SELECT in_all_day, in_all_week, in_all_month, for_one_day, for_one_week, for_one_month
          FROM session_limit
         WHERE mentor_id = %(mentor_id)s
        """,
        {"mentor_id": mentor_id},
    )
    return _limits(found) if found else Limits()


def insert_schedule(db: Db, values: Mapping[str, object]) -> None:
    """Write a mentor's first schedule; raises DuplicateError where there is one."""
    db.execute(
        """
        INSERT INTO schedule
               (id, mentor_id, time_zone, notice_minutes, window_days, buffer_before_minutes,
                buffer_after_minutes, move_notice_minutes, cancel_notice_minutes, window_kind,
                first_date, last_date, interval_minutes, offset_minutes, updated_at)
        VALUES (%(id)s, %(mentor_id)s, %(time_zone)s, %(notice_minutes)s, %(window_days)s,
                %(buffer_before_minutes)s, %(buffer_after_minutes)s,
                %(move_notice_minutes)s, %(cancel_notice_minutes)s, %(window_kind)s,
                %(first_date)s, %(last_date)s, %(interval_minutes)s, %(offset_minutes)s, %(now)s)
        """,
        values,
    )


def lock_schedule(db: Db, mentor_id: str) -> str | None:
    """Return the id of the mentor's schedule; others wait with theirs until the commit."""
    found = db.one(
        _Key,
        "SELECT id FROM schedule WHERE mentor_id = %(mentor_id)s FOR UPDATE",
        {"mentor_id": mentor_id},
    )
    return found.id if found else None


def update_schedule(db: Db, values: Mapping[str, object]) -> None:
    """Write every setting of a schedule, and empty it of rules and exceptions."""
    db.execute(
        """
        UPDATE schedule
           SET time_zone = %(time_zone)s,
               notice_minutes = %(notice_minutes)s,
               window_days = %(window_days)s,
               buffer_before_minutes = %(buffer_before_minutes)s,
               buffer_after_minutes = %(buffer_after_minutes)s,
               move_notice_minutes = %(move_notice_minutes)s,
               cancel_notice_minutes = %(cancel_notice_minutes)s,
               window_kind = %(window_kind)s,
               first_date = %(first_date)s,
               last_date = %(last_date)s,
               interval_minutes = %(interval_minutes)s,
               offset_minutes = %(offset_minutes)s,
               updated_at = %(now)s
         WHERE id = %(id)s
        """,
        values,
    )
    db.execute("DELETE FROM schedule_rule WHERE schedule_id = %(id)s", {"id": values["id"]})
    db.execute("DELETE FROM schedule_exception WHERE schedule_id = %(id)s", {"id": values["id"]})


def insert_hours(
    db: Db, schedule_id: str, weekly: Iterable[WeeklyHours], dated: Iterable[DatedHours]
) -> None:
    """Write rules and exceptions of a schedule that has none."""
    db.insert_all(
        """
        INSERT INTO schedule_rule (schedule_id, weekday, starts_minute, ends_minute)
        VALUES (%(schedule_id)s, %(weekday)s, %(starts_minute)s, %(ends_minute)s)
        """,
        [{"schedule_id": schedule_id, **vars(rule)} for rule in weekly],
    )
    db.insert_all(
        """
        INSERT INTO schedule_exception
               (schedule_id, local_date, starts_minute, ends_minute, is_open)
        VALUES (%(schedule_id)s, %(local_date)s, %(starts_minute)s, %(ends_minute)s, %(is_open)s)
        """,
        [{"schedule_id": schedule_id, **vars(exception)} for exception in dated],
    )


def _assembled(lines: list[_Line]) -> Schedule | None:
    settings = next((line for line in lines if line.time_zone is not None), None)
    if settings is None:
        return None
    return Schedule(
        time_zone=settings.time_zone or "",
        notice_minutes=settings.notice_minutes or 0,
        window_days=settings.window_days or 0,
        buffer_before_minutes=settings.buffer_before_minutes or 0,
        buffer_after_minutes=settings.buffer_after_minutes or 0,
        weekly=tuple(
            sorted(
                (
                    WeeklyHours(line.weekday, line.starts_minute or 0, line.ends_minute or 0)
                    for line in lines
                    if line.weekday is not None
                ),
                key=lambda rule: (rule.weekday, rule.starts_minute),
            )
        ),
        dated=tuple(
            sorted(
                (
                    DatedHours(
                        line.local_date,
                        line.starts_minute or 0,
                        line.ends_minute or 0,
                        bool(line.is_open),
                    )
                    for line in lines
                    if line.local_date is not None
                ),
                key=lambda exception: (exception.local_date, exception.starts_minute),
            )
        ),
        move_notice_minutes=settings.move_notice_minutes or 0,
        cancel_notice_minutes=settings.cancel_notice_minutes or 0,
        window_kind=settings.window_kind or "days",
        first_date=settings.first_date,
        last_date=settings.last_date,
        interval_minutes=settings.interval_minutes or QUARTER_MINUTES,
        offset_minutes=settings.offset_minutes or 0,
        absences=_absences(lines),
        journeys=_journeys(lines),
        limits=_limits(settings),
    )


def _absences(lines: list[_Line]) -> tuple[Absence, ...]:
    found = [
        Absence(line.first_date, line.last_date)
        for line in lines
        if line.first_date and line.last_date and not (line.journey_zone or line.time_zone)
    ]
    return tuple(sorted(found, key=lambda each: each.first_date))


def _journeys(lines: list[_Line]) -> tuple[Journey, ...]:
    found = [
        Journey(line.first_date, line.last_date, line.journey_zone)
        for line in lines
        if line.first_date and line.last_date and line.journey_zone
    ]
    return tuple(sorted(found, key=lambda each: each.first_date))


def _limits(line: _Line | _Limits) -> Limits:
    return Limits(
        in_all=Caps(line.in_all_day, line.in_all_week, line.in_all_month),
        for_one=Caps(line.for_one_day, line.for_one_week, line.for_one_month),
    )

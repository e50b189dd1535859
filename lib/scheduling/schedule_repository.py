"""All SQL of mentors' schedules."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from lib.core.db import Db
from lib.scheduling.availability import DatedHours, Schedule, WeeklyHours


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


@dataclass(frozen=True)
class _Key:
    id: str


def schedule(
    db: Db, mentor_id: str, *, first: date = date.min, last: date = date.max
) -> Schedule | None:
    """Return the mentor's schedule with the exceptions of `first` to `last`, in one statement."""
    lines = db.all(
        _Line,
        """
        SELECT time_zone, notice_minutes, window_days, buffer_before_minutes,
               buffer_after_minutes, NULL AS weekday, NULL AS local_date, NULL AS starts_minute,
               NULL AS ends_minute, NULL AS is_open
          FROM schedule
         WHERE mentor_id = %(mentor_id)s
         UNION ALL
        SELECT NULL, NULL, NULL, NULL, NULL, r.weekday, NULL, r.starts_minute, r.ends_minute, NULL
          FROM schedule s
          JOIN schedule_rule r ON r.schedule_id = s.id
         WHERE s.mentor_id = %(mentor_id)s
         UNION ALL
        SELECT NULL, NULL, NULL, NULL, NULL, NULL, e.local_date, e.starts_minute, e.ends_minute,
               e.is_open
          FROM schedule s
          JOIN schedule_exception e ON e.schedule_id = s.id
         WHERE s.mentor_id = %(mentor_id)s
           AND e.local_date BETWEEN %(first)s AND %(last)s
        """,
        {"mentor_id": mentor_id, "first": first, "last": last},
    )
    return _assembled(lines)


def insert_schedule(db: Db, values: Mapping[str, object]) -> None:
    """Write a mentor's first schedule; raises DuplicateError where there is one."""
    db.execute(
        """
        INSERT INTO schedule
               (id, mentor_id, time_zone, notice_minutes, window_days, buffer_before_minutes,
                buffer_after_minutes, updated_at)
        VALUES (%(id)s, %(mentor_id)s, %(time_zone)s, %(notice_minutes)s, %(window_days)s,
                %(buffer_before_minutes)s, %(buffer_after_minutes)s, %(now)s)
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
    )

"""All SQL of how many sessions a mentor gives, and of the sessions that count."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from lib.core.db import Db
from lib.scheduling.rules import MAX_COUNTED


@dataclass(frozen=True)
class Session:
    """A session that takes place, or will unless it is not paid for in time."""

    id: str
    mentee_id: str
    starts_at: datetime


@dataclass(frozen=True)
class _Line:
    first: int | None
    last: int | None
    starts_at: datetime | None


def replace_limits(db: Db, values: Mapping[str, object]) -> None:
    """Put these limits in the place of any that the mentor had."""
    db.execute("DELETE FROM session_limit WHERE mentor_id = %(mentor_id)s", values)
    db.execute(
        """
        INSERT INTO session_limit
               (mentor_id, in_all_day, in_all_week, in_all_month, for_one_day, for_one_week,
                for_one_month)
        VALUES (%(mentor_id)s, %(in_all_day)s, %(in_all_week)s, %(in_all_month)s, %(for_one_day)s,
                %(for_one_week)s, %(for_one_month)s)
        """,
        values,
    )


def lock_sessions(
    db: Db, mentor_id: str, begin: datetime, end: datetime, now: datetime
) -> list[Session]:
    """Return the mentor's sessions that begin in that time, as they are now; locking."""
    return db.all(
        Session,
        """
        SELECT id, mentee_id, starts_at
          FROM booking
         WHERE mentor_id = %(mentor_id)s
           AND starts_at >= %(begin)s
           AND starts_at < %(end)s
           AND state NOT IN ('cancelled', 'declined', 'expired')
           AND (state NOT IN ('requested', 'held') OR hold_expires_at > %(now)s)
         ORDER BY starts_at
         LIMIT %(limit)s
           FOR UPDATE
        """,
        {"mentor_id": mentor_id, "begin": begin, "end": end, "now": now, "limit": MAX_COUNTED},
    )


def taken_and_sessions(
    db: Db, mentor_id: str, within: range, between: tuple[datetime, datetime], now: datetime
) -> tuple[list[range], list[datetime]]:
    """Return what is taken of a calendar, as one range a booking, and when sessions begin between.

    In one statement. A request or an unpaid hold that has run out takes nothing, whether or not it
    is released yet.
    """
    found = db.all(
        _Line,
        """
        SELECT MIN(a.quarter_hour) AS first, MAX(a.quarter_hour) AS last, NULL AS starts_at
          FROM calendar_atom a
         WHERE a.person_id = %(mentor_id)s
           AND a.quarter_hour >= %(start)s
           AND a.quarter_hour < %(stop)s
           AND NOT EXISTS (SELECT 1
                             FROM booking b
                            WHERE b.id = a.booking_id
                              AND b.state IN ('requested', 'held')
                              AND b.hold_expires_at <= %(now)s)
         GROUP BY a.booking_id
         UNION ALL
        SELECT NULL, NULL, s.starts_at
          FROM booking s
         WHERE s.mentor_id = %(mentor_id)s
           AND s.starts_at >= %(begin)s
           AND s.starts_at < %(end)s
           AND s.state NOT IN ('cancelled', 'declined', 'expired')
           AND (s.state NOT IN ('requested', 'held') OR s.hold_expires_at > %(now)s)
         LIMIT %(limit)s
        """,
        {
            "mentor_id": mentor_id,
            "start": within.start,
            "stop": within.stop,
            "begin": between[0],
            "end": between[1],
            "now": now,
            "limit": MAX_COUNTED,
        },
    )
    # An unsigned number next to another branch of the UNION comes as a decimal.
    taken = [
        range(int(line.first), int(line.last) + 1)
        for line in found
        if line.first is not None and line.last is not None
    ]
    return taken, [line.starts_at for line in found if line.starts_at is not None]

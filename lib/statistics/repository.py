"""All SQL of statistics: sessions that were held are read, publications are only ever added."""

from dataclasses import dataclass
from datetime import datetime

from lib.core.db import Db


@dataclass(frozen=True)
class Held:
    """A session that was held; `closed_at` is when that was decided."""

    id: str
    mentor_id: str
    mentee_id: str
    ends_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True)
class Release:
    """A period that has been decided on, whether there was anything to tell or not."""

    period: str
    released_at: datetime


@dataclass(frozen=True)
class Told:
    """A figure that has been published."""

    period: str
    skill: str
    sessions: int


@dataclass(frozen=True)
class Skill:
    """One thing that a mentor can help with."""

    person_id: str
    skill: str


@dataclass(frozen=True)
class Restriction:
    """Somebody had processing restricted, or ended that."""

    person_id: str
    is_restricted: bool
    decided_at: datetime


@dataclass(frozen=True)
class _Moment:
    ends_at: datetime


@dataclass(frozen=True)
class _Name:
    period: str


def first_held(db: Db) -> datetime | None:
    """Return when the first session that was held ended."""
    sql = """
        SELECT ends_at
          FROM booking
         WHERE state = 'completed'
         ORDER BY ends_at
         LIMIT 1
    """
    found = db.one(_Moment, sql)
    return found.ends_at if found else None


def held(db: Db, *, begins: datetime, ends: datetime, after: Held | None, limit: int) -> list[Held]:
    """Return a page of the sessions that ended within a span and were held.

    Without those of anyone who objected to being counted when they ended: what was published before
    can still be counted again.
    """
    return db.all(
        Held,
        """
        SELECT id, mentor_id, mentee_id, ends_at, closed_at
          FROM booking
         WHERE state = 'completed'
           AND ends_at >= %(since)s
           AND ends_at < %(ends)s
           AND (ends_at > %(since)s OR id > %(id)s)
           AND NOT EXISTS (SELECT 1
                             FROM objection
                            WHERE objection.person_id IN (booking.mentee_id, booking.mentor_id)
                              AND objection.purpose = 'statistics'
                              AND objection.raised_at <= booking.ends_at
                              AND (objection.ended_at IS NULL
                                   OR objection.ended_at > booking.ends_at))
         ORDER BY ends_at, id
         LIMIT %(limit)s
        """,
        {
            "since": after.ends_at if after else begins,
            "id": after.id if after else "",
            "ends": ends,
            "limit": limit,
        },
    )


def skills_of(db: Db, person_ids: list[str], limit: int) -> list[Skill]:
    """Return what some mentors can help with."""
    return db.all(
        Skill,
        """
        SELECT person_id, skill
          FROM mentor_skill
         WHERE person_id IN %(ids)s
         LIMIT %(limit)s
        """,
        {"ids": tuple(person_ids), "limit": limit},
    )


def restrictions_of(db: Db, person_ids: list[str], limit: int) -> list[Restriction]:
    """Return when some people had processing restricted and ended that, in order."""
    return db.all(
        Restriction,
        """
        SELECT person_id, is_restricted, decided_at
          FROM restriction
         WHERE person_id IN %(ids)s
         ORDER BY person_id, decided_at
         LIMIT %(limit)s
        """,
        {"ids": tuple(person_ids), "limit": limit},
    )


def insert_release(db: Db, *, period: str, now: datetime) -> None:
    """Write that a period is decided on; raises DuplicateError where it was before."""
    db.execute(
        """
        INSERT INTO statistics_release (period, released_at)
        VALUES (%(period)s, %(now)s)
        """,
        {"period": period, "now": now},
    )


def insert_cells(db: Db, rows: list[dict[str, object]]) -> None:
    """Write a period's figures."""
    db.insert_all(
        """
        INSERT INTO statistics_cell (period, place, skill, sessions)
        VALUES (%(period)s, %(place)s, %(skill)s, %(sessions)s)
        """,
        rows,
    )


def released(db: Db, limit: int) -> set[str]:
    """Return the periods that have been decided on."""
    sql = """
        SELECT period
          FROM statistics_release
         ORDER BY period DESC
         LIMIT %(limit)s
    """
    return {each.period for each in db.all(_Name, sql, {"limit": limit})}


def releases(db: Db, *, length: int, before: str, limit: int) -> list[Release]:
    """Return periods whose names are so long (a month's 7, a year's 4), the newest first."""
    return db.all(
        Release,
        """
        SELECT period, released_at
          FROM statistics_release
         WHERE CHAR_LENGTH(period) = %(length)s
           AND period < %(before)s
         ORDER BY period DESC
         LIMIT %(limit)s
        """,
        {"length": length, "before": before, "limit": limit},
    )


def told(db: Db, *, first: str, last: str, limit: int) -> list[Told]:
    """Return the figures of the periods from one to another, in order."""
    return db.all(
        Told,
        """
        SELECT period, skill, sessions
          FROM statistics_cell
         WHERE period >= %(first)s
           AND period <= %(last)s
         ORDER BY period, place
         LIMIT %(limit)s
        """,
        {"first": first, "last": last, "limit": limit},
    )

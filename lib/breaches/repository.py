"""Breaches of security, as rows."""

from dataclasses import asdict, dataclass
from datetime import datetime

from lib.breaches.rules import Risk
from lib.core.db import Db


@dataclass(frozen=True)
class Row:
    """A breach."""

    id: str
    noticed_at: datetime
    notify_by: datetime
    what: str
    categories: str
    people: int
    risk: Risk
    measures: str
    delay_reason: str
    notified_authority_at: datetime | None
    notified_people_at: datetime | None
    noted_at: datetime
    noted_by: str
    closed_at: datetime | None


@dataclass(frozen=True)
class _Number:
    number: int


def insert(db: Db, row: Row) -> None:
    """Write a breach."""
    db.execute(
        """
        INSERT INTO breach
               (id, noticed_at, notify_by, what, categories, people, risk, measures,
                delay_reason, noted_at, noted_by)
        VALUES (%(id)s, %(noticed_at)s, %(notify_by)s, %(what)s, %(categories)s, %(people)s,
                %(risk)s, %(measures)s, %(delay_reason)s, %(noted_at)s, %(noted_by)s)
        """,
        asdict(row),
    )


def lock(db: Db, *, breach_id: str) -> Row | None:
    """Return a breach, locked."""
    return db.one(
        Row,
        """
        SELECT id, noticed_at, notify_by, what, categories, people, risk, measures, delay_reason,
               notified_authority_at, notified_people_at, noted_at, noted_by, closed_at
          FROM breach
         WHERE id = %(id)s
           FOR UPDATE
        """,
        {"id": breach_id},
    )


def update(db: Db, row: Row) -> None:
    """Write what is known of a breach by now."""
    db.execute(
        """
        UPDATE breach
           SET what = %(what)s,
               categories = %(categories)s,
               people = %(people)s,
               risk = %(risk)s,
               measures = %(measures)s,
               delay_reason = %(delay_reason)s,
               notified_authority_at = %(notified_authority_at)s,
               notified_people_at = %(notified_people_at)s,
               closed_at = %(closed_at)s
         WHERE id = %(id)s
        """,
        asdict(row),
    )


def by_deadline(db: Db, *, is_open: bool, notify_by: datetime, after: str, limit: int) -> list[Row]:
    """Return a page of the breaches that are open, or over, by their deadline."""
    return db.all(
        Row,
        """
        SELECT id, noticed_at, notify_by, what, categories, people, risk, measures, delay_reason,
               notified_authority_at, notified_people_at, noted_at, noted_by, closed_at
          FROM breach
         WHERE (closed_at IS NULL) = %(is_open)s
           AND (notify_by > %(notify_by)s OR (notify_by = %(notify_by)s AND id > %(after)s))
         ORDER BY notify_by, id
         LIMIT %(limit)s
        """,
        {"is_open": is_open, "notify_by": notify_by, "after": after, "limit": limit},
    )


def count_overdue(db: Db, *, now: datetime) -> int:
    """Return of how many breaches the authority should have been told and was not."""
    found = db.one(
        _Number,
        """
        SELECT COUNT(id) AS number
          FROM breach
         WHERE closed_at IS NULL
           AND notify_by <= %(now)s
           AND notified_authority_at IS NULL
           AND risk <> 'unlikely'
        """,
        {"now": now},
    )
    return found.number if found else 0

"""Hours of packs, as entries that are only ever added: what is left is their sum."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from lib.core.db import Db


@dataclass(frozen=True)
class Entry:
    """Quarter hours that came (positive) or went (negative), and what caused it."""

    purchase_id: str
    cause_id: str
    kind: str
    quarters: int
    created_at: datetime


@dataclass(frozen=True)
class Left:
    """A pack that was bought, and how many quarter hours of it are left."""

    purchase_id: str
    mentor_id: str
    title: str
    hours_expire_at: datetime
    captured_at: datetime
    early_start_at: datetime | None
    quarters: int
    left: Decimal


@dataclass(frozen=True)
class Id:
    """The key of a purchase."""

    id: str


def insert(db: Db, rows: list[dict[str, object]]) -> None:
    """Add entries; raises DuplicateError when a cause has had this effect already."""
    db.insert_all(
        """
        INSERT INTO hour_entry (purchase_id, cause_id, kind, quarters, created_at)
        VALUES (%(purchase_id)s, %(cause_id)s, %(kind)s, %(quarters)s, %(now)s)
        """,
        rows,
    )


def of_purchase(db: Db, *, purchase_id: str) -> list[Entry]:
    """Return the entries of a pack, oldest first, locked; a pack has no more than its quarters."""
    return db.all(
        Entry,
        """
        SELECT purchase_id, cause_id, kind, quarters, created_at
          FROM hour_entry
         WHERE purchase_id = %(purchase_id)s
         ORDER BY created_at, cause_id, kind
         LIMIT 2000
           FOR UPDATE
        """,
        {"purchase_id": purchase_id},
    )


def of_cause(db: Db, *, cause_id: str) -> list[Entry]:
    """Return what a booking took out of which packs, and what of it went back."""
    return db.all(
        Entry,
        """
        SELECT purchase_id, cause_id, kind, quarters, created_at
          FROM hour_entry
         WHERE cause_id = %(cause_id)s
         ORDER BY purchase_id, kind
         LIMIT 200
           FOR UPDATE
        """,
        {"cause_id": cause_id},
    )


def usable(db: Db, *, mentee_id: str, mentor_id: str, until: datetime, limit: int) -> list[Left]:
    """Return a mentee's packs of a mentor that are good until then, the first to expire first."""
    return db.all(
        Left,
        """
        SELECT p.id AS purchase_id, p.mentor_id, p.title, p.hours_expire_at, p.captured_at,
               p.early_start_at, p.quarters, SUM(e.quarters) AS `left`
          FROM purchase p
          JOIN hour_entry e ON e.purchase_id = p.id
         WHERE p.mentee_id = %(mentee_id)s
           AND p.mentor_id = %(mentor_id)s
           AND p.state = 'captured'
           AND p.pack_id IS NOT NULL
           AND p.hours_expire_at >= %(until)s
         GROUP BY p.id, p.mentor_id, p.title, p.hours_expire_at, p.captured_at, p.early_start_at,
                  p.quarters
        HAVING SUM(e.quarters) > 0
         ORDER BY p.hours_expire_at, p.id
         LIMIT %(limit)s
        """,
        {"mentee_id": mentee_id, "mentor_id": mentor_id, "until": until, "limit": limit},
    )


def packs_of(db: Db, *, mentee_id: str, before: str, limit: int) -> list[Left]:
    """Return a page of the packs that a person has bought, newest first, with what is left."""
    return db.all(
        Left,
        """
        SELECT p.id AS purchase_id, p.mentor_id, p.title, p.hours_expire_at, p.captured_at,
               p.early_start_at, p.quarters, SUM(e.quarters) AS `left`
          FROM purchase p
          JOIN hour_entry e ON e.purchase_id = p.id
         WHERE p.mentee_id = %(mentee_id)s
           AND p.state = 'captured'
           AND p.pack_id IS NOT NULL
           AND p.id < %(before)s
         GROUP BY p.id, p.mentor_id, p.title, p.hours_expire_at, p.captured_at, p.early_start_at,
                  p.quarters
         ORDER BY p.id DESC
         LIMIT %(limit)s
        """,
        {"mentee_id": mentee_id, "before": before, "limit": limit},
    )


def with_hours_left(db: Db, *, person_id: str, limit: int) -> list[Id]:
    """Return packs, bought from or by a person, of which something is left."""
    return db.all(
        Id,
        """
        SELECT p.id
          FROM purchase p
          JOIN hour_entry e ON e.purchase_id = p.id
         WHERE (p.mentee_id = %(person_id)s OR p.mentor_id = %(person_id)s)
           AND p.state = 'captured'
         GROUP BY p.id
        HAVING SUM(e.quarters) > 0
         ORDER BY p.id
         LIMIT %(limit)s
        """,
        {"person_id": person_id, "limit": limit},
    )


def expired(db: Db, *, now: datetime, after: str, limit: int) -> list[Id]:
    """Return packs whose time is over and of which something is left, by id."""
    return db.all(
        Id,
        """
        SELECT p.id
          FROM purchase p
          JOIN hour_entry e ON e.purchase_id = p.id
         WHERE p.hours_expire_at <= %(now)s
           AND p.state = 'captured'
           AND p.id > %(after)s
         GROUP BY p.id
        HAVING SUM(e.quarters) > 0
         ORDER BY p.id
         LIMIT %(limit)s
        """,
        {"now": now, "after": after, "limit": limit},
    )

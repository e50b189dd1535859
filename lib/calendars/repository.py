"""All SQL of calendars: feeds, and bookings as they are read into one."""

from dataclasses import dataclass
from datetime import datetime

from lib.core.db import Db


@dataclass(frozen=True)
class Feed:
    """A row of `calendar_feed`."""

    person_id: str
    created_at: datetime


@dataclass(frozen=True)
class Booking:
    """What a calendar shows of a booking, and whose it is."""

    id: str
    mentor_id: str
    mentee_id: str
    title: str
    starts_at: datetime
    ends_at: datetime
    created_at: datetime
    confirmed_at: datetime | None
    state: str
    version: int


def feed_of(db: Db, *, person_id: str) -> Feed | None:
    """Return the person's feed."""
    return db.one(
        Feed,
        "SELECT person_id, created_at FROM calendar_feed WHERE person_id = %(person_id)s",
        {"person_id": person_id},
    )


def feed_at(db: Db, *, token_hash: str) -> Feed | None:
    """Return whose feed is at an address."""
    return db.one(
        Feed,
        "SELECT person_id, created_at FROM calendar_feed WHERE token_hash = %(token_hash)s",
        {"token_hash": token_hash},
    )


def insert_feed(db: Db, *, person_id: str, token_hash: str, now: datetime) -> None:
    """Write a feed; the person has none."""
    db.execute(
        """
        INSERT INTO calendar_feed (person_id, token_hash, created_at)
        VALUES (%(person_id)s, %(token_hash)s, %(now)s)
        """,
        {"person_id": person_id, "token_hash": token_hash, "now": now},
    )


def delete_feed(db: Db, *, person_id: str) -> None:
    """Remove the person's feed, if there is one."""
    db.execute(
        "DELETE FROM calendar_feed WHERE person_id = %(person_id)s", {"person_id": person_id}
    )


def lock_feed_of(db: Db, *, person_id: str) -> Feed | None:
    """Return the person's feed as it is now, whatever the transaction's snapshot has."""
    return db.one(
        Feed,
        """
        SELECT person_id, created_at
          FROM calendar_feed
         WHERE person_id = %(person_id)s
           FOR UPDATE
        """,
        {"person_id": person_id},
    )


def booking_of(db: Db, *, booking_id: str, person_id: str) -> Booking | None:
    """Return the booking where the person is a party to it."""
    return db.one(
        Booking,
        """
        SELECT id, mentor_id, mentee_id, title, starts_at, ends_at, created_at, confirmed_at,
               state, version
          FROM booking
         WHERE id = %(booking_id)s
           AND (mentee_id = %(person_id)s OR mentor_id = %(person_id)s)
        """,
        {"booking_id": booking_id, "person_id": person_id},
    )


def confirmed_of(
    db: Db, *, person_id: str, ends_at: datetime, after: str, limit: int
) -> list[Booking]:
    """Return bookings of a person that were confirmed once, as either party, by their end and id.

    Only those that end later than `ends_at`, or then and with an id above `after`.
    """
    return db.all(
        Booking,
        """
        (SELECT id, mentor_id, mentee_id, title, starts_at, ends_at, created_at, confirmed_at,
                state, version
           FROM booking
          WHERE mentee_id = %(person_id)s
            AND (ends_at > %(ends_at)s OR (ends_at = %(ends_at)s AND id > %(after)s))
            AND confirmed_at IS NOT NULL
          ORDER BY ends_at, id
          LIMIT %(limit)s)
        UNION ALL
        (SELECT id, mentor_id, mentee_id, title, starts_at, ends_at, created_at, confirmed_at,
                state, version
           FROM booking
          WHERE mentor_id = %(person_id)s
            AND (ends_at > %(ends_at)s OR (ends_at = %(ends_at)s AND id > %(after)s))
            AND confirmed_at IS NOT NULL
          ORDER BY ends_at, id
          LIMIT %(limit)s)
         ORDER BY ends_at, id
         LIMIT %(limit)s
        """,
        {"person_id": person_id, "ends_at": ends_at, "after": after, "limit": limit},
    )

"""All SQL of bookings; the time that they take is calendar_repository's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from lib.core.db import Db
from lib.scheduling.rules import Role, State


@dataclass(frozen=True)
class Booking:
    """A row of `booking`."""

    id: str
    offer_id: str
    mentor_id: str
    mentee_id: str
    title: str
    starts_at: datetime
    ends_at: datetime
    price_ore: int
    currency: str
    state: State
    version: int
    hold_expires_at: datetime
    created_at: datetime
    confirmed_at: datetime | None
    closed_at: datetime | None
    closed_by: str | None
    closed_reason: str | None


@dataclass(frozen=True)
class _Key:
    id: str


def insert_booking(db: Db, values: Mapping[str, object]) -> None:
    """Write a new booking, which is the hold."""
    db.execute(
        """
        INSERT INTO booking
               (id, offer_id, mentor_id, mentee_id, title, starts_at, ends_at, price_ore, currency,
                state, version, hold_expires_at, created_at)
        VALUES (%(id)s, %(offer_id)s, %(mentor_id)s, %(mentee_id)s, %(title)s, %(starts_at)s,
                %(ends_at)s, %(price_ore)s, %(currency)s, %(state)s, %(version)s,
                %(hold_expires_at)s, %(created_at)s)
        """,
        values,
    )


def lock_run_out(db: Db, now: datetime, limit: int) -> list[str]:
    """Return requests and unpaid holds that have run out and that nobody else is at, locked."""
    found = db.all(
        _Key,
        """
        SELECT id
          FROM booking
         WHERE state IN ('requested', 'held')
           AND hold_expires_at <= %(now)s
         ORDER BY hold_expires_at
         LIMIT %(limit)s
           FOR UPDATE SKIP LOCKED
        """,
        {"now": now, "limit": limit},
    )
    return [key.id for key in found]


def lock_booking(db: Db, booking_id: str) -> Booking | None:
    """Return the booking, kept from change by others until the commit."""
    return db.one(
        Booking,
        """
        SELECT id, offer_id, mentor_id, mentee_id, title, starts_at, ends_at, price_ore, currency,
               state, version, hold_expires_at, created_at, confirmed_at, closed_at, closed_by,
               closed_reason
          FROM booking
         WHERE id = %(booking_id)s
           FOR UPDATE
        """,
        {"booking_id": booking_id},
    )


def booking(db: Db, booking_id: str) -> Booking | None:
    """Return the booking, whoever it is of."""
    return db.one(
        Booking,
        """
        SELECT id, offer_id, mentor_id, mentee_id, title, starts_at, ends_at, price_ore, currency,
               state, version, hold_expires_at, created_at, confirmed_at, closed_at, closed_by,
               closed_reason
          FROM booking
         WHERE id = %(booking_id)s
        """,
        {"booking_id": booking_id},
    )


def booking_of(db: Db, booking_id: str, person_id: str) -> Booking | None:
    """Return the booking where the person is a party to it."""
    return db.one(
        Booking,
        """
        SELECT id, offer_id, mentor_id, mentee_id, title, starts_at, ends_at, price_ore, currency,
               state, version, hold_expires_at, created_at, confirmed_at, closed_at, closed_by,
               closed_reason
          FROM booking
         WHERE id = %(booking_id)s
           AND (mentee_id = %(person_id)s OR mentor_id = %(person_id)s)
        """,
        {"booking_id": booking_id, "person_id": person_id},
    )


def bookings_of(
    db: Db, person_id: str, *, role: Role, after: str | None, limit: int
) -> list[Booking]:
    """Return up to `limit` bookings of a person in that role, the newest first, below `after`."""
    return db.all(
        Booking,
        """
        SELECT id, offer_id, mentor_id, mentee_id, title, starts_at, ends_at, price_ore, currency,
               state, version, hold_expires_at, created_at, confirmed_at, closed_at, closed_by,
               closed_reason
          FROM booking
         WHERE ((%(role)s = 'mentee' AND mentee_id = %(person_id)s)
                OR (%(role)s = 'mentor' AND mentor_id = %(person_id)s))
           AND (%(after)s IS NULL OR id < %(after)s)
         ORDER BY id DESC
         LIMIT %(limit)s
        """,
        {"person_id": person_id, "role": role, "after": after, "limit": limit},
    )


def count_unpaid(db: Db, mentee_id: str, *, now: datetime, limit: int) -> int:
    """Return how many bookings wait to be approved or paid for, up to `limit`; locking."""
    found = db.rows(
        """
        SELECT id
          FROM booking
         WHERE mentee_id = %(mentee_id)s
           AND state IN ('requested', 'held', 'awaiting_payment')
           AND hold_expires_at > %(now)s
         ORDER BY id DESC
         LIMIT %(limit)s
           FOR UPDATE
        """,
        {"mentee_id": mentee_id, "now": now, "limit": limit},
    )
    return len(found)


def have_dealt(db: Db, person_id: str, other_id: str) -> bool:
    """Return whether a booking of the two was ever confirmed, whoever was the mentor."""
    found = db.rows(
        """
        SELECT id
          FROM booking
         WHERE mentee_id = %(person_id)s
           AND mentor_id = %(other_id)s
           AND confirmed_at IS NOT NULL
         UNION ALL
        SELECT id
          FROM booking
         WHERE mentee_id = %(other_id)s
           AND mentor_id = %(person_id)s
           AND confirmed_at IS NOT NULL
         LIMIT 1
        """,
        {"person_id": person_id, "other_id": other_id},
    )
    return bool(found)


def ended_unsettled(db: Db, *, before: datetime, after: str, limit: int) -> list[Booking]:
    """Return up to `limit` confirmed bookings that ended by `before`, by id, above `after`."""
    return db.all(
        Booking,
        """
        SELECT id, offer_id, mentor_id, mentee_id, title, starts_at, ends_at, price_ore, currency,
               state, version, hold_expires_at, created_at, confirmed_at, closed_at, closed_by,
               closed_reason
          FROM booking
         WHERE state = 'confirmed'
           AND ends_at <= %(before)s
           AND id > %(after)s
         ORDER BY id
         LIMIT %(limit)s
        """,
        {"before": before, "after": after, "limit": limit},
    )


def awaiting_run_out(db: Db, *, before: datetime, after: str, limit: int) -> list[Booking]:
    """Return up to `limit` bookings, by id above `after`, that were to be paid for by `before`."""
    return db.all(
        Booking,
        """
        SELECT id, offer_id, mentor_id, mentee_id, title, starts_at, ends_at, price_ore, currency,
               state, version, hold_expires_at, created_at, confirmed_at, closed_at, closed_by,
               closed_reason
          FROM booking
         WHERE state = 'awaiting_payment'
           AND hold_expires_at <= %(before)s
           AND id > %(after)s
         ORDER BY id
         LIMIT %(limit)s
        """,
        {"before": before, "after": after, "limit": limit},
    )


def open_of(db: Db, person_id: str, states: Sequence[State], limit: int) -> list[str]:
    """Return the ids of a person's bookings in these states, as either party."""
    found = db.all(
        _Key,
        """
        SELECT id
          FROM booking
         WHERE mentee_id = %(person_id)s
           AND state IN %(states)s
         UNION
        SELECT id
          FROM booking
         WHERE mentor_id = %(person_id)s
           AND state IN %(states)s
         ORDER BY id
         LIMIT %(limit)s
        """,
        {"person_id": person_id, "states": list(states), "limit": limit},
    )
    return [key.id for key in found]


def update_booking(db: Db, values: Mapping[str, object]) -> None:
    """Write every column that changes in the course of a booking."""
    db.execute(
        """
        UPDATE booking
           SET state = %(state)s,
               version = %(version)s,
               hold_expires_at = %(hold_expires_at)s,
               confirmed_at = %(confirmed_at)s,
               closed_at = %(closed_at)s,
               closed_by = %(closed_by)s,
               closed_reason = %(closed_reason)s
         WHERE id = %(id)s
        """,
        values,
    )


def move_booking(db: Db, values: Mapping[str, object]) -> None:
    """Write every column that changes when a booking is moved."""
    db.execute(
        """
        UPDATE booking
           SET starts_at = %(starts_at)s,
               ends_at = %(ends_at)s,
               version = %(version)s,
               hold_expires_at = %(hold_expires_at)s
         WHERE id = %(id)s
        """,
        values,
    )


def expire(db: Db, booking_ids: Sequence[str], now: datetime) -> int:
    """End requests and unpaid holds that the caller has locked; return how many there were."""
    return db.execute(
        """
        UPDATE booking
           SET state = 'expired',
               closed_at = %(now)s
         WHERE id IN %(booking_ids)s
           AND state IN ('requested', 'held')
        """,
        {"booking_ids": list(booking_ids), "now": now},
    )

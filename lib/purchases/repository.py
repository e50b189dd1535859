"""Purchases, as rows."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from lib.core.db import Db


@dataclass(frozen=True)
class Purchase:
    """A payment for a booking."""

    id: str
    booking_id: str
    mentee_id: str
    mentor_id: str
    amount_ore: int
    fee_ore: int
    currency: str
    state: str
    reference: str
    redirect_url: str | None
    created_at: datetime
    checked_at: datetime
    authorised_at: datetime | None
    captured_at: datetime | None
    closed_at: datetime | None


@dataclass(frozen=True)
class _Sum:
    total_ore: Decimal | None


@dataclass(frozen=True)
class Id:
    """The key of a purchase."""

    id: str


def insert(db: Db, values: dict[str, object]) -> None:
    """Write a new purchase."""
    db.execute(
        """
        INSERT INTO purchase
               (id, booking_id, mentee_id, mentor_id, amount_ore, fee_ore, currency, rail, state,
                reference, terms_version, created_at, checked_at)
        VALUES (%(id)s, %(booking_id)s, %(mentee_id)s, %(mentor_id)s, %(amount_ore)s, %(fee_ore)s,
                %(currency)s, 'vipps', 'created', %(reference)s, %(terms_version)s, %(now)s,
                %(now)s)
        """,
        values,
    )


def of_mentee(db: Db, *, purchase_id: str, mentee_id: str) -> Purchase | None:
    """Return the person's own purchase."""
    return db.one(
        Purchase,
        """
        SELECT id, booking_id, mentee_id, mentor_id, amount_ore, fee_ore, currency, state,
               reference, redirect_url, created_at, checked_at, authorised_at, captured_at,
               closed_at FROM purchase WHERE id = %(purchase_id)s AND mentee_id = %(mentee_id)s
        """,
        {"purchase_id": purchase_id, "mentee_id": mentee_id},
    )


def lock(db: Db, *, purchase_id: str) -> Purchase | None:
    """Return a purchase, locked."""
    return db.one(
        Purchase,
        """
        SELECT id, booking_id, mentee_id, mentor_id, amount_ore, fee_ore, currency, state,
               reference, redirect_url, created_at, checked_at, authorised_at, captured_at,
               closed_at FROM purchase WHERE id = %(purchase_id)s FOR UPDATE
        """,
        {"purchase_id": purchase_id},
    )


def of_booking(db: Db, *, booking_id: str) -> list[Purchase]:
    """Return the purchases of a booking, locked; a booking has one at a time, and few in all."""
    return db.all(
        Purchase,
        """
        SELECT id, booking_id, mentee_id, mentor_id, amount_ore, fee_ore, currency, state,
               reference, redirect_url, created_at, checked_at, authorised_at, captured_at,
               closed_at FROM purchase WHERE booking_id = %(booking_id)s ORDER BY id LIMIT 50 FOR
               UPDATE
        """,
        {"booking_id": booking_id},
    )


def id_of_reference(db: Db, *, reference: str) -> str | None:
    """Return the purchase that Vipps knows by this reference."""
    found = db.one(
        Id, "SELECT id FROM purchase WHERE reference = %(reference)s", {"reference": reference}
    )
    return found.id if found else None


def unchecked(db: Db, *, before: datetime, after: str, limit: int) -> list[Id]:
    """Return open purchases that nobody has asked Vipps about since `before`, by id."""
    return db.all(
        Id,
        """
        SELECT id
          FROM purchase
         WHERE state = 'created'
           AND checked_at <= %(before)s
           AND id > %(after)s
         ORDER BY id
         LIMIT %(limit)s
        """,
        {"before": before, "after": after, "limit": limit},
    )


def set_redirect(db: Db, *, purchase_id: str, redirect_url: str) -> None:
    """Note where the person pays, unless it has ended meanwhile."""
    db.execute(
        """
        UPDATE purchase
           SET redirect_url = %(redirect_url)s
         WHERE id = %(id)s
           AND state = 'created'
        """,
        {"id": purchase_id, "redirect_url": redirect_url},
    )


def set_checked(db: Db, *, purchase_id: str, now: datetime) -> None:
    """Note that Vipps was asked."""
    db.execute(
        "UPDATE purchase SET checked_at = %(now)s WHERE id = %(id)s",
        {"id": purchase_id, "now": now},
    )


def set_authorised(db: Db, *, purchase_id: str, now: datetime) -> None:
    """Note that the money is reserved."""
    db.execute(
        """
        UPDATE purchase
           SET state = 'authorised',
               authorised_at = %(now)s,
               checked_at = %(now)s,
               redirect_url = NULL
         WHERE id = %(id)s
        """,
        {"id": purchase_id, "now": now},
    )


def set_captured(db: Db, *, purchase_id: str, now: datetime) -> None:
    """Note that the money is taken."""
    db.execute(
        """
        UPDATE purchase
           SET state = 'captured', captured_at = %(now)s, redirect_url = NULL
         WHERE id = %(id)s
        """,
        {"id": purchase_id, "now": now},
    )


def close(db: Db, *, purchase_id: str, state: str, now: datetime) -> None:
    """End a purchase without money taken."""
    db.execute(
        """
        UPDATE purchase
           SET state = %(state)s, closed_at = %(now)s, checked_at = %(now)s, redirect_url = NULL
         WHERE id = %(id)s
        """,
        {"id": purchase_id, "state": state, "now": now},
    )


def open_of(db: Db, *, person_id: str, limit: int) -> list[Id]:
    """Return the person's purchases, as mentee or mentor, that are still under way."""
    return db.all(
        Id,
        """
        SELECT id
          FROM purchase
         WHERE state IN ('created', 'authorised')
           AND (mentee_id = %(person_id)s OR mentor_id = %(person_id)s)
         LIMIT %(limit)s
        """,
        {"person_id": person_id, "limit": limit},
    )


def earned_ore(db: Db, *, mentor_id: str) -> int:
    """Return a mentor's share, in øre, of captured purchases that no payout settles yet."""
    found = db.one(
        _Sum,
        """
        SELECT SUM(purchase.amount_ore - purchase.fee_ore) AS total_ore
          FROM purchase
          LEFT JOIN payout_item ON payout_item.purchase_id = purchase.id
         WHERE purchase.mentor_id = %(mentor_id)s
           AND purchase.state = 'captured'
           AND payout_item.purchase_id IS NULL
        """,
        {"mentor_id": mentor_id},
    )
    return int(found.total_ore or 0) if found else 0


def earned(db: Db, *, mentor_id: str, captured_before: datetime, limit: int) -> list[Purchase]:
    """Return captured purchases of a mentor that no payout settles yet, oldest first."""
    return db.all(
        Purchase,
        """
        SELECT purchase.id, purchase.booking_id, purchase.mentee_id, purchase.mentor_id,
               purchase.amount_ore, purchase.fee_ore, purchase.currency, purchase.state,
               purchase.reference, purchase.redirect_url, purchase.created_at,
               purchase.checked_at, purchase.authorised_at, purchase.captured_at,
               purchase.closed_at
          FROM purchase
          LEFT JOIN payout_item ON payout_item.purchase_id = purchase.id
         WHERE purchase.mentor_id = %(mentor_id)s
           AND purchase.state = 'captured'
           AND purchase.captured_at <= %(captured_before)s
           AND payout_item.purchase_id IS NULL
         ORDER BY purchase.captured_at
         LIMIT %(limit)s
        """,
        {"mentor_id": mentor_id, "captured_before": captured_before, "limit": limit},
    )

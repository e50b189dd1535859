"""Purchases, as rows."""

from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from lib.core.db import Db


@dataclass(frozen=True)
class Purchase:
    """A payment for a booking or for a pack of hours; amounts in øre."""

    id: str
    booking_id: str | None
    pack_id: str | None
    mentee_id: str
    mentor_id: str
    title: str
    quarters: int
    amount_ore: int
    vat_ore: int
    fee_ore: int
    currency: str
    rail: str
    method: str
    state: str
    reference: str
    provider_id: str | None
    redirect_url: str | None
    early_start_at: datetime | None
    captured_ore: int
    refunded_ore: int
    guaranteed_until: datetime | None
    hours_expire_at: datetime | None
    created_at: datetime
    checked_at: datetime
    authorised_at: datetime | None
    captured_at: datetime | None
    closed_at: datetime | None


_SELECT: LiteralString = """
    SELECT id, booking_id, pack_id, mentee_id, mentor_id, title, quarters, amount_ore, vat_ore,
           fee_ore, currency, rail, method, state, reference, provider_id, redirect_url,
           early_start_at, captured_ore, refunded_ore, guaranteed_until, hours_expire_at,
           created_at, checked_at, authorised_at, captured_at, closed_at
      FROM purchase
"""


@dataclass(frozen=True)
class Id:
    """The key of a purchase."""

    id: str


def insert(db: Db, values: dict[str, object]) -> None:
    """Write a new purchase."""
    db.execute(
        """
        INSERT INTO purchase
               (id, booking_id, pack_id, mentee_id, mentor_id, title, quarters, amount_ore,
                vat_ore, fee_ore, currency, rail, method, state, reference, terms_version,
                early_start_at, captured_ore, refunded_ore, hours_expire_at, created_at,
                checked_at)
        VALUES (%(id)s, %(booking_id)s, %(pack_id)s, %(mentee_id)s, %(mentor_id)s, %(title)s,
                %(quarters)s, %(amount_ore)s, %(vat_ore)s, %(fee_ore)s, %(currency)s, %(rail)s,
                %(method)s, 'created', %(reference)s, %(terms_version)s, %(early_start_at)s, 0, 0,
                %(hours_expire_at)s, %(now)s, %(now)s)
        """,
        values,
    )


def of_mentee(db: Db, *, purchase_id: str, mentee_id: str) -> Purchase | None:
    """Return the person's own purchase."""
    return db.one(
        Purchase,
        _SELECT
        + """
         WHERE id = %(purchase_id)s
           AND mentee_id = %(mentee_id)s
        """,
        {"purchase_id": purchase_id, "mentee_id": mentee_id},
    )


def page_of(db: Db, *, mentee_id: str, before: str, limit: int) -> list[Purchase]:
    """Return a page of a person's own purchases, newest first."""
    return db.all(
        Purchase,
        _SELECT
        + """
         WHERE mentee_id = %(mentee_id)s
           AND id < %(before)s
         ORDER BY id DESC
         LIMIT %(limit)s
        """,
        {"mentee_id": mentee_id, "before": before, "limit": limit},
    )


def lock(db: Db, *, purchase_id: str) -> Purchase | None:
    """Return a purchase, locked."""
    return db.one(
        Purchase,
        _SELECT
        + """
         WHERE id = %(purchase_id)s
           FOR UPDATE
        """,
        {"purchase_id": purchase_id},
    )


def of_booking(db: Db, *, booking_id: str) -> list[Purchase]:
    """Return the purchases of a booking, locked; a booking has one at a time, and few in all."""
    return db.all(
        Purchase,
        _SELECT
        + """
         WHERE booking_id = %(booking_id)s
         ORDER BY id
         LIMIT 50
           FOR UPDATE
        """,
        {"booking_id": booking_id},
    )


def open_for_pack(db: Db, *, pack_id: str, mentee_id: str) -> Purchase | None:
    """Return the payment for a pack that the person has under way, locked."""
    return db.one(
        Purchase,
        _SELECT
        + """
         WHERE mentee_id = %(mentee_id)s
           AND pack_id = %(pack_id)s
           AND state = 'created'
         ORDER BY id DESC
         LIMIT 1
           FOR UPDATE
        """,
        {"pack_id": pack_id, "mentee_id": mentee_id},
    )


def id_of_reference(db: Db, *, reference: str) -> str | None:
    """Return the purchase that the rail knows by this reference."""
    found = db.one(
        Id, "SELECT id FROM purchase WHERE reference = %(reference)s", {"reference": reference}
    )
    return found.id if found else None


def unchecked(db: Db, *, state: str, before: datetime, after: str, limit: int) -> list[Id]:
    """Return purchases in a state that nobody has asked the rail about since `before`, by id."""
    return db.all(
        Id,
        """
        SELECT id
          FROM purchase
         WHERE state = %(state)s
           AND checked_at <= %(before)s
           AND id > %(after)s
         ORDER BY id
         LIMIT %(limit)s
        """,
        {"state": state, "before": before, "after": after, "limit": limit},
    )


def set_redirect(db: Db, *, purchase_id: str, redirect_url: str, provider_id: str | None) -> None:
    """Note where the person pays, unless it has ended meanwhile, and what the rail calls it."""
    db.execute(
        """
        UPDATE purchase
           SET redirect_url = CASE WHEN state = 'created' THEN %(redirect_url)s END,
               provider_id = %(provider_id)s
         WHERE id = %(id)s
        """,
        {"id": purchase_id, "redirect_url": redirect_url, "provider_id": provider_id},
    )


def set_provider_id(db: Db, *, purchase_id: str, provider_id: str) -> None:
    """Note what the rail calls a payment, where its answer was lost."""
    db.execute(
        """
        UPDATE purchase
           SET provider_id = %(provider_id)s
         WHERE id = %(id)s
           AND provider_id IS NULL
        """,
        {"id": purchase_id, "provider_id": provider_id},
    )


def set_early_start(db: Db, *, purchase_id: str, now: datetime) -> None:
    """Note that the hours may begin before the period of withdrawal is over."""
    db.execute(
        "UPDATE purchase SET early_start_at = %(now)s WHERE id = %(id)s AND early_start_at IS NULL",
        {"id": purchase_id, "now": now},
    )


def end_hours(db: Db, *, purchase_id: str, now: datetime) -> None:
    """End the validity of a pack's hours: what comes back to it later is refunded, too."""
    db.execute(
        """
        UPDATE purchase
           SET hours_expire_at = %(now)s
         WHERE id = %(id)s
           AND hours_expire_at > %(now)s
        """,
        {"id": purchase_id, "now": now},
    )


def set_checked(db: Db, *, purchase_id: str, now: datetime) -> None:
    """Note that the rail was asked."""
    db.execute(
        "UPDATE purchase SET checked_at = %(now)s WHERE id = %(id)s",
        {"id": purchase_id, "now": now},
    )


def set_authorised(
    db: Db, *, purchase_id: str, guaranteed_until: datetime | None, now: datetime
) -> None:
    """Note that the money is reserved."""
    db.execute(
        """
        UPDATE purchase
           SET state = 'authorised',
               authorised_at = %(now)s,
               guaranteed_until = %(guaranteed_until)s,
               checked_at = %(now)s,
               redirect_url = NULL
         WHERE id = %(id)s
        """,
        {"id": purchase_id, "guaranteed_until": guaranteed_until, "now": now},
    )


def set_captured(db: Db, *, purchase_id: str, captured_ore: int, now: datetime) -> None:
    """Note that the money is taken."""
    db.execute(
        """
        UPDATE purchase
           SET state = 'captured',
               captured_ore = %(captured_ore)s,
               captured_at = %(now)s,
               compared_at = NULL,
               redirect_url = NULL
         WHERE id = %(id)s
        """,
        {"id": purchase_id, "captured_ore": captured_ore, "now": now},
    )


def set_refunded(db: Db, *, purchase_id: str, refunded_ore: int) -> None:
    """Note what is given back; raises CheckFailedError for more than was taken."""
    db.execute(
        """
        UPDATE purchase
           SET refunded_ore = %(refunded_ore)s, compared_at = NULL
         WHERE id = %(id)s
        """,
        {"id": purchase_id, "refunded_ore": refunded_ore},
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

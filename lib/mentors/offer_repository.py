"""All SQL of offers."""

from collections.abc import Mapping
from dataclasses import dataclass

from lib.core.db import Db


@dataclass(frozen=True)
class Offer:
    """A row of `offer`, without its times."""

    id: str
    mentor_id: str
    title: str
    description: str
    minutes: int
    price_ore: int
    currency: str
    accepts_hours: bool
    needs_approval: bool
    state: str


@dataclass(frozen=True)
class OfferForSale:
    """What a booking is made from; nothing is sold while the mentor is paused or restricted."""

    id: str
    mentor_id: str
    mentor_state: str
    title: str
    minutes: int
    price_ore: int
    currency: str
    accepts_hours: bool
    needs_approval: bool

    @property
    def is_bookable(self) -> bool:
        """Whether the mentor takes bookings at all."""
        return self.mentor_state == "listed"


def insert_offer(db: Db, values: Mapping[str, object]) -> None:
    """Write a new offer."""
    db.execute(
        """
        INSERT INTO offer
               (id, mentor_id, title, description, minutes, price_ore, currency, accepts_hours,
                needs_approval, state, created_at, updated_at)
        VALUES (%(id)s, %(mentor_id)s, %(title)s, %(description)s, %(minutes)s, %(price_ore)s,
                %(currency)s, %(accepts_hours)s, %(needs_approval)s, %(state)s, %(now)s,
                %(now)s)
        """,
        values,
    )


def update_offer(db: Db, values: Mapping[str, object]) -> None:
    """Write every column of an offer that its mentor may change."""
    db.execute(
        """
        UPDATE offer
           SET title = %(title)s,
               description = %(description)s,
               minutes = %(minutes)s,
               price_ore = %(price_ore)s,
               accepts_hours = %(accepts_hours)s,
               needs_approval = %(needs_approval)s,
               state = %(state)s,
               updated_at = %(now)s
         WHERE id = %(id)s
           AND mentor_id = %(mentor_id)s
        """,
        values,
    )


def lock_offer(db: Db, *, mentor_id: str, offer_id: str) -> Offer | None:
    """Return a mentor's own offer, kept from change by others until the commit."""
    return db.one(
        Offer,
        """
        SELECT id, mentor_id, title, description, minutes, price_ore, currency, accepts_hours,
               needs_approval, state
          FROM offer
         WHERE id = %(offer_id)s
           AND mentor_id = %(mentor_id)s
           FOR UPDATE
        """,
        {"offer_id": offer_id, "mentor_id": mentor_id},
    )


def offer_for_sale(db: Db, offer_id: str) -> OfferForSale | None:
    """Return an active offer, as long as its seller is a mentor."""
    return db.one(
        OfferForSale,
        """
        SELECT o.id, o.mentor_id, o.title, o.minutes, o.price_ore, o.currency,
               o.accepts_hours, o.needs_approval,
               CASE WHEN p.restricted_at IS NULL THEN m.state ELSE 'paused' END AS mentor_state
          FROM offer o
          JOIN mentor m ON m.person_id = o.mentor_id
          JOIN person p ON p.id = o.mentor_id
         WHERE o.id = %(id)s
           AND o.state = 'active'
        """,
        {"id": offer_id},
    )


def count_active_offers(db: Db, mentor_id: str) -> int:
    """Return how many active offers the mentor has; locking, so that it counts the newest."""
    statement = "SELECT id FROM offer WHERE mentor_id = %(id)s AND state = 'active' FOR UPDATE"
    return len(db.rows(statement, {"id": mentor_id}))


def active_offers(db: Db, mentor_id: str, limit: int) -> list[Offer]:
    """Return up to `limit` active offers of a mentor, oldest first."""
    return db.all(
        Offer,
        """
        SELECT id, mentor_id, title, description, minutes, price_ore, currency, accepts_hours,
               needs_approval, state
          FROM offer
         WHERE mentor_id = %(mentor_id)s
           AND state = 'active'
         ORDER BY id
         LIMIT %(limit)s
        """,
        {"mentor_id": mentor_id, "limit": limit},
    )


def offers_of(db: Db, mentor_id: str, *, after: str | None, limit: int) -> list[Offer]:
    """Return up to `limit` offers of a mentor, active or withdrawn, newest first, below `after`."""
    return db.all(
        Offer,
        """
        SELECT id, mentor_id, title, description, minutes, price_ore, currency, accepts_hours,
               needs_approval, state
          FROM offer
         WHERE mentor_id = %(mentor_id)s
           AND (%(after)s IS NULL OR id < %(after)s)
         ORDER BY id DESC
         LIMIT %(limit)s
        """,
        {"mentor_id": mentor_id, "after": after, "limit": limit},
    )


def accepts_hours(db: Db, offer_id: str) -> bool:
    """Return whether hours pay for an offer; False for one that does not exist."""
    found = db.rows("SELECT accepts_hours FROM offer WHERE id = %(id)s", {"id": offer_id})
    return bool(found and found[0]["accepts_hours"])

"""What is to be known of a page of bookings that are over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from lib.core.db import Db


@dataclass(frozen=True)
class Booking:
    """A booking; `closed_at` is when it was decided on or ended otherwise."""

    id: str
    state: str
    price_ore: int
    ends_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True)
class Drawn:
    """Quarter hours of packs that a booking has drawn and that did not go back."""

    cause_id: str
    quarters: Decimal


@dataclass(frozen=True)
class _Id:
    id: str


def page(db: Db, *, after: str, limit: int) -> list[Booking]:
    """Return a page of bookings, by id, whatever their state."""
    return db.all(
        Booking,
        """
        SELECT id, state, price_ore, ends_at, closed_at
          FROM booking
         WHERE id > %(after)s
         ORDER BY id
         LIMIT %(limit)s
        """,
        {"after": after, "limit": limit},
    )


def earned(db: Db, *, ids: Sequence[str], limit: int) -> set[str]:
    """Return those with which somebody has earned something."""
    found = db.all(
        _Id,
        """
        SELECT DISTINCT cause_id AS id
          FROM earning
         WHERE cause_id IN %(ids)s
         LIMIT %(limit)s
        """,
        {"ids": ids, "limit": limit},
    )
    return {each.id for each in found}


def reserved(db: Db, *, ids: Sequence[str], limit: int) -> set[str]:
    """Return those for which money is still reserved."""
    found = db.all(
        _Id,
        """
        SELECT DISTINCT booking_id AS id
          FROM purchase
         WHERE booking_id IN %(ids)s
           AND state = 'authorised'
         LIMIT %(limit)s
        """,
        {"ids": ids, "limit": limit},
    )
    return {each.id for each in found}


def drawn(db: Db, *, ids: Sequence[str], limit: int) -> list[Drawn]:
    """Return what these have drawn of packs less what went back."""
    return db.all(
        Drawn,
        """
        SELECT cause_id, -SUM(quarters) AS quarters
          FROM hour_entry
         WHERE cause_id IN %(ids)s
         GROUP BY cause_id
         LIMIT %(limit)s
        """,
        {"ids": ids, "limit": limit},
    )

"""What is to be known of a page of purchases: each statement reads one table for all of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from lib.core.db import Db

# A pack has 1,000 quarter hours at most, each drawn by a session of its own at the worst.
_MOST_DRAWS = 100_000
# The code of a refund that its rail has taken back begins so (lib/purchases/refunding.py).
CAME_BACK = "came_back%"


@dataclass(frozen=True)
class Purchase:
    """A purchase, as far as its sums are checked."""

    id: str
    booking_id: str | None
    state: str
    amount_ore: int
    captured_ore: int
    refunded_ore: int
    quarters: int
    authorised_at: datetime | None
    captured_at: datetime | None


@dataclass(frozen=True)
class Earned:
    """What was earned out of a purchase less what was taken back, and quarters given."""

    purchase_id: str
    gross_ore: Decimal
    quarters: Decimal


@dataclass(frozen=True)
class Refunded:
    """Sums of a purchase's refunds; of what was prepaid, what has gone and what is to go."""

    purchase_id: str
    amount_ore: Decimal
    gone_ore: Decimal
    going_ore: Decimal


@dataclass(frozen=True)
class Recovered:
    """What of a purchase's prepaid money has come back to MIN MENTOR's own expense."""

    purchase_id: str
    ore: Decimal


@dataclass(frozen=True)
class Hours:
    """Quarter hours of a pack: issued, taken out of it (positive), and what is left."""

    purchase_id: str
    issued: Decimal
    taken_out: Decimal
    left: Decimal


@dataclass(frozen=True)
class Draw:
    """What a booking drew of a pack and neither went back nor was earned."""

    purchase_id: str
    quarters: Decimal


@dataclass(frozen=True)
class _Id:
    id: str


def page(db: Db, *, after: str, limit: int) -> list[Purchase]:
    """Return a page of purchases, by id."""
    return db.all(
        Purchase,
        """
        SELECT id, booking_id, state, amount_ore, captured_ore, refunded_ore, quarters,
               authorised_at, captured_at
          FROM purchase
         WHERE id > %(after)s
         ORDER BY id
         LIMIT %(limit)s
        """,
        {"after": after, "limit": limit},
    )


def earned(db: Db, *, ids: Sequence[str]) -> list[Earned]:
    """Return what was earned out of these."""
    return db.all(
        Earned,
        """
        SELECT purchase_id, SUM(gross_ore) AS gross_ore, SUM(quarters) AS quarters
          FROM earning
         WHERE purchase_id IN %(ids)s
         GROUP BY purchase_id
         LIMIT %(limit)s
        """,
        {"ids": ids, "limit": len(ids)},
    )


def refunded(db: Db, *, ids: Sequence[str]) -> list[Refunded]:
    """Return what was given back of these.

    Out of what was prepaid goes what was never earned and what was taken back from the mentor; one
    that came back after it was done has left it all the same.
    """
    return db.all(
        Refunded,
        """
        SELECT f.purchase_id, SUM(f.amount_ore) AS amount_ore,
               SUM(CASE WHEN f.is_gone THEN f.prepaid_ore ELSE 0 END) AS gone_ore,
               SUM(CASE WHEN f.is_gone THEN 0 ELSE f.prepaid_ore END) AS going_ore
          FROM (SELECT purchase_id, amount_ore,
                       CASE WHEN borne_by = 'mentor' THEN amount_ore ELSE unearned_ore END
                         AS prepaid_ore,
                       state = 'done' OR COALESCE(error_code LIKE %(came_back)s, FALSE) AS is_gone
                  FROM refund
                 WHERE purchase_id IN %(ids)s) AS f
         GROUP BY f.purchase_id
         LIMIT %(limit)s
        """,
        {"ids": ids, "limit": len(ids), "came_back": CAME_BACK},
    )


def recovered(db: Db, *, ids: Sequence[str]) -> list[Recovered]:
    """Return what was recovered of these, where hours ended whose price had gone back before."""
    return db.all(
        Recovered,
        """
        SELECT a.owner AS purchase_id, SUM(t.amount_ore) AS ore
          FROM ledger_account AS a
          JOIN ledger_transfer AS t ON t.debit_account_id = a.id
         WHERE a.kind = 'prepaid'
           AND a.owner IN %(ids)s
           AND t.step = 'recovered'
         GROUP BY a.owner
         LIMIT %(limit)s
        """,
        {"ids": ids, "limit": len(ids)},
    )


def hours(db: Db, *, ids: Sequence[str]) -> list[Hours]:
    """Return how the hours of these have come and gone."""
    return db.all(
        Hours,
        """
        SELECT purchase_id,
               SUM(CASE WHEN kind = 'issued' THEN quarters ELSE 0 END) AS issued,
               SUM(CASE WHEN kind IN ('withdrawn', 'expired') THEN -quarters ELSE 0 END)
                 AS taken_out,
               SUM(quarters) AS `left`
          FROM hour_entry
         WHERE purchase_id IN %(ids)s
         GROUP BY purchase_id
         LIMIT %(limit)s
        """,
        {"ids": ids, "limit": len(ids)},
    )


def open_draws(db: Db, *, ids: Sequence[str]) -> list[Draw]:
    """Return what sessions have drawn of these that are not decided on."""
    return db.all(
        Draw,
        """
        SELECT h.purchase_id, -SUM(h.quarters) AS quarters
          FROM hour_entry AS h
          LEFT JOIN earning AS e ON e.purchase_id = h.purchase_id AND e.cause_id = h.cause_id
         WHERE h.purchase_id IN %(ids)s
           AND h.kind IN ('drawn', 'returned')
           AND e.id IS NULL
         GROUP BY h.purchase_id, h.cause_id
        HAVING SUM(h.quarters) <> 0
         LIMIT %(limit)s
        """,
        {"ids": ids, "limit": _MOST_DRAWS},
    )


def delivered(db: Db, *, booking_ids: Sequence[str]) -> set[str]:
    """Return those of some bookings whose session counts as held."""
    found = db.all(
        _Id,
        """
        SELECT booking_id AS id
          FROM delivery
         WHERE booking_id IN %(ids)s
           AND is_delivered
        """,
        {"ids": booking_ids},
    )
    return {each.id for each in found}

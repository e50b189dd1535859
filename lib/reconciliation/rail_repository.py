"""What is compared with the rails and with Stripe: which ones next, and our sums of them.

`compared_at` of a purchase or payout belongs to the comparison: the domains empty it when their
sums change, and here it is filled, or emptied where the other side tells of something.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from lib.core.db import Db


@dataclass(frozen=True)
class Id:
    """The key of a purchase or payout."""

    id: str


@dataclass(frozen=True)
class Purchase:
    """A purchase and its refunds, as the rail should have them; øre."""

    id: str
    rail: str
    state: str
    captured_ore: int
    refunded_ore: Decimal
    going_ore: Decimal


@dataclass(frozen=True)
class Known:
    """A purchase that a rail names."""

    id: str
    reference: str
    rail: str
    state: str
    captured_ore: int


@dataclass(frozen=True)
class Fee:
    """What a rail has kept of a purchase, by our books."""

    cause_id: str
    amount_ore: int


@dataclass(frozen=True)
class Payout:
    """A payout that was paid; øre."""

    id: str
    state: str
    amount_ore: int
    reversed_ore: int
    provider_id: str | None


@dataclass(frozen=True)
class _Moment:
    at: datetime | None


@dataclass(frozen=True)
class _Subject:
    purchase_id: str


def uncompared(db: Db, *, state: str, after: str, limit: int) -> list[Id]:
    """Return purchases in a state whose sums have changed since they were compared, by id."""
    return db.all(
        Id,
        """
        SELECT id
          FROM purchase
         WHERE state = %(state)s
           AND compared_at IS NULL
           AND id > %(after)s
         ORDER BY id
         LIMIT %(limit)s
        """,
        {"state": state, "after": after, "limit": limit},
    )


def compared_before(db: Db, *, before: datetime, limit: int) -> list[Id]:
    """Return captured purchases that were last compared before then, the longest ago first."""
    return db.all(
        Id,
        """
        SELECT id
          FROM purchase
         WHERE state = 'captured'
           AND compared_at <= %(before)s
         ORDER BY compared_at, id
         LIMIT %(limit)s
        """,
        {"before": before, "limit": limit},
    )


def purchase(db: Db, *, purchase_id: str) -> Purchase | None:
    """Return a purchase with what its rail has given back by our books, and what it may have.

    What was paid by bank, or taken by the payer's bank, is none of the rail's refunds.
    """
    return db.one(
        Purchase,
        """
        SELECT p.id, p.rail, p.state, p.captured_ore,
               COALESCE((SELECT SUM(CASE WHEN t.step = 'paid' THEN t.amount_ore
                                         ELSE -t.amount_ore END)
                           FROM refund AS f
                           JOIN ledger_transfer AS t
                             ON t.cause_id = f.id AND t.step IN ('paid', 'failed')
                          WHERE f.purchase_id = p.id), 0) AS refunded_ore,
               COALESCE((SELECT SUM(f.amount_ore)
                           FROM refund AS f
                          WHERE f.purchase_id = p.id
                            AND f.state = 'open'), 0) AS going_ore
          FROM purchase AS p
         WHERE p.id = %(id)s
         LIMIT 1
        """,
        {"id": purchase_id},
    )


def set_compared(db: Db, *, purchase_id: str, captured_ore: int, now: datetime) -> None:
    """Note that a purchase was compared, unless its money was taken meanwhile."""
    db.execute(
        """
        UPDATE purchase
           SET compared_at = %(now)s
         WHERE id = %(id)s
           AND captured_ore = %(captured_ore)s
        """,
        {"id": purchase_id, "captured_ore": captured_ore, "now": now},
    )


def compare_again(db: Db, *, purchase_ids: Sequence[str]) -> None:
    """Have purchases compared that a rail tells something of."""
    db.execute(
        "UPDATE purchase SET compared_at = NULL WHERE id IN %(ids)s", {"ids": list(purchase_ids)}
    )


def known(db: Db, *, references: Sequence[str]) -> list[Known]:
    """Return the purchases that a rail knows by these references."""
    return db.all(
        Known,
        """
        SELECT id, reference, rail, state, captured_ore
          FROM purchase
         WHERE reference IN %(names)s
        """,
        {"names": list(references)},
    )


def known_by_id(db: Db, *, ids: Sequence[str]) -> list[Known]:
    """Return some purchases, by their keys."""
    return db.all(
        Known,
        """
        SELECT id, reference, rail, state, captured_ore
          FROM purchase
         WHERE id IN %(ids)s
        """,
        {"ids": list(ids)},
    )


def fees(db: Db, *, purchase_ids: Sequence[str]) -> list[Fee]:
    """Return what the books say that the rail has kept of some purchases."""
    return db.all(
        Fee,
        """
        SELECT cause_id, amount_ore
          FROM ledger_transfer
         WHERE cause_id IN %(ids)s
           AND step = 'provider_fee'
        """,
        {"ids": list(purchase_ids)},
    )


def uncompared_payouts(db: Db, *, before: datetime, after: str, limit: int) -> list[Payout]:
    """Return paid payouts, by id, that were not compared since they changed, or not since then."""
    return db.all(
        Payout,
        """
        SELECT id, state, amount_ore, reversed_ore, provider_id
          FROM payout
         WHERE state = 'paid'
           AND (compared_at IS NULL OR compared_at <= %(before)s)
           AND id > %(after)s
         ORDER BY id
         LIMIT %(limit)s
        """,
        {"before": before, "after": after, "limit": limit},
    )


def set_payout_compared(db: Db, *, payout_id: str, now: datetime) -> None:
    """Note that a payout was compared."""
    db.execute(
        "UPDATE payout SET compared_at = %(now)s WHERE id = %(id)s",
        {"id": payout_id, "now": now},
    )


def compare_payout_again(db: Db, *, payout_ids: Sequence[str]) -> None:
    """Have payouts compared that Stripe tells something of."""
    db.execute(
        "UPDATE payout SET compared_at = NULL WHERE id IN %(ids)s", {"ids": list(payout_ids)}
    )


def payouts(db: Db, *, ids: Sequence[str]) -> list[Payout]:
    """Return some payouts."""
    return db.all(
        Payout,
        """
        SELECT id, state, amount_ore, reversed_ore, provider_id
          FROM payout
         WHERE id IN %(ids)s
        """,
        {"ids": list(ids)},
    )


def first_purchase(db: Db) -> datetime | None:
    """Return when the first payment was asked for, over whichever rail."""
    found = db.one(
        _Moment,
        """
        SELECT created_at AS at
          FROM purchase
         ORDER BY created_at
         LIMIT 1
        """,
    )
    return found.at if found else None


def purchase_of_operation(db: Db, *, operation_id: str) -> str | None:
    """Return the purchase of the refund that was asked for with an operation."""
    found = db.one(
        _Subject,
        """
        SELECT f.purchase_id
          FROM provider_operation AS o
          JOIN refund AS f ON f.id = o.subject_id
         WHERE o.id = %(id)s
        """,
        {"id": operation_id},
    )
    return found.purchase_id if found else None


def payouts_of_transfers(db: Db, *, provider_ids: Sequence[str]) -> list[Payout]:
    """Return the payouts that are paid by these transfers."""
    return db.all(
        Payout,
        """
        SELECT id, state, amount_ore, reversed_ore, provider_id
          FROM payout
         WHERE provider_id IN %(ids)s
         LIMIT %(limit)s
        """,
        {"ids": list(provider_ids), "limit": len(provider_ids)},
    )


def known_disputes(db: Db, *, provider_ids: Sequence[str]) -> set[str]:
    """Return those of some disputes at Stripe that we know."""
    found = db.all(
        Id,
        "SELECT provider_id AS id FROM dispute WHERE provider_id IN %(ids)s",
        {"ids": list(provider_ids)},
    )
    return {each.id for each in found}

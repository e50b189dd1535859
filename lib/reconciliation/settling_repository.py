"""What is to be known of a page of refunds, payouts, mentors or disputes, and of old operations."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from lib.core.db import Db
from lib.reconciliation.purchase_repository import CAME_BACK


@dataclass(frozen=True)
class Refund:
    """A refund; `is_back` where its rail took it back after it was done."""

    id: str
    state: str
    amount_ore: int
    is_back: int
    created_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True)
class Reserved:
    """A step that a cause has reserved in the books, and what became of it."""

    cause_id: str
    amount_ore: int
    outcome: str | None
    posted_ore: int | None


@dataclass(frozen=True)
class Payout:
    """A payout."""

    id: str
    state: str
    amount_ore: int
    netted_ore: int
    created_at: datetime
    waiting_since: datetime | None
    paid_at: datetime | None


@dataclass(frozen=True)
class Settled:
    """What the earnings of a payout add up to; what was taken back of it is positive."""

    payout_id: str
    share_ore: Decimal
    taken_back_ore: Decimal


@dataclass(frozen=True)
class Owner:
    """A mentor, as the books know them."""

    pseudonym: str
    person_id: str


@dataclass(frozen=True)
class Owed:
    """What a mentor has earned that no payout has paid, and what was taken back (negative)."""

    mentor_id: str
    earned_ore: Decimal
    taken_back_ore: Decimal


@dataclass(frozen=True)
class Back:
    """What Stripe gave back of a mentor's payouts, and waits to be decided on."""

    mentor_id: str
    back_ore: Decimal


@dataclass(frozen=True)
class Dispute:
    """A dispute, as far as its sums are checked."""

    id: str
    taken_ore: int
    returned_ore: int
    borne_by: str | None


@dataclass(frozen=True)
class Operation:
    """Something that was asked of a provider and has no certain outcome."""

    id: str


def refunds(db: Db, *, after: str, limit: int) -> list[Refund]:
    """Return a page of refunds, by id."""
    return db.all(
        Refund,
        """
        SELECT id, state, amount_ore,
               state = 'held' AND COALESCE(error_code LIKE %(came_back)s, FALSE) AS is_back,
               created_at, finished_at
          FROM refund
         WHERE id > %(after)s
         ORDER BY id
         LIMIT %(limit)s
        """,
        {"after": after, "limit": limit, "came_back": CAME_BACK},
    )


def reserved(db: Db, *, causes: Sequence[str], steps: Sequence[str]) -> list[Reserved]:
    """Return what these causes have reserved in these steps."""
    return db.all(
        Reserved,
        """
        SELECT t.cause_id, t.amount_ore, r.outcome, r.amount_ore AS posted_ore
          FROM ledger_transfer AS t
          LEFT JOIN ledger_resolution AS r ON r.transfer_id = t.id
         WHERE t.cause_id IN %(causes)s
           AND t.step IN %(steps)s
        """,
        {"causes": causes, "steps": steps},
    )


def payouts(db: Db, *, after: str, limit: int) -> list[Payout]:
    """Return a page of payouts, by id."""
    return db.all(
        Payout,
        """
        SELECT id, state, amount_ore, netted_ore, created_at, waiting_since, paid_at
          FROM payout
         WHERE id > %(after)s
         ORDER BY id
         LIMIT %(limit)s
        """,
        {"after": after, "limit": limit},
    )


def settled(db: Db, *, ids: Sequence[str]) -> list[Settled]:
    """Return what the earnings of these payouts add up to; those without any are left out."""
    return db.all(
        Settled,
        """
        SELECT payout_id, SUM(share_ore) AS share_ore,
               SUM(CASE WHEN is_claw_back THEN -share_ore ELSE 0 END) AS taken_back_ore
          FROM earning
         WHERE payout_id IN %(ids)s
         GROUP BY payout_id
         LIMIT %(limit)s
        """,
        {"ids": ids, "limit": len(ids)},
    )


def owners(db: Db, *, after: str, limit: int) -> list[Owner]:
    """Return a page of those who have accounts in the books, by pseudonym."""
    return db.all(
        Owner,
        """
        SELECT pseudonym, person_id
          FROM ledger_owner
         WHERE pseudonym > %(after)s
         ORDER BY pseudonym
         LIMIT %(limit)s
        """,
        {"after": after, "limit": limit},
    )


def owed(db: Db, *, mentor_ids: Sequence[str]) -> list[Owed]:
    """Return what these mentors have earned, and owe, that was neither paid nor left behind."""
    return db.all(
        Owed,
        """
        SELECT e.mentor_id,
               SUM(CASE WHEN e.is_claw_back THEN 0 ELSE e.share_ore END) AS earned_ore,
               SUM(CASE WHEN e.is_claw_back THEN e.share_ore ELSE 0 END) AS taken_back_ore
          FROM earning AS e
          LEFT JOIN payout AS p ON p.id = e.payout_id
         WHERE e.mentor_id IN %(ids)s
           AND (p.id IS NULL OR p.state NOT IN ('paid', 'left'))
         GROUP BY e.mentor_id
         LIMIT %(limit)s
        """,
        {"ids": mentor_ids, "limit": len(mentor_ids)},
    )


def back(db: Db, *, mentor_ids: Sequence[str]) -> list[Back]:
    """Return what was given back of these mentors' payouts: payouts that wait and settle nothing.

    One that was called off was kept; one that was paid is theirs.
    """
    return db.all(
        Back,
        """
        SELECT p.mentor_id, SUM(p.amount_ore) AS back_ore
          FROM payout AS p
          LEFT JOIN earning AS e ON e.payout_id = p.id
         WHERE p.mentor_id IN %(ids)s
           AND p.state NOT IN ('paid', 'called_off')
           AND e.id IS NULL
         GROUP BY p.mentor_id
         LIMIT %(limit)s
        """,
        {"ids": mentor_ids, "limit": len(mentor_ids)},
    )


def disputes(db: Db, *, after: str, limit: int) -> list[Dispute]:
    """Return a page of disputes, by id."""
    return db.all(
        Dispute,
        """
        SELECT id, taken_ore, returned_ore, borne_by
          FROM dispute
         WHERE id > %(after)s
         ORDER BY id
         LIMIT %(limit)s
        """,
        {"after": after, "limit": limit},
    )


def open_operations(db: Db, *, before: datetime, after: str, limit: int) -> list[Operation]:
    """Return what was asked before then and has no outcome, by id.

    An account that a mentor began to open waits for them to come back: no money hangs on it.
    """
    return db.all(
        Operation,
        """
        SELECT id
          FROM provider_operation
         WHERE finished_at IS NULL
           AND kind <> 'stripe.account'
           AND created_at <= %(before)s
           AND id > %(after)s
         ORDER BY id
         LIMIT %(limit)s
        """,
        {"before": before, "after": after, "limit": limit},
    )

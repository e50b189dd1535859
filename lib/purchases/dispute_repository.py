"""Disputes, as rows."""

from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from lib.core.db import Db


@dataclass(frozen=True)
class Dispute:
    """A payment that a payer's bank contests; sums in øre."""

    id: str
    purchase_id: str
    provider_id: str
    state: str
    reason: str
    amount_ore: int
    taken_ore: int
    returned_ore: int
    fee_ore: int
    answer_by: datetime | None
    borne_by: str | None
    refund_id: str | None
    raised_at: datetime
    asked_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True)
class _Id:
    id: str


_SELECT: LiteralString = """
    SELECT id, purchase_id, provider_id, state, reason, amount_ore, taken_ore, returned_ore,
           fee_ore, answer_by, borne_by, refund_id, raised_at, asked_at, closed_at
      FROM dispute
"""


def insert(db: Db, values: dict[str, object]) -> None:
    """Write a dispute of which nothing is booked yet; raises DuplicateError where it is known."""
    db.execute(
        """
        INSERT INTO dispute
               (id, purchase_id, provider_id, state, reason, amount_ore, taken_ore, returned_ore,
                fee_ore, answer_by, raised_at, asked_at)
        VALUES (%(id)s, %(purchase_id)s, %(provider_id)s, %(state)s, %(reason)s, %(amount_ore)s, 0,
                0, 0, %(answer_by)s, %(raised_at)s, %(now)s)
        """,
        values,
    )


def lock(db: Db, *, dispute_id: str) -> Dispute | None:
    """Return a dispute, locked."""
    return db.one(Dispute, _SELECT + " WHERE id = %(id)s FOR UPDATE", {"id": dispute_id})


def lock_of_provider(db: Db, *, provider_id: str) -> Dispute | None:
    """Return the dispute that Stripe calls so, locked."""
    return db.one(
        Dispute,
        _SELECT + " WHERE provider_id = %(provider_id)s FOR UPDATE",
        {"provider_id": provider_id},
    )


def of_purchase(db: Db, *, purchase_id: str) -> list[Dispute]:
    """Return the disputes of a purchase; few."""
    return db.all(
        Dispute,
        _SELECT
        + """
         WHERE purchase_id = %(purchase_id)s
         ORDER BY id
         LIMIT 50
        """,
        {"purchase_id": purchase_id},
    )


def page(db: Db, *, before: str, limit: int) -> list[Dispute]:
    """Return a page of disputes, newest first."""
    return db.all(
        Dispute,
        _SELECT
        + """
         WHERE id < %(before)s
         ORDER BY id DESC
         LIMIT %(limit)s
        """,
        {"before": before, "limit": limit},
    )


def unfinished(db: Db, *, before: datetime, after: str, limit: int) -> list[Dispute]:
    """Return disputes that are not over, and that Stripe was not asked about since then, by id."""
    return db.all(
        Dispute,
        _SELECT
        + """
         WHERE closed_at IS NULL
           AND asked_at <= %(before)s
           AND id > %(after)s
         ORDER BY id
         LIMIT %(limit)s
        """,
        {"before": before, "after": after, "limit": limit},
    )


def open_of(db: Db, *, person_id: str, limit: int) -> list[str]:
    """Return ids of disputes over a person's purchases, as mentee or mentor, that are not over."""
    found = db.all(
        _Id,
        """
        SELECT d.id
          FROM dispute d
          JOIN purchase p ON p.id = d.purchase_id
         WHERE d.closed_at IS NULL
           AND (p.mentee_id = %(person_id)s OR p.mentor_id = %(person_id)s)
         LIMIT %(limit)s
        """,
        {"person_id": person_id, "limit": limit},
    )
    return [each.id for each in found]


def update(db: Db, values: dict[str, object]) -> None:
    """Note what Stripe says of a dispute now."""
    db.execute(
        """
        UPDATE dispute
           SET state = %(state)s,
               reason = %(reason)s,
               amount_ore = %(amount_ore)s,
               taken_ore = %(taken_ore)s,
               returned_ore = %(returned_ore)s,
               fee_ore = %(fee_ore)s,
               answer_by = %(answer_by)s,
               asked_at = %(now)s,
               closed_at = %(closed_at)s
         WHERE id = %(id)s
        """,
        values,
    )


def decide(db: Db, values: dict[str, object]) -> None:
    """Note who bears a dispute that was lost, and the refund as which it is booked."""
    db.execute(
        """
        UPDATE dispute
           SET borne_by = %(borne_by)s,
               refund_id = %(refund_id)s,
               decided_by = %(operator_id)s,
               closed_at = %(now)s
         WHERE id = %(id)s
        """,
        values,
    )

"""Payouts as papers document them: what was paid, and how much of it came back afterwards."""

from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from lib.core.db import Db


@dataclass(frozen=True)
class Paid:
    """A payout that Stripe has moved; of it `reversed_ore` has come back since; øre."""

    id: str
    mentor_id: str
    amount_ore: int
    currency: str
    destination: str
    provider_id: str | None
    reversed_ore: int
    paid_at: datetime


_SELECT: LiteralString = """
    SELECT id, mentor_id, amount_ore, currency, destination, provider_id, reversed_ore, paid_at
      FROM payout
     WHERE state = 'paid'
       AND paid_at IS NOT NULL
"""


def paid(db: Db, *, payout_id: str) -> Paid | None:
    """Return a payout that was paid."""
    return db.one(Paid, _SELECT + " AND id = %(id)s", {"id": payout_id})


def all_paid(db: Db, *, since: datetime, mentor_id: str, after: str, limit: int) -> list[Paid]:
    """Return payouts paid since then, to one mentor or ('') to anybody, by id."""
    return db.all(
        Paid,
        _SELECT
        + """
       AND paid_at >= %(since)s
       AND (%(mentor_id)s = '' OR mentor_id = %(mentor_id)s)
       AND id > %(after)s
     ORDER BY id
     LIMIT %(limit)s
        """,
        {"since": since, "mentor_id": mentor_id, "after": after, "limit": limit},
    )

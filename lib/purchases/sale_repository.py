"""Purchases and refunds as papers document them: money that was taken, and money given back."""

from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from lib.core.db import Db


@dataclass(frozen=True)
class Sale:
    """A captured purchase of a session or, where `pack_id` is set, of a pack; amounts in øre."""

    id: str
    booking_id: str | None
    pack_id: str | None
    mentee_id: str
    mentor_id: str
    title: str
    quarters: int
    vat_ore: int
    currency: str
    method: str
    reference: str
    terms_version: str
    captured_ore: int
    hours_expire_at: datetime | None
    captured_at: datetime


@dataclass(frozen=True)
class Repaid:
    """A refund that was carried out; of it `unearned_ore` was never the mentor's."""

    id: str
    purchase_id: str
    amount_ore: int
    unearned_ore: int
    ground: str
    finished_at: datetime


_SALE: LiteralString = """
    SELECT id, booking_id, pack_id, mentee_id, mentor_id, title, quarters, vat_ore, currency,
           method, reference, terms_version, captured_ore, hours_expire_at, captured_at
      FROM purchase
     WHERE state = 'captured'
       AND captured_at IS NOT NULL
"""
_REPAID: LiteralString = """
    SELECT refund.id, refund.purchase_id, refund.amount_ore, refund.unearned_ore, refund.ground,
           refund.finished_at
      FROM refund
      JOIN purchase ON purchase.id = refund.purchase_id
     WHERE refund.state = 'done'
       AND refund.finished_at IS NOT NULL
"""


def sale(db: Db, *, purchase_id: str) -> Sale | None:
    """Return a purchase whose money was taken."""
    return db.one(Sale, _SALE + " AND id = %(id)s", {"id": purchase_id})


def sales(db: Db, *, since: datetime, person_id: str, after: str, limit: int) -> list[Sale]:
    """Return purchases captured since then, of one party or ('') of anybody, by id."""
    return db.all(
        Sale,
        _SALE
        + """
       AND captured_at >= %(since)s
       AND (%(person_id)s = '' OR mentee_id = %(person_id)s OR mentor_id = %(person_id)s)
       AND id > %(after)s
     ORDER BY id
     LIMIT %(limit)s
        """,
        {"since": since, "person_id": person_id, "after": after, "limit": limit},
    )


def repaid(db: Db, *, refund_id: str) -> Repaid | None:
    """Return a refund that was carried out."""
    return db.one(Repaid, _REPAID + " AND refund.id = %(id)s", {"id": refund_id})


def repayments(db: Db, *, since: datetime, person_id: str, after: str, limit: int) -> list[Repaid]:
    """Return refunds carried out since then, of one party or ('') of anybody, by id."""
    return db.all(
        Repaid,
        _REPAID
        + """
       AND refund.finished_at >= %(since)s
       AND (%(person_id)s = ''
            OR purchase.mentee_id = %(person_id)s
            OR purchase.mentor_id = %(person_id)s)
       AND refund.id > %(after)s
     ORDER BY refund.id
     LIMIT %(limit)s
        """,
        {"since": since, "person_id": person_id, "after": after, "limit": limit},
    )

"""Earnings as papers document them: sessions given, what was taken back, the fees of a month."""

from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from lib.core.db import Db
from lib.earnings.repository import Earning


@dataclass(frozen=True)
class MentorId:
    """A mentor who has earned, or had something taken back."""

    mentor_id: str


_SELECT: LiteralString = """
    SELECT id, mentor_id, purchase_id, cause_id, quarters, gross_ore, vat_ore, fee_ore, fee_vat_ore,
           share_ore, is_claw_back, earned_at, available_at, payout_id
      FROM earning
"""


def of_cause(db: Db, *, cause_id: str) -> list[Earning]:
    """Return what a booking has earned, or what a refund took back: a row for each purchase."""
    return db.all(
        Earning,
        _SELECT
        + """
         WHERE cause_id = %(cause_id)s
         ORDER BY id
         LIMIT 100
        """,
        {"cause_id": cause_id},
    )


def of_sale(db: Db, *, purchase_id: str) -> list[Earning]:
    """Return what was earned out of a purchase and taken back of it; few rows."""
    return db.all(
        Earning,
        _SELECT
        + """
         WHERE purchase_id = %(purchase_id)s
         ORDER BY id
         LIMIT 1000
        """,
        {"purchase_id": purchase_id},
    )


def of_payout(db: Db, *, payout_id: str, after: str, limit: int) -> list[Earning]:
    """Return what a payout settles, by id."""
    return db.all(
        Earning,
        _SELECT
        + """
         WHERE payout_id = %(payout_id)s
           AND id > %(after)s
         ORDER BY id
         LIMIT %(limit)s
        """,
        {"payout_id": payout_id, "after": after, "limit": limit},
    )


def between(
    db: Db, *, since: datetime, until: datetime, mentor_id: str, after: str, limit: int
) -> list[Earning]:
    """Return what one mentor, or ('') anybody, has earned from `since` until before `until`."""
    return db.all(
        Earning,
        _SELECT
        + """
         WHERE earned_at >= %(since)s
           AND earned_at < %(until)s
           AND (%(mentor_id)s = '' OR mentor_id = %(mentor_id)s)
           AND id > %(after)s
         ORDER BY id
         LIMIT %(limit)s
        """,
        {"since": since, "until": until, "mentor_id": mentor_id, "after": after, "limit": limit},
    )


def mentors_between(
    db: Db, *, since: datetime, until: datetime, after: str, limit: int
) -> list[MentorId]:
    """Return who has earned from `since` until before `until`, by id."""
    return db.all(
        MentorId,
        """
        SELECT mentor_id
          FROM earning
         WHERE earned_at >= %(since)s
           AND earned_at < %(until)s
           AND mentor_id > %(after)s
         GROUP BY mentor_id
         ORDER BY mentor_id
         LIMIT %(limit)s
        """,
        {"since": since, "until": until, "after": after, "limit": limit},
    )

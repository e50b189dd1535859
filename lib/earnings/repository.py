"""What mentors have earned, as rows: only added to, but for which payout settles one."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import LiteralString

from lib.core.db import Db


@dataclass(frozen=True)
class Earning:
    """What was earned with a session, or taken back; amounts in øre, negative where taken back."""

    id: str
    mentor_id: str
    purchase_id: str
    cause_id: str
    quarters: int
    gross_ore: int
    vat_ore: int
    fee_ore: int
    fee_vat_ore: int
    share_ore: int
    is_claw_back: bool
    earned_at: datetime
    available_at: datetime
    payout_id: str | None


_SELECT: LiteralString = """
    SELECT id, mentor_id, purchase_id, cause_id, quarters, gross_ore, vat_ore, fee_ore, fee_vat_ore,
           share_ore, is_claw_back, earned_at, available_at, payout_id
      FROM earning
"""


@dataclass(frozen=True)
class Sums:
    """What is owed to a mentor and in no payout yet, in øre; `owed_ore` they owe themselves."""

    available_ore: int
    pending_ore: int
    owed_ore: int


@dataclass(frozen=True)
class _Sums:
    available_ore: Decimal | None
    pending_ore: Decimal | None
    owed_ore: Decimal | None


def insert(db: Db, values: dict[str, object]) -> None:
    """Write what was earned; raises DuplicateError when the purchase's cause has earned already."""
    db.execute(
        """
        INSERT INTO earning
               (id, mentor_id, purchase_id, cause_id, quarters, gross_ore, vat_ore, fee_ore,
                fee_vat_ore, share_ore, is_claw_back, earned_at, available_at)
        VALUES (%(id)s, %(mentor_id)s, %(purchase_id)s, %(cause_id)s, %(quarters)s, %(gross_ore)s,
                %(vat_ore)s, %(fee_ore)s, %(fee_vat_ore)s, %(share_ore)s, %(is_claw_back)s,
                %(now)s, %(available_at)s)
        """,
        values,
    )


def of_purchase(db: Db, *, purchase_id: str) -> list[Earning]:
    """Return what was earned out of a purchase and taken back of it; few rows, locked."""
    return db.all(
        Earning,
        _SELECT
        + """
         WHERE purchase_id = %(purchase_id)s
         ORDER BY id
         LIMIT 1000
           FOR UPDATE
        """,
        {"purchase_id": purchase_id},
    )


def unsettled(db: Db, *, mentor_id: str, available_at: datetime, limit: int) -> list[Earning]:
    """Return a mentor's rows that no payout settles and that are available by then, locked."""
    return db.all(
        Earning,
        _SELECT
        + """
         WHERE mentor_id = %(mentor_id)s
           AND payout_id IS NULL
           AND available_at <= %(available_at)s
         ORDER BY available_at, id
         LIMIT %(limit)s
           FOR UPDATE
        """,
        {"mentor_id": mentor_id, "available_at": available_at, "limit": limit},
    )


def sums(db: Db, *, mentor_id: str, now: datetime) -> Sums:
    """Return what a mentor is owed and in no payout yet."""
    found = db.one(
        _Sums,
        """
        SELECT SUM(CASE WHEN NOT is_claw_back AND available_at <= %(now)s THEN share_ore END)
                 AS available_ore,
               SUM(CASE WHEN NOT is_claw_back AND available_at > %(now)s THEN share_ore END)
                 AS pending_ore,
               SUM(CASE WHEN is_claw_back THEN -share_ore END) AS owed_ore
          FROM earning
         WHERE mentor_id = %(mentor_id)s
           AND payout_id IS NULL
        """,
        {"mentor_id": mentor_id, "now": now},
    )
    if found is None:
        return Sums(0, 0, 0)
    return Sums(
        available_ore=int(found.available_ore or 0),
        pending_ore=int(found.pending_ore or 0),
        owed_ore=int(found.owed_ore or 0),
    )


def page_of(db: Db, *, mentor_id: str, before: str, limit: int) -> list[Earning]:
    """Return a page of what a mentor has earned, newest first."""
    return db.all(
        Earning,
        _SELECT
        + """
         WHERE mentor_id = %(mentor_id)s
           AND id < %(before)s
         ORDER BY id DESC
         LIMIT %(limit)s
        """,
        {"mentor_id": mentor_id, "before": before, "limit": limit},
    )


def settle(db: Db, *, earning_ids: list[str], payout_id: str) -> int:
    """Write which payout settles these; return how many it now settles."""
    return db.execute(
        """
        UPDATE earning
           SET payout_id = %(payout_id)s
         WHERE id IN %(ids)s
           AND payout_id IS NULL
        """,
        {"ids": earning_ids, "payout_id": payout_id},
    )


def free(db: Db, *, payout_id: str) -> int:
    """Have what a payout was to settle be owed again; return how many earnings that is."""
    return db.execute(
        "UPDATE earning SET payout_id = NULL WHERE payout_id = %(payout_id)s",
        {"payout_id": payout_id},
    )


def keep_back(db: Db, *, purchase_id: str, until: datetime) -> int:
    """Have what a purchase has earned be available only then, as far as no payout settles it."""
    return db.execute(
        """
        UPDATE earning
           SET available_at = %(until)s
         WHERE purchase_id = %(purchase_id)s
           AND payout_id IS NULL
           AND quarters > 0
           AND available_at < %(until)s
        """,
        {"purchase_id": purchase_id, "until": until},
    )


def set_available(db: Db, *, earning_id: str, at: datetime) -> int:
    """Have an earning that no payout settles be available from then on."""
    return db.execute(
        "UPDATE earning SET available_at = %(at)s WHERE id = %(id)s AND payout_id IS NULL",
        {"id": earning_id, "at": at},
    )

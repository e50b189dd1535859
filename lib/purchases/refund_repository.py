"""Refunds, as rows."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import LiteralString

from lib.core.db import Db


@dataclass(frozen=True)
class Refund:
    """Money that goes back; of it `unearned_ore` was never the mentor's."""

    id: str
    purchase_id: str
    amount_ore: int
    unearned_ore: int
    ground: str
    borne_by: str
    state: str
    error_code: str | None
    created_at: datetime
    finished_at: datetime | None

    @property
    def prepaid_ore(self) -> int:
        """How much of it goes out of what was prepaid: what the mentor gives back came there."""
        return self.amount_ore if self.borne_by == "mentor" else self.unearned_ore


@dataclass(frozen=True)
class _Sum:
    ore: Decimal | None


_SELECT: LiteralString = """
    SELECT id, purchase_id, amount_ore, unearned_ore, ground, borne_by, state, error_code,
           created_at, finished_at
      FROM refund
"""


def insert(db: Db, values: dict[str, object]) -> None:
    """Write a refund that is to be carried out."""
    db.execute(
        """
        INSERT INTO refund
               (id, purchase_id, amount_ore, unearned_ore, ground, evidence, borne_by, state,
                asked_by, created_at)
        VALUES (%(id)s, %(purchase_id)s, %(amount_ore)s, %(unearned_ore)s, %(ground)s,
                %(evidence)s, %(borne_by)s, 'open', %(asked_by)s, %(now)s)
        """,
        values,
    )


def find(db: Db, *, refund_id: str) -> Refund | None:
    """Return a refund, not locked: whoever changes one locks its purchase first."""
    return db.one(Refund, _SELECT + "WHERE id = %(id)s", {"id": refund_id})


def lock(db: Db, *, refund_id: str) -> Refund | None:
    """Return a refund, locked."""
    return db.one(Refund, _SELECT + "WHERE id = %(id)s FOR UPDATE", {"id": refund_id})


def of_purchase(db: Db, *, purchase_id: str) -> list[Refund]:
    """Return the refunds of a purchase, oldest first, locked; few."""
    return db.all(
        Refund,
        _SELECT
        + """
         WHERE purchase_id = %(purchase_id)s
         ORDER BY id
         LIMIT 200
           FOR UPDATE
        """,
        {"purchase_id": purchase_id},
    )


def in_state(db: Db, *, state: str, before: datetime, after: str, limit: int) -> list[Refund]:
    """Return refunds in a state that were decided by then, by id."""
    return db.all(
        Refund,
        _SELECT
        + """
         WHERE state = %(state)s
           AND created_at <= %(before)s
           AND id > %(after)s
         ORDER BY id
         LIMIT %(limit)s
        """,
        {"state": state, "before": before, "after": after, "limit": limit},
    )


def unfinished_of(db: Db, *, person_id: str, limit: int) -> list[Refund]:
    """Return refunds of a person's purchases, as mentee or mentor, that are not done."""
    return db.all(
        Refund,
        """
        SELECT r.id, r.purchase_id, r.amount_ore, r.unearned_ore, r.ground, r.borne_by,
               r.state, r.error_code, r.created_at, r.finished_at
          FROM refund r
          JOIN purchase p ON p.id = r.purchase_id
         WHERE (p.mentee_id = %(person_id)s OR p.mentor_id = %(person_id)s)
           AND r.state <> 'done'
         LIMIT %(limit)s
        """,
        {"person_id": person_id, "limit": limit},
    )


def set_done(db: Db, *, refund_id: str, now: datetime) -> None:
    """Note that the money is on its way back to the person."""
    db.execute(
        """
        UPDATE refund
           SET state = 'done', error_code = NULL, finished_at = %(now)s
         WHERE id = %(id)s
        """,
        {"id": refund_id, "now": now},
    )


def hold(db: Db, *, refund_id: str, code: str) -> None:
    """Leave a refund to an operator, and say why."""
    db.execute(
        """
        UPDATE refund
           SET state = 'held', error_code = %(code)s, finished_at = NULL
         WHERE id = %(id)s
        """,
        {"id": refund_id, "code": code},
    )


def reopen(db: Db, *, refund_id: str) -> None:
    """Have a held refund tried again."""
    db.execute(
        "UPDATE refund SET state = 'open', error_code = NULL WHERE id = %(id)s AND state = 'held'",
        {"id": refund_id},
    )


def paid_by_rail(db: Db, *, purchase_id: str) -> int:
    """Return what the rail has given back of a purchase by our books, in øre.

    Without what was paid by bank, or taken by the payer's, and what came back.
    """
    found = db.one(
        _Sum,
        """
        SELECT SUM(CASE WHEN t.step = 'paid' THEN t.amount_ore ELSE -t.amount_ore END) AS ore
          FROM refund AS f
          JOIN ledger_transfer AS t ON t.cause_id = f.id AND t.step IN ('paid', 'failed')
         WHERE f.purchase_id = %(purchase_id)s
         LIMIT 1
        """,
        {"purchase_id": purchase_id},
    )
    return int(found.ore or 0) if found else 0

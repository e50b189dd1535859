"""Moves of our own money, and what payouts will need, as rows."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from lib.core.db import Db


@dataclass(frozen=True)
class Move:
    """Money of ours that went from one place to another; øre."""

    id: str
    kind: str
    amount_ore: int
    fee_ore: int
    reference: str
    happened_on: date
    noted_by: str | None
    noted_at: datetime


@dataclass(frozen=True)
class Waiting:
    """Payouts in a state: how many, what they add up to, and since when the first has waited."""

    state: str
    number: int
    amount_ore: Decimal
    since: datetime


@dataclass(frozen=True)
class _Sum:
    ore: Decimal | None


def insert(db: Db, move: Move) -> None:
    """Write a move; raises DuplicateError where one of its kind and reference is noted."""
    db.execute(
        """
        INSERT INTO treasury_move
               (id, kind, amount_ore, fee_ore, reference, happened_on, noted_by, noted_at)
        VALUES (%(id)s, %(kind)s, %(amount_ore)s, %(fee_ore)s, %(reference)s, %(happened_on)s,
                %(noted_by)s, %(noted_at)s)
        """,
        vars(move),
    )


def find(db: Db, *, kind: str, reference: str) -> Move | None:
    """Return a move by what the provider or bank calls it; what was just committed is seen."""
    return db.one(
        Move,
        """
        SELECT id, kind, amount_ore, fee_ore, reference, happened_on, noted_by, noted_at
          FROM treasury_move
         WHERE kind = %(kind)s
           AND reference = %(reference)s
           FOR UPDATE
        """,
        {"kind": kind, "reference": reference},
    )


def page(db: Db, *, before: str, limit: int) -> list[Move]:
    """Return a page of moves, newest first."""
    return db.all(
        Move,
        """
        SELECT id, kind, amount_ore, fee_ore, reference, happened_on, noted_by, noted_at
          FROM treasury_move
         WHERE id < %(before)s
         ORDER BY id DESC
         LIMIT %(limit)s
        """,
        {"before": before, "limit": limit},
    )


def waiting(db: Db) -> list[Waiting]:
    """Return what payouts wait, by state."""
    return db.all(
        Waiting,
        """
        SELECT state, COUNT(*) AS number, SUM(amount_ore) AS amount_ore,
               MIN(COALESCE(waiting_since, created_at)) AS since
          FROM payout
         WHERE state IN ('pending', 'awaiting_platform_funds', 'held')
         GROUP BY state
         ORDER BY state
         LIMIT 10
        """,
    )


def due_ore(db: Db, *, by: datetime) -> int:
    """Return what will be available to mentors who can be paid, by then, and is in no payout yet.

    What a mentor owes is kept back of it.
    """
    found = db.one(
        _Sum,
        """
        SELECT SUM(due.share_ore) AS ore
          FROM (SELECT e.mentor_id, SUM(e.share_ore) AS share_ore
                  FROM payout_account AS a
                  JOIN earning AS e ON e.mentor_id = a.mentor_id
                 WHERE a.state = 'ready'
                   AND e.payout_id IS NULL
                   AND e.available_at <= %(by)s
                 GROUP BY e.mentor_id
                HAVING SUM(e.share_ore) > 0) AS due
         LIMIT 1
        """,
        {"by": by},
    )
    return int(found.ore or 0) if found else 0

"""Payouts, as rows."""

from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from lib.core.db import Db


@dataclass(frozen=True)
class Payout:
    """Money on its way to a mentor."""

    id: str
    mentor_id: str
    amount_ore: int
    netted_ore: int
    currency: str
    destination: str
    state: str
    held_reason: str | None
    provider_id: str | None
    reversed_ore: int
    created_at: datetime
    waiting_since: datetime | None
    paid_at: datetime | None


_SELECT: LiteralString = """
    SELECT id, mentor_id, amount_ore, netted_ore, currency, destination, state, held_reason,
           provider_id, reversed_ore, created_at, waiting_since, paid_at
      FROM payout
"""


def insert_payout(db: Db, values: dict[str, object]) -> None:
    """Write a new payout."""
    db.execute(
        """
        INSERT INTO payout
               (id, mentor_id, amount_ore, netted_ore, currency, destination, state, reversed_ore,
                created_at)
        VALUES (%(id)s, %(mentor_id)s, %(amount_ore)s, %(netted_ore)s, %(currency)s,
                %(destination)s, 'pending', 0, %(now)s)
        """,
        values,
    )


def insert_left(db: Db, values: dict[str, object]) -> None:
    """Write what a mentor who leaves was owed and has left behind: it goes nowhere."""
    db.execute(
        """
        INSERT INTO payout
               (id, mentor_id, amount_ore, netted_ore, currency, destination, state, reversed_ore,
                created_at, closed_at)
        VALUES (%(id)s, %(mentor_id)s, %(amount_ore)s, %(netted_ore)s, %(currency)s, '', 'left',
                0, %(now)s, %(now)s)
        """,
        values,
    )


def lock_payout(db: Db, *, payout_id: str) -> Payout | None:
    """Return a payout, locked."""
    return db.one(Payout, _SELECT + "WHERE id = %(id)s FOR UPDATE", {"id": payout_id})


def lock_of_transfer(db: Db, *, provider_id: str) -> Payout | None:
    """Return the payout that Stripe knows by this transfer, locked."""
    return db.one(
        Payout,
        _SELECT + "WHERE provider_id = %(provider_id)s LIMIT 1 FOR UPDATE",
        {"provider_id": provider_id},
    )


def unpaid(db: Db, *, after: str, limit: int) -> list[Payout]:
    """Return payouts that are to be tried, oldest first; held ones wait for an operator."""
    return db.all(
        Payout,
        _SELECT
        + """
         WHERE state IN ('pending', 'awaiting_platform_funds')
           AND id > %(after)s
         ORDER BY id
         LIMIT %(limit)s
        """,
        {"after": after, "limit": limit},
    )


def of_mentor(db: Db, *, mentor_id: str, before: str, limit: int) -> list[Payout]:
    """Return a page of a mentor's payouts, newest first."""
    return db.all(
        Payout,
        _SELECT
        + """
         WHERE mentor_id = %(mentor_id)s
           AND id < %(before)s
         ORDER BY id DESC
         LIMIT %(limit)s
        """,
        {"mentor_id": mentor_id, "before": before, "limit": limit},
    )


def waiting(db: Db, *, after: str, limit: int) -> list[Payout]:
    """Return payouts that wait for money of ours or for an operator, oldest first."""
    return db.all(
        Payout,
        _SELECT
        + """
         WHERE state IN ('awaiting_platform_funds', 'held')
           AND id > %(after)s
         ORDER BY id
         LIMIT %(limit)s
        """,
        {"after": after, "limit": limit},
    )


def set_waiting(db: Db, *, payout_id: str, state: str, reason: str | None, now: datetime) -> None:
    """Note that a payout waits, for what, and since when it has."""
    db.execute(
        """
        UPDATE payout
           SET waiting_since = CASE WHEN state = %(state)s THEN waiting_since ELSE %(now)s END,
               state = %(state)s,
               held_reason = %(reason)s
         WHERE id = %(id)s
           AND state NOT IN ('paid', 'called_off')
        """,
        {"id": payout_id, "state": state, "reason": reason, "now": now},
    )


def set_pending(db: Db, *, payout_id: str) -> None:
    """Have a held payout tried again."""
    db.execute(
        """
        UPDATE payout
           SET state = 'pending', held_reason = NULL, waiting_since = NULL
         WHERE id = %(id)s
           AND state = 'held'
        """,
        {"id": payout_id},
    )


def set_paid(db: Db, *, payout_id: str, provider_id: str, now: datetime) -> None:
    """Note that Stripe has moved the money."""
    db.execute(
        """
        UPDATE payout
           SET state = 'paid',
               held_reason = NULL,
               waiting_since = NULL,
               provider_id = %(provider_id)s,
               paid_at = %(now)s
         WHERE id = %(id)s
        """,
        {"id": payout_id, "provider_id": provider_id, "now": now},
    )


def set_called_off(db: Db, *, payout_id: str, now: datetime) -> None:
    """End a payout without money moved: what it was to settle is owed again."""
    db.execute(
        """
        UPDATE payout
           SET state = 'called_off', waiting_since = NULL, closed_at = %(now)s
         WHERE id = %(id)s
        """,
        {"id": payout_id, "now": now},
    )


def set_reversed(db: Db, *, payout_id: str, reversed_ore: int) -> None:
    """Note what Stripe has given back of a payout; raises CheckFailedError for more than it was."""
    db.execute(
        "UPDATE payout SET reversed_ore = %(reversed_ore)s WHERE id = %(id)s",
        {"id": payout_id, "reversed_ore": reversed_ore},
    )


def open_of(db: Db, *, mentor_id: str, limit: int) -> list[Payout]:
    """Return a mentor's payouts that are neither paid nor called off."""
    return db.all(
        Payout,
        _SELECT
        + """
         WHERE mentor_id = %(mentor_id)s
           AND state IN ('pending', 'awaiting_platform_funds', 'held')
         LIMIT %(limit)s
        """,
        {"mentor_id": mentor_id, "limit": limit},
    )

"""Payout accounts and payouts, as rows."""

from dataclasses import dataclass
from datetime import datetime

from lib.core.db import Db


@dataclass(frozen=True)
class PayoutAccount:
    """A mentor's account at Stripe; `requirements` is a JSON list of names."""

    mentor_id: str
    provider_id: str | None
    state: str
    requirements: str
    updated_at: datetime


@dataclass(frozen=True)
class Payout:
    """Money on its way to a mentor."""

    id: str
    mentor_id: str
    amount_ore: int
    currency: str
    destination: str
    state: str
    created_at: datetime
    paid_at: datetime | None


@dataclass(frozen=True)
class MentorId:
    """A mentor who is to be paid."""

    mentor_id: str


def insert_account(db: Db, *, mentor_id: str, now: datetime) -> None:
    """Write an account that is to be made; raises DuplicateError when there is one."""
    db.execute(
        """
        INSERT INTO payout_account (mentor_id, state, requirements, created_at, updated_at)
        VALUES (%(mentor_id)s, 'new', '[]', %(now)s, %(now)s)
        """,
        {"mentor_id": mentor_id, "now": now},
    )


def account(db: Db, *, mentor_id: str) -> PayoutAccount | None:
    """Return a mentor's account."""
    return db.one(
        PayoutAccount,
        """
        SELECT mentor_id, provider_id, state, requirements, updated_at
          FROM payout_account
         WHERE mentor_id = %(mentor_id)s
        """,
        {"mentor_id": mentor_id},
    )


def account_of_provider(db: Db, *, provider_id: str) -> PayoutAccount | None:
    """Return the account that Stripe names."""
    return db.one(
        PayoutAccount,
        """
        SELECT mentor_id, provider_id, state, requirements, updated_at
          FROM payout_account
         WHERE provider_id = %(provider_id)s
        """,
        {"provider_id": provider_id},
    )


def unready(db: Db, *, before: datetime, after: str, limit: int) -> list[PayoutAccount]:
    """Return accounts on their way to being ready that nobody has asked about since."""
    return db.all(
        PayoutAccount,
        """
        SELECT mentor_id, provider_id, state, requirements, updated_at
          FROM payout_account
         WHERE state IN ('onboarding', 'action_required', 'verifying')
           AND updated_at <= %(before)s
           AND mentor_id > %(after)s
         ORDER BY mentor_id
         LIMIT %(limit)s
        """,
        {"before": before, "after": after, "limit": limit},
    )


def update_account(db: Db, values: dict[str, object]) -> None:
    """Write what Stripe says of an account, unless something later is known."""
    db.execute(
        """
        UPDATE payout_account
           SET provider_id = %(provider_id)s,
               state = %(state)s,
               requirements = %(requirements)s,
               updated_at = %(now)s
         WHERE mentor_id = %(mentor_id)s
           AND updated_at <= %(now)s
        """,
        values,
    )


def lock_ready_account(db: Db, *, mentor_id: str) -> PayoutAccount | None:
    """Return the mentor's account, locked, if money may go to it: one payout is made at a time."""
    return db.one(
        PayoutAccount,
        """
        SELECT mentor_id, provider_id, state, requirements, updated_at
          FROM payout_account
         WHERE mentor_id = %(mentor_id)s
           AND state = 'ready'
           FOR UPDATE
        """,
        {"mentor_id": mentor_id},
    )


def ready_mentors(db: Db, *, after: str, limit: int) -> list[MentorId]:
    """Return mentors whose accounts are ready, in the order of their ids."""
    return db.all(
        MentorId,
        """
        SELECT mentor_id
          FROM payout_account
         WHERE state = 'ready'
           AND mentor_id > %(after)s
         ORDER BY mentor_id
         LIMIT %(limit)s
        """,
        {"after": after, "limit": limit},
    )


def insert_payout(db: Db, values: dict[str, object]) -> None:
    """Write a new payout."""
    db.execute(
        """
        INSERT INTO payout (id, mentor_id, amount_ore, currency, destination, state, created_at)
        VALUES (%(id)s, %(mentor_id)s, %(amount_ore)s, %(currency)s, %(destination)s, 'pending',
                %(now)s)
        """,
        values,
    )


def insert_items(db: Db, rows: list[dict[str, object]]) -> None:
    """Write which purchases a payout settles; raises DuplicateError when one is settled already."""
    db.insert_all(
        """
        INSERT INTO payout_item (purchase_id, payout_id, amount_ore)
        VALUES (%(purchase_id)s, %(payout_id)s, %(amount_ore)s)
        """,
        rows,
    )


def lock_payout(db: Db, *, payout_id: str) -> Payout | None:
    """Return a payout, locked."""
    return db.one(
        Payout,
        """
        SELECT id, mentor_id, amount_ore, currency, destination, state, created_at, paid_at
          FROM payout
         WHERE id = %(payout_id)s
           FOR UPDATE
        """,
        {"payout_id": payout_id},
    )


def unpaid(db: Db, *, after: str, limit: int) -> list[Payout]:
    """Return payouts that are to be tried, oldest first; held ones wait for an operator."""
    return db.all(
        Payout,
        """
        SELECT id, mentor_id, amount_ore, currency, destination, state, created_at, paid_at
          FROM payout
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
        """
        SELECT id, mentor_id, amount_ore, currency, destination, state, created_at, paid_at
          FROM payout
         WHERE mentor_id = %(mentor_id)s
           AND id < %(before)s
         ORDER BY id DESC
         LIMIT %(limit)s
        """,
        {"mentor_id": mentor_id, "before": before, "limit": limit},
    )


def set_state(db: Db, *, payout_id: str, state: str) -> None:
    """Note where a payout stands."""
    db.execute(
        "UPDATE payout SET state = %(state)s WHERE id = %(id)s AND state <> 'paid'",
        {"id": payout_id, "state": state},
    )


def set_paid(db: Db, *, payout_id: str, provider_id: str, now: datetime) -> None:
    """Note that Stripe has moved the money."""
    db.execute(
        """
        UPDATE payout
           SET state = 'paid', provider_id = %(provider_id)s, paid_at = %(now)s
         WHERE id = %(id)s
        """,
        {"id": payout_id, "provider_id": provider_id, "now": now},
    )


def open_of(db: Db, *, mentor_id: str, limit: int) -> list[Payout]:
    """Return a mentor's payouts that are not paid yet."""
    return db.all(
        Payout,
        """
        SELECT id, mentor_id, amount_ore, currency, destination, state, created_at, paid_at
          FROM payout
         WHERE mentor_id = %(mentor_id)s
           AND state <> 'paid'
         LIMIT %(limit)s
        """,
        {"mentor_id": mentor_id, "limit": limit},
    )

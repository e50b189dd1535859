"""Payout accounts, as rows: known by their id and state alone."""

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
    bank_failure: str | None
    updated_at: datetime


@dataclass(frozen=True)
class MentorId:
    """A mentor who is to be paid."""

    mentor_id: str


@dataclass(frozen=True)
class Connected:
    """A mentor, and their account at Stripe."""

    mentor_id: str
    provider_id: str


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
        SELECT mentor_id, provider_id, state, requirements, bank_failure, updated_at
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
        SELECT mentor_id, provider_id, state, requirements, bank_failure, updated_at
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
        SELECT mentor_id, provider_id, state, requirements, bank_failure, updated_at
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
        SELECT mentor_id, provider_id, state, requirements, bank_failure, updated_at
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


def set_bank_failure(db: Db, *, mentor_id: str, code: str | None) -> None:
    """Note why Stripe could not move money on to the mentor's bank, or that it could."""
    db.execute(
        "UPDATE payout_account SET bank_failure = %(code)s WHERE mentor_id = %(mentor_id)s",
        {"mentor_id": mentor_id, "code": code},
    )


def connected(db: Db, *, after: str, limit: int) -> list[Connected]:
    """Return mentors with an account at Stripe that has not ended, by their ids."""
    return db.all(
        Connected,
        """
        SELECT mentor_id, provider_id
          FROM payout_account
         WHERE provider_id IS NOT NULL
           AND state <> 'closed'
           AND mentor_id > %(after)s
         ORDER BY mentor_id
         LIMIT %(limit)s
        """,
        {"after": after, "limit": limit},
    )

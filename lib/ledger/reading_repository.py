"""Entries as they are read: those of an account, those of a cause, and the one to be corrected."""

from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from lib.core.db import Db


@dataclass(frozen=True)
class Stated:
    """An entry of an account, with the account on its other side; `outcome` where resolved."""

    id: str
    cause_id: str
    step: str
    amount_ore: int
    is_pending: bool
    is_credit: bool
    created_at: datetime
    outcome: str | None
    resolved_ore: int | None
    other_kind: str
    other_owner: str


@dataclass(frozen=True)
class Traced:
    """An entry with both accounts, and its resolution."""

    id: str
    step: str
    amount_ore: int
    is_pending: bool
    created_at: datetime
    outcome: str | None
    resolved_ore: int | None
    resolved_at: datetime | None
    debit_account_id: str
    debit_kind: str
    debit_owner: str
    credit_account_id: str
    credit_kind: str
    credit_owner: str


@dataclass(frozen=True)
class _PersonId:
    person_id: str


_TRACED: LiteralString = """
    SELECT t.id, t.step, t.amount_ore, t.is_pending, t.created_at, r.outcome,
           r.amount_ore AS resolved_ore, r.created_at AS resolved_at, t.debit_account_id,
           d.kind AS debit_kind, d.owner AS debit_owner, t.credit_account_id,
           c.kind AS credit_kind, c.owner AS credit_owner
      FROM ledger_transfer AS t
      JOIN ledger_account AS d ON d.id = t.debit_account_id
      JOIN ledger_account AS c ON c.id = t.credit_account_id
      LEFT JOIN ledger_resolution AS r ON r.transfer_id = t.id
"""


def stated(db: Db, *, account_id: str, before: str, limit: int) -> list[Stated]:
    """Return a page of an account's entries, newest first: each side by its own index."""
    return db.all(
        Stated,
        """
        SELECT page.id, page.cause_id, page.step, page.amount_ore, page.is_pending,
               page.credit_account_id = %(account_id)s AS is_credit, page.created_at, r.outcome,
               r.amount_ore AS resolved_ore, other.kind AS other_kind, other.owner AS other_owner
          FROM ((SELECT id, cause_id, step, amount_ore, is_pending, credit_account_id, created_at,
                        debit_account_id AS other_id
                   FROM ledger_transfer
                  WHERE credit_account_id = %(account_id)s
                    AND id < %(before)s
                  ORDER BY id DESC
                  LIMIT %(limit)s)
                UNION ALL
                (SELECT id, cause_id, step, amount_ore, is_pending, credit_account_id, created_at,
                        credit_account_id AS other_id
                   FROM ledger_transfer
                  WHERE debit_account_id = %(account_id)s
                    AND id < %(before)s
                  ORDER BY id DESC
                  LIMIT %(limit)s)) AS page
          JOIN ledger_account AS other ON other.id = page.other_id
          LEFT JOIN ledger_resolution AS r ON r.transfer_id = page.id
         ORDER BY page.id DESC
         LIMIT %(limit)s
        """,
        {"account_id": account_id, "before": before, "limit": limit},
    )


def traced(db: Db, *, cause_id: str, limit: int) -> list[Traced]:
    """Return the entries of a cause, as they were booked."""
    return db.all(
        Traced,
        _TRACED
        + """
         WHERE t.cause_id = %(cause_id)s
         ORDER BY t.id
         LIMIT %(limit)s
        """,
        {"cause_id": cause_id, "limit": limit},
    )


def transfer(db: Db, *, transfer_id: str) -> Traced | None:
    """Return an entry."""
    return db.one(Traced, _TRACED + " WHERE t.id = %(id)s", {"id": transfer_id})


def person_of(db: Db, *, pseudonym: str) -> str | None:
    """Return who the books know by a pseudonym, for as long as that is known."""
    found = db.one(
        _PersonId,
        "SELECT person_id FROM ledger_owner WHERE pseudonym = %(pseudonym)s",
        {"pseudonym": pseudonym},
    )
    return found.person_id if found else None


def insert_correction(db: Db, values: dict[str, object]) -> None:
    """Write why an entry is taken back; raises DuplicateError where it was before."""
    db.execute(
        """
        INSERT INTO ledger_correction (id, transfer_id, reason, noted_by, noted_at)
        VALUES (%(id)s, %(transfer_id)s, %(reason)s, %(noted_by)s, %(now)s)
        """,
        values,
    )

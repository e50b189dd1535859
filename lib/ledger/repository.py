"""The books, as rows: they are only ever added to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import LiteralString

from lib.core.db import Db


@dataclass(frozen=True)
class Booked:
    """A transfer of a cause, as far as booking it again has to be the same."""

    step: str
    debit_account_id: str
    credit_account_id: str
    amount_ore: int
    is_pending: bool


@dataclass(frozen=True)
class _AccountRow:
    id: str
    kind: str
    owner: str


@dataclass(frozen=True)
class Pending:
    """A pending transfer, and what became of it."""

    id: str
    amount_ore: int
    outcome: str | None
    resolved_ore: int | None


@dataclass(frozen=True)
class Balance:
    """An account's posted balance in øre: credits minus debits."""

    kind: str
    owner: str
    balance_ore: int


@dataclass(frozen=True)
class _Count:
    number: int


@dataclass(frozen=True)
class _Sum:
    account_id: str
    ore: Decimal | None


_CREDITS: LiteralString = """
    SELECT t.credit_account_id AS account_id,
           SUM(CASE WHEN t.is_pending THEN r.amount_ore ELSE t.amount_ore END) AS ore
      FROM ledger_transfer AS t
      LEFT JOIN ledger_resolution AS r ON r.transfer_id = t.id
     WHERE t.credit_account_id IN %(ids)s
     GROUP BY t.credit_account_id
     LIMIT %(limit)s
"""
_DEBITS: LiteralString = """
    SELECT t.debit_account_id AS account_id,
           SUM(CASE WHEN t.is_pending THEN r.amount_ore ELSE t.amount_ore END) AS ore
      FROM ledger_transfer AS t
      LEFT JOIN ledger_resolution AS r ON r.transfer_id = t.id
     WHERE t.debit_account_id IN %(ids)s
     GROUP BY t.debit_account_id
     LIMIT %(limit)s
"""


@dataclass(frozen=True)
class _Pseudonym:
    pseudonym: str


def pseudonym_of(db: Db, *, person_id: str, is_new: bool = False) -> str | None:
    """Return what the books know the person by.

    `is_new` reads past this transaction's snapshot, for a row that another has just inserted;
    locking is no way to look for one that may not be there, since two who lock the same gap can't
    both insert.
    """
    values = {"person_id": person_id}
    plain: LiteralString = "SELECT pseudonym FROM ledger_owner WHERE person_id = %(person_id)s"
    found = db.one(_Pseudonym, plain + " FOR UPDATE" if is_new else plain, values)
    return found.pseudonym if found else None


def insert_owner(db: Db, *, pseudonym: str, person_id: str, now: datetime) -> None:
    """Give a person a pseudonym; raises DuplicateError where they have one."""
    db.execute(
        """
        INSERT INTO ledger_owner (pseudonym, person_id, created_at)
        VALUES (%(pseudonym)s, %(person_id)s, %(now)s)
        """,
        {"pseudonym": pseudonym, "person_id": person_id, "now": now},
    )


def accounts(
    db: Db, wanted: Sequence[tuple[str, str]], *, currency: str, is_new: bool = False
) -> dict[tuple[str, str], str]:
    """Return the ids of those accounts that are open, by kind and owner; `is_new` as above."""
    plain: LiteralString = """
        SELECT id, kind, owner
          FROM ledger_account
         WHERE (kind, owner) IN %(wanted)s
           AND currency = %(currency)s
    """
    found = db.all(
        _AccountRow,
        plain + " FOR UPDATE" if is_new else plain,
        {"wanted": list(wanted), "currency": currency},
    )
    return {(row.kind, row.owner): row.id for row in found}


def lock_debits(db: Db, *, account_id: str, step: str) -> list[Booked]:
    """Return what was booked at once out of an account in a step, as it stands now, locked."""
    return db.all(
        Booked,
        """
        SELECT step, debit_account_id, credit_account_id, amount_ore, is_pending
          FROM ledger_transfer
         WHERE debit_account_id = %(account_id)s
           AND step = %(step)s
           AND NOT is_pending
         LIMIT 100
           FOR UPDATE
        """,
        {"account_id": account_id, "step": step},
    )


def insert_account(db: Db, values: dict[str, object]) -> None:
    """Open an account; raises DuplicateError where it is open."""
    db.execute(
        """
        INSERT INTO ledger_account (id, kind, owner, currency, created_at)
        VALUES (%(id)s, %(kind)s, %(owner)s, %(currency)s, %(now)s)
        """,
        values,
    )


def insert_transfers(db: Db, rows: list[dict[str, object]]) -> None:
    """Book transfers, all or none; raises DuplicateError when a step is booked already."""
    db.insert_all(
        """
        INSERT INTO ledger_transfer
               (id, debit_account_id, credit_account_id, amount_ore, is_pending, cause_id, step,
                created_at)
        VALUES (%(id)s, %(debit)s, %(credit)s, %(amount_ore)s, %(is_pending)s, %(cause_id)s,
                %(step)s, %(now)s)
        """,
        rows,
    )


def booked(db: Db, *, cause_id: str) -> list[Booked]:
    """Return what is booked of a cause, locking: what another has just committed is seen."""
    return db.all(
        Booked,
        """
        SELECT step, debit_account_id, credit_account_id, amount_ore, is_pending
          FROM ledger_transfer
         WHERE cause_id = %(cause_id)s
           FOR UPDATE
        """,
        {"cause_id": cause_id},
    )


def pending(db: Db, *, cause_id: str, step: str) -> Pending | None:
    """Return the pending transfer of a cause's step, locked, with its outcome."""
    return db.one(
        Pending,
        """
        SELECT ledger_transfer.id, ledger_transfer.amount_ore, ledger_resolution.outcome,
               ledger_resolution.amount_ore AS resolved_ore
          FROM ledger_transfer
          LEFT JOIN ledger_resolution ON ledger_resolution.transfer_id = ledger_transfer.id
         WHERE ledger_transfer.cause_id = %(cause_id)s
           AND ledger_transfer.step = %(step)s
           AND ledger_transfer.is_pending
           FOR UPDATE
        """,
        {"cause_id": cause_id, "step": step},
    )


def insert_resolution(db: Db, values: dict[str, object]) -> None:
    """Say what became of a pending transfer; raises DuplicateError when that is said."""
    db.execute(
        """
        INSERT INTO ledger_resolution (transfer_id, outcome, amount_ore, created_at)
        VALUES (%(transfer_id)s, %(outcome)s, %(amount_ore)s, %(now)s)
        """,
        values,
    )


def count_pending(db: Db, *, before: datetime) -> int:
    """Return how many reservations from before then are still unresolved."""
    found = db.one(
        _Count,
        """
        SELECT COUNT(*) AS number
          FROM ledger_transfer
          LEFT JOIN ledger_resolution ON ledger_resolution.transfer_id = ledger_transfer.id
         WHERE ledger_transfer.is_pending
           AND ledger_transfer.created_at <= %(before)s
           AND ledger_resolution.transfer_id IS NULL
        """,
        {"before": before},
    )
    return found.number if found else 0


def balances(db: Db, *, after: str, limit: int) -> list[Balance]:
    """Return a page of accounts with their posted balances, in the order of `kind owner`.

    `after` is the `kind owner` of the last account of the page before, or ''.
    """
    kind, _, owner = after.partition(" ")
    page = db.all(
        _AccountRow,
        """
        SELECT id, kind, owner
          FROM ledger_account
         WHERE (kind > %(kind)s OR (kind = %(kind)s AND owner > %(owner)s))
         ORDER BY kind, owner
         LIMIT %(limit)s
        """,
        {"kind": kind, "owner": owner, "limit": limit},
    )
    posted = posted_ore(db, account_ids=[each.id for each in page])
    return [Balance(each.kind, each.owner, posted.get(each.id, 0)) for each in page]


def posted_ore(db: Db, *, account_ids: Sequence[str]) -> dict[str, int]:
    """Return the posted balances of accounts, in øre, by id; those without an entry are left out.

    Each side is added up once for all of them, along its index.
    """
    if not account_ids:
        return {}
    sums: dict[str, int] = {}
    values = {"ids": list(account_ids), "limit": len(account_ids)}
    for row in db.all(_Sum, _CREDITS, values):
        sums[row.account_id] = int(row.ore or 0)
    for row in db.all(_Sum, _DEBITS, values):
        sums[row.account_id] = sums.get(row.account_id, 0) - int(row.ore or 0)
    return sums

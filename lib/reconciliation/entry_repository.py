"""The books themselves, walked by key: what each page adds up to, and what in it can't be."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from lib.core.db import Db


@dataclass(frozen=True)
class Reach:
    """The last key of a page, and how many rows it has; None where there are none."""

    last: str | None
    number: int


@dataclass(frozen=True)
class Moved:
    """What a page's entries have moved between two kinds of accounts; None: there is no account."""

    debit_kind: str | None
    credit_kind: str | None
    currency: str | None
    ore: Decimal


@dataclass(frozen=True)
class Odd:
    """An entry that can't be as it is; `resolved_ore` is what became of it."""

    id: str
    amount_ore: int
    is_pending: bool
    resolved_ore: int | None
    is_two_sided: int


@dataclass(frozen=True)
class Number:
    """How many accounts there are of a kind."""

    kind: str
    number: int


@dataclass(frozen=True)
class Account:
    """An account that is for somebody or something; `is_known` where our tables have that."""

    id: str
    kind: str
    owner: str
    is_known: int


def reach(db: Db, *, after: str, limit: int) -> Reach:
    """Return how far the next page of entries goes."""
    found = db.one(
        Reach,
        """
        SELECT MAX(page.id) AS last, COUNT(*) AS number
          FROM (SELECT id
                  FROM ledger_transfer
                 WHERE id > %(after)s
                 ORDER BY id
                 LIMIT %(limit)s) AS page
        """,
        {"after": after, "limit": limit},
    )
    return found or Reach(None, 0)


def moved(db: Db, *, after: str, last: str) -> list[Moved]:
    """Return what the entries of a page have moved, in one pass over its keys."""
    return db.all(
        Moved,
        """
        SELECT d.kind AS debit_kind, c.kind AS credit_kind,
               CASE WHEN d.currency = c.currency THEN d.currency END AS currency,
               SUM(CASE WHEN t.is_pending THEN COALESCE(r.amount_ore, 0)
                        ELSE t.amount_ore END) AS ore
          FROM ledger_transfer AS t
          LEFT JOIN ledger_resolution AS r ON r.transfer_id = t.id
          LEFT JOIN ledger_account AS d ON d.id = t.debit_account_id
          LEFT JOIN ledger_account AS c ON c.id = t.credit_account_id
         WHERE t.id > %(after)s
           AND t.id <= %(last)s
         GROUP BY d.kind, c.kind, CASE WHEN d.currency = c.currency THEN d.currency END
         LIMIT 1000
        """,
        {"after": after, "last": last},
    )


def odd(db: Db, *, after: str, last: str, before: datetime, limit: int) -> list[Odd]:
    """Return entries of a page that can't be: one-sided, over-resolved, or reserved for too long.

    What waits with a refund or a payout is looked at with that.
    """
    return db.all(
        Odd,
        """
        SELECT t.id, t.amount_ore, t.is_pending, r.amount_ore AS resolved_ore,
               COALESCE(d.currency = c.currency, FALSE) AS is_two_sided
          FROM ledger_transfer AS t
          LEFT JOIN ledger_resolution AS r ON r.transfer_id = t.id
          LEFT JOIN ledger_account AS d ON d.id = t.debit_account_id
          LEFT JOIN ledger_account AS c ON c.id = t.credit_account_id
         WHERE t.id > %(after)s
           AND t.id <= %(last)s
           AND (COALESCE(d.currency = c.currency, FALSE) = FALSE
                OR r.amount_ore > t.amount_ore
                OR (r.transfer_id IS NOT NULL AND t.is_pending = FALSE)
                OR (r.transfer_id IS NULL
                    AND t.is_pending
                    AND t.created_at <= %(before)s
                    AND t.step NOT IN ('refund', 'expense', 'payout', 'net')))
         ORDER BY t.id
         LIMIT %(limit)s
        """,
        {"after": after, "last": last, "before": before, "limit": limit},
    )


def accounts_by_kind(db: Db) -> list[Number]:
    """Return how many accounts there are of each kind."""
    return db.all(
        Number,
        """
        SELECT kind, COUNT(*) AS number
          FROM ledger_account
         GROUP BY kind
         ORDER BY kind
         LIMIT 100
        """,
    )


def accounts(db: Db, *, kinds: Sequence[str], after: str, limit: int) -> list[Account]:
    """Return a page of the accounts of some kinds, by key, and whether what they are for is there.

    What served its time may be gone, once nothing rests for it.
    """
    return db.all(
        Account,
        """
        SELECT a.id, a.kind, a.owner,
               COALESCE(p.id, f.id, o.id, d.id, w.pseudonym) IS NOT NULL AS is_known
          FROM (SELECT id, kind, owner
                  FROM ledger_account
                 WHERE id > %(after)s
                   AND kind IN %(kinds)s
                 ORDER BY id
                 LIMIT %(limit)s) AS a
          LEFT JOIN purchase AS p ON a.kind = 'prepaid' AND p.id = a.owner
          LEFT JOIN refund AS f ON a.kind = 'refund_clearing' AND f.id = a.owner
          LEFT JOIN payout AS o ON a.kind = 'payout_clearing' AND o.id = a.owner
          LEFT JOIN dispute AS d ON a.kind = 'disputed' AND d.id = a.owner
          LEFT JOIN ledger_owner AS w
            ON a.kind IN ('mentor_payable', 'mentor_receivable') AND w.pseudonym = a.owner
         ORDER BY a.id
        """,
        {"kinds": list(kinds), "after": after, "limit": limit},
    )

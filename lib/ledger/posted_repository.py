"""What is posted, in the order of time: entries booked at once, and reserved ones made real.

The two are read apart, each along its own index, so that a page costs the same however many
entries there are before it.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from lib.core.db import Db


@dataclass(frozen=True)
class Place:
    """The key of an entry in its list; the next page begins behind it."""

    posted_at: datetime
    cause_id: str
    id: str


@dataclass(frozen=True)
class Posted:
    """An entry that counts since `posted_at`; øre."""

    posted_at: datetime
    cause_id: str
    id: str
    step: str
    amount_ore: int
    debit_kind: str
    debit_owner: str
    credit_kind: str
    credit_owner: str

    @property
    def place(self) -> Place:
        """Where it stands in its list."""
        return Place(self.posted_at, self.cause_id, self.id)


@dataclass(frozen=True)
class Party:
    """What the books say of a mentor at two moments, credits minus debits, in øre."""

    kind: str
    owner: str
    opening_ore: Decimal
    closing_ore: Decimal


def at_once(db: Db, *, after: Place, until: datetime, limit: int) -> list[Posted]:
    """Return entries that were booked without being reserved, by time, cause and key."""
    return db.all(
        Posted,
        """
        SELECT t.created_at AS posted_at, t.cause_id, t.id, t.step, t.amount_ore,
               d.kind AS debit_kind, d.owner AS debit_owner,
               c.kind AS credit_kind, c.owner AS credit_owner
          FROM (SELECT created_at, cause_id, id, step, amount_ore, debit_account_id,
                       credit_account_id
                  FROM ledger_transfer
                 WHERE is_pending = FALSE
                   AND created_at >= %(posted_at)s
                   AND created_at < %(until)s
                   AND (created_at > %(posted_at)s
                        OR cause_id > %(cause_id)s
                        OR (cause_id = %(cause_id)s AND id > %(id)s))
                 ORDER BY is_pending, created_at, cause_id, id
                 LIMIT %(limit)s) AS t
          JOIN ledger_account AS d ON d.id = t.debit_account_id
          JOIN ledger_account AS c ON c.id = t.credit_account_id
         ORDER BY t.created_at, t.cause_id, t.id
        """,
        {**vars(after), "until": until, "limit": limit},
    )


def made_real(db: Db, *, after: Place, until: datetime, limit: int) -> list[Posted]:
    """Return entries that were reserved and then posted, with what was posted, by time and key."""
    return db.all(
        Posted,
        """
        SELECT r.created_at AS posted_at, t.cause_id, t.id, t.step, r.amount_ore,
               d.kind AS debit_kind, d.owner AS debit_owner,
               c.kind AS credit_kind, c.owner AS credit_owner
          FROM (SELECT created_at, transfer_id, outcome, amount_ore
                  FROM ledger_resolution
                 WHERE created_at >= %(posted_at)s
                   AND created_at < %(until)s
                   AND (created_at > %(posted_at)s OR transfer_id > %(id)s)
                   AND outcome = 'posted'
                 ORDER BY created_at, transfer_id
                 LIMIT %(limit)s) AS r
          JOIN ledger_transfer AS t ON t.id = r.transfer_id
          JOIN ledger_account AS d ON d.id = t.debit_account_id
          JOIN ledger_account AS c ON c.id = t.credit_account_id
         ORDER BY r.created_at, r.transfer_id
        """,
        {**vars(after), "until": until, "limit": limit},
    )


def parties(
    db: Db, *, kind: str, after: str, since: datetime, until: datetime, limit: int
) -> list[Party]:
    """Return accounts of a kind that has one for each mentor, by owner, with their balances.

    Each balance is what was posted before `since` and before `until`.
    """
    return db.all(
        Party,
        """
        SELECT page.kind, page.owner,
               COALESCE((SELECT SUM(CASE WHEN t.is_pending THEN r.amount_ore ELSE t.amount_ore END)
                           FROM ledger_transfer AS t
                           LEFT JOIN ledger_resolution AS r ON r.transfer_id = t.id
                          WHERE t.credit_account_id = page.id
                            AND CASE WHEN t.is_pending THEN r.created_at ELSE t.created_at END
                                < %(since)s), 0)
             - COALESCE((SELECT SUM(CASE WHEN t.is_pending THEN r.amount_ore ELSE t.amount_ore END)
                           FROM ledger_transfer AS t
                           LEFT JOIN ledger_resolution AS r ON r.transfer_id = t.id
                          WHERE t.debit_account_id = page.id
                            AND CASE WHEN t.is_pending THEN r.created_at ELSE t.created_at END
                                < %(since)s), 0)
                 AS opening_ore,
               COALESCE((SELECT SUM(CASE WHEN t.is_pending THEN r.amount_ore ELSE t.amount_ore END)
                           FROM ledger_transfer AS t
                           LEFT JOIN ledger_resolution AS r ON r.transfer_id = t.id
                          WHERE t.credit_account_id = page.id
                            AND CASE WHEN t.is_pending THEN r.created_at ELSE t.created_at END
                                < %(until)s), 0)
             - COALESCE((SELECT SUM(CASE WHEN t.is_pending THEN r.amount_ore ELSE t.amount_ore END)
                           FROM ledger_transfer AS t
                           LEFT JOIN ledger_resolution AS r ON r.transfer_id = t.id
                          WHERE t.debit_account_id = page.id
                            AND CASE WHEN t.is_pending THEN r.created_at ELSE t.created_at END
                                < %(until)s), 0)
                 AS closing_ore
          FROM (SELECT id, kind, owner
                  FROM ledger_account
                 WHERE kind = %(kind)s
                   AND owner > %(after)s
                 ORDER BY kind, owner
                 LIMIT %(limit)s) AS page
         ORDER BY page.owner
        """,
        {"kind": kind, "after": after, "since": since, "until": until, "limit": limit},
    )

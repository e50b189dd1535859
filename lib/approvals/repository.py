"""Approvals, as rows."""

from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from lib.core.db import Db


@dataclass(frozen=True)
class Approval:
    """What one operator has asked for; `given` is JSON."""

    id: str
    action: str
    subject_id: str
    given: str
    reason: str
    state: str
    asked_by: str
    asked_at: datetime
    expires_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    done_id: str | None


_SELECT: LiteralString = """
    SELECT id, action, subject_id, given, reason, state, asked_by, asked_at, expires_at,
           decided_by, decided_at, done_id
      FROM approval
"""


def insert(db: Db, values: dict[str, object]) -> None:
    """Write what is asked for."""
    db.execute(
        """
        INSERT INTO approval
               (id, action, subject_id, given, reason, state, asked_by, asked_at, expires_at)
        VALUES (%(id)s, %(action)s, %(subject_id)s, %(given)s, %(reason)s, 'open', %(asked_by)s,
                %(now)s, %(expires_at)s)
        """,
        values,
    )


def lock(db: Db, *, approval_id: str) -> Approval | None:
    """Return what was asked for, locked."""
    return db.one(Approval, _SELECT + " WHERE id = %(id)s FOR UPDATE", {"id": approval_id})


def open_page(db: Db, *, now: datetime, after: str, limit: int) -> list[Approval]:
    """Return a page of what waits, by id, oldest first."""
    return db.all(
        Approval,
        _SELECT
        + """
         WHERE state = 'open'
           AND expires_at > %(now)s
           AND id > %(after)s
         ORDER BY id
         LIMIT %(limit)s
        """,
        {"now": now, "after": after, "limit": limit},
    )


def open_about(db: Db, *, subject_id: str, now: datetime, limit: int) -> list[Approval]:
    """Return what waits about a subject."""
    return db.all(
        Approval,
        _SELECT
        + """
         WHERE subject_id = %(subject_id)s
           AND state = 'open'
           AND expires_at > %(now)s
         ORDER BY id
         LIMIT %(limit)s
        """,
        {"subject_id": subject_id, "now": now, "limit": limit},
    )


def decide(db: Db, values: dict[str, object]) -> None:
    """Note what was decided by whom, and what was made of it."""
    db.execute(
        """
        UPDATE approval
           SET state = %(state)s,
               decided_by = %(decided_by)s,
               decided_at = %(now)s,
               done_id = %(done_id)s
         WHERE id = %(id)s
           AND state = 'open'
        """,
        values,
    )

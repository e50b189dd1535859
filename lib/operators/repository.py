"""Operators, and the log of what they have read and done."""

from dataclasses import dataclass
from datetime import datetime

from lib.core.db import Db


@dataclass(frozen=True)
class Operator:
    """Somebody who was made an operator; still one unless it has ended."""

    person_id: str
    ended_at: datetime | None


@dataclass(frozen=True)
class Entry:
    """A line of the log, as the person it is about sees it: without which operator it was."""

    id: str
    action: str
    object_id: str | None
    reason: str
    logged_at: datetime


def operator(db: Db, *, person_id: str) -> Operator | None:
    """Return the operator, ended or not."""
    return db.one(
        Operator,
        "SELECT person_id, ended_at FROM operator WHERE person_id = %(person_id)s",
        {"person_id": person_id},
    )


def insert_operator(db: Db, *, person_id: str, granted_by: str, now: datetime) -> None:
    """Write an operator; raises DuplicateError for somebody who was one before."""
    db.execute(
        """
        INSERT INTO operator (person_id, granted_at, granted_by)
        VALUES (%(person_id)s, %(now)s, %(granted_by)s)
        """,
        {"person_id": person_id, "granted_by": granted_by, "now": now},
    )


def renew_operator(db: Db, *, person_id: str, granted_by: str, now: datetime) -> None:
    """Make somebody an operator again."""
    db.execute(
        """
        UPDATE operator
           SET granted_at = %(now)s,
               granted_by = %(granted_by)s,
               ended_at = NULL
         WHERE person_id = %(person_id)s
        """,
        {"person_id": person_id, "granted_by": granted_by, "now": now},
    )


def end_operator(db: Db, *, person_id: str, now: datetime) -> bool:
    """End it; return whether there was something to end."""
    ended = db.execute(
        """
        UPDATE operator
           SET ended_at = %(now)s
         WHERE person_id = %(person_id)s
           AND ended_at IS NULL
        """,
        {"person_id": person_id, "now": now},
    )
    return ended > 0


def insert_entry(db: Db, values: dict[str, object]) -> None:
    """Write a line of the log; none is ever changed."""
    db.execute(
        """
        INSERT INTO operator_log
               (id, operator_id, action, person_id, object_id, reason, logged_at)
        VALUES (%(id)s, %(operator_id)s, %(action)s, %(person_id)s, %(object_id)s, %(reason)s,
                %(now)s)
        """,
        values,
    )


def entries_about(db: Db, *, person_id: str, after: str | None, limit: int) -> list[Entry]:
    """Return a page of what was read and done about a person, the newest first."""
    return db.all(
        Entry,
        """
        SELECT id, action, object_id, reason, logged_at
          FROM operator_log
         WHERE person_id = %(person_id)s
           AND (%(after)s IS NULL OR id < %(after)s)
         ORDER BY id DESC
         LIMIT %(limit)s
        """,
        {"person_id": person_id, "after": after, "limit": limit},
    )

"""The outbox, as rows."""

from dataclasses import dataclass
from datetime import datetime

from lib.core.db import Db


@dataclass(frozen=True)
class Message:
    """Something the world must hear; `attempts` counts those that were begun before."""

    id: str
    topic: str
    subject_id: str
    attempts: int


@dataclass(frozen=True)
class Parked:
    """A message that was given up."""

    id: str
    topic: str
    subject_id: str
    attempts: int
    created_at: datetime
    parked_at: datetime
    last_error: str | None


@dataclass(frozen=True)
class _Id:
    id: str


@dataclass(frozen=True)
class _Count:
    waiting: int


def insert(db: Db, values: dict[str, object]) -> None:
    """Write a message; raises DuplicateError when the subject has one of this topic already."""
    db.execute(
        """
        INSERT INTO outbox (id, topic, subject_id, created_at, due_at, attempts)
        VALUES (%(id)s, %(topic)s, %(subject_id)s, %(now)s, %(due_at)s, 0)
        """,
        values,
    )


def lock_due(db: Db, *, now: datetime, limit: int) -> list[Message]:
    """Return messages that are due and that nobody else is at, locked."""
    return db.all(
        Message,
        """
        SELECT id, topic, subject_id, attempts
          FROM outbox
         WHERE delivered_at IS NULL
           AND parked_at IS NULL
           AND due_at <= %(now)s
           AND (claimed_until IS NULL OR claimed_until <= %(now)s)
         ORDER BY due_at
         LIMIT %(limit)s
           FOR UPDATE SKIP LOCKED
        """,
        {"now": now, "limit": limit},
    )


def claim(db: Db, *, message_id: str, until: datetime) -> None:
    """Take a locked message: until then it is nobody else's."""
    db.execute(
        """
        UPDATE outbox
           SET claimed_until = %(until)s, attempts = attempts + 1
         WHERE id = %(id)s
        """,
        {"id": message_id, "until": until},
    )


def renew(db: Db, *, topic: str, subject_id: str, now: datetime) -> int:
    """Make a message that was delivered or given up due once more; return how many there were."""
    return db.execute(
        """
        UPDATE outbox
           SET due_at = %(now)s,
               attempts = 0,
               claimed_until = NULL,
               delivered_at = NULL,
               parked_at = NULL,
               last_error = NULL
         WHERE topic = %(topic)s
           AND subject_id = %(subject_id)s
           AND (delivered_at IS NOT NULL OR parked_at IS NOT NULL)
        """,
        {"topic": topic, "subject_id": subject_id, "now": now},
    )


def waiting_for(db: Db, *, topics: str, subject: str) -> list[str]:
    """Return undelivered messages whose topic and subject begin so: LIKE patterns, ! escapes."""
    found = db.all(
        _Id,
        """
        SELECT id
          FROM outbox
         WHERE topic LIKE %(topics)s ESCAPE '!'
           AND subject_id LIKE %(subject)s ESCAPE '!'
           AND delivered_at IS NULL
         LIMIT 1000
        """,
        {"topics": topics, "subject": subject},
    )
    return [each.id for each in found]


def delete(db: Db, message_ids: list[str]) -> None:
    """Take messages away that must not be delivered any more."""
    db.execute(
        "DELETE FROM outbox WHERE id IN %(ids)s AND delivered_at IS NULL", {"ids": message_ids}
    )


def mark_delivered(db: Db, *, message_id: str, now: datetime) -> None:
    """Note that the message has had its effect."""
    db.execute(
        """
        UPDATE outbox
           SET delivered_at = %(now)s, claimed_until = NULL, last_error = NULL
         WHERE id = %(id)s
        """,
        {"id": message_id, "now": now},
    )


def put_back(db: Db, *, message_id: str, due_at: datetime, error: str) -> None:
    """Let the message be tried again, later."""
    db.execute(
        """
        UPDATE outbox
           SET due_at = %(due_at)s, claimed_until = NULL, last_error = %(error)s
         WHERE id = %(id)s
           AND delivered_at IS NULL
        """,
        {"id": message_id, "due_at": due_at, "error": error},
    )


def park(db: Db, *, message_id: str, error: str, now: datetime) -> None:
    """Give the message up until an operator has looked."""
    db.execute(
        """
        UPDATE outbox
           SET parked_at = %(now)s, claimed_until = NULL, last_error = %(error)s
         WHERE id = %(id)s
           AND delivered_at IS NULL
        """,
        {"id": message_id, "error": error, "now": now},
    )


def count_parked(db: Db) -> int:
    """Return how many messages wait for an operator."""
    found = db.one(_Count, "SELECT COUNT(*) AS waiting FROM outbox WHERE parked_at IS NOT NULL")
    return found.waiting if found else 0


def parked(db: Db, *, after: str, limit: int) -> list[Parked]:
    """Return a page of the messages that wait for an operator, by id, oldest first."""
    return db.all(
        Parked,
        """
        SELECT id, topic, subject_id, attempts, created_at, parked_at, last_error
          FROM outbox
         WHERE delivered_at IS NULL
           AND parked_at IS NOT NULL
           AND id > %(after)s
         ORDER BY id
         LIMIT %(limit)s
        """,
        {"after": after, "limit": limit},
    )


def lock_parked(db: Db, *, message_id: str) -> Parked | None:
    """Return a message that waits for an operator, locked."""
    return db.one(
        Parked,
        """
        SELECT id, topic, subject_id, attempts, created_at, parked_at, last_error
          FROM outbox
         WHERE id = %(id)s
           AND parked_at IS NOT NULL
           FOR UPDATE
        """,
        {"id": message_id},
    )

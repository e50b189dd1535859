"""What has been asked of providers, as rows."""

from dataclasses import dataclass
from datetime import datetime

from lib.core.db import Db


@dataclass(frozen=True)
class Operation:
    """One thing asked of a provider; `id` is the idempotency key that it is asked with."""

    id: str
    kind: str
    subject_id: str
    attempt: int
    input_hash: str
    state: str
    provider_id: str | None
    created_at: datetime


@dataclass(frozen=True)
class Asked:
    """An attempt, and its outcome where that is certain."""

    id: str
    kind: str
    attempt: int
    state: str
    error_code: str | None
    created_at: datetime
    finished_at: datetime | None


def lock_latest(db: Db, *, kind: str, subject_id: str) -> Operation | None:
    """Return the latest attempt, locked."""
    return db.one(
        Operation,
        """
        SELECT id, kind, subject_id, attempt, input_hash, state, provider_id, created_at
          FROM provider_operation
         WHERE subject_id = %(subject_id)s
           AND kind = %(kind)s
         ORDER BY attempt DESC
         LIMIT 1
           FOR UPDATE
        """,
        {"kind": kind, "subject_id": subject_id},
    )


def find(db: Db, *, operation_id: str) -> Operation | None:
    """Return an operation by the key that it was asked with."""
    return db.one(
        Operation,
        """
        SELECT id, kind, subject_id, attempt, input_hash, state, provider_id, created_at
          FROM provider_operation
         WHERE id = %(id)s
        """,
        {"id": operation_id},
    )


def of_subject(db: Db, *, subject_id: str, limit: int) -> list[Asked]:
    """Return what was asked about a subject, oldest first."""
    return db.all(
        Asked,
        """
        SELECT id, kind, attempt, state, error_code, created_at, finished_at
          FROM provider_operation
         WHERE subject_id = %(subject_id)s
         ORDER BY id
         LIMIT %(limit)s
        """,
        {"subject_id": subject_id, "limit": limit},
    )


def insert(db: Db, operation: Operation) -> None:
    """Write a new attempt; raises DuplicateError when somebody else has just begun it."""
    db.execute(
        """
        INSERT INTO provider_operation
               (id, kind, subject_id, attempt, input_hash, state, created_at)
        VALUES (%(id)s, %(kind)s, %(subject_id)s, %(attempt)s, %(input_hash)s, 'open',
                %(created_at)s)
        """,
        {
            "id": operation.id,
            "kind": operation.kind,
            "subject_id": operation.subject_id,
            "attempt": operation.attempt,
            "input_hash": operation.input_hash,
            "created_at": operation.created_at,
        },
    )


def finish(
    db: Db,
    *,
    operation_id: str,
    state: str,
    provider_id: str | None,
    error_code: str | None,
    now: datetime,
) -> int:
    """Record a certain outcome; one that stands already is not changed."""
    return db.execute(
        """
        UPDATE provider_operation
           SET state = %(state)s,
               provider_id = %(provider_id)s,
               error_code = %(error_code)s,
               finished_at = %(now)s
         WHERE id = %(id)s
           AND state = 'open'
        """,
        {
            "id": operation_id,
            "state": state,
            "provider_id": provider_id,
            "error_code": error_code,
            "now": now,
        },
    )

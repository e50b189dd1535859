"""Requests by right, as rows."""

from dataclasses import asdict, dataclass
from datetime import datetime

from lib.cases.rules import CaseKind, Decision, Kind, State
from lib.core.db import Db


@dataclass(frozen=True)
class Row:
    """A request; `person_id` is None until somebody has found out who asks."""

    id: str
    person_id: str | None
    kind: CaseKind
    channel: str
    details: str
    state: State
    received_at: datetime
    due_at: datetime
    extended_at: datetime | None = None
    extension_reason: str = ""
    decision: Decision | None = None
    decision_reason: str = ""
    decided_by: str | None = None
    decided_at: datetime | None = None
    closed_at: datetime | None = None
    duplicate_of: str | None = None


@dataclass(frozen=True)
class _Number:
    number: int


@dataclass(frozen=True)
class _Id:
    id: str


def insert(db: Db, row: Row) -> None:
    """Write a request that has come."""
    db.execute(
        """
        INSERT INTO privacy_request
               (id, person_id, kind, channel, details, state, received_at, due_at,
                extension_reason, decision, decision_reason, decided_at, duplicate_of)
        VALUES (%(id)s, %(person_id)s, %(kind)s, %(channel)s, %(details)s, %(state)s,
                %(received_at)s, %(due_at)s, %(extension_reason)s, %(decision)s,
                %(decision_reason)s, %(decided_at)s, %(duplicate_of)s)
        """,
        asdict(row),
    )


def lock(db: Db, *, request_id: str) -> Row | None:
    """Return a request, locked."""
    return db.one(
        Row,
        """
        SELECT id, person_id, kind, channel, details, state, received_at, due_at, extended_at,
               extension_reason, decision, decision_reason, decided_by, decided_at, closed_at,
               duplicate_of
          FROM privacy_request
         WHERE id = %(id)s
           FOR UPDATE
        """,
        {"id": request_id},
    )


def find(db: Db, *, request_id: str) -> Row | None:
    """Return a request, for whoever only reads it."""
    return db.one(
        Row,
        """
        SELECT id, person_id, kind, channel, details, state, received_at, due_at, extended_at,
               extension_reason, decision, decision_reason, decided_by, decided_at, closed_at,
               duplicate_of
          FROM privacy_request
         WHERE id = %(id)s
        """,
        {"id": request_id},
    )


def update(db: Db, row: Row) -> None:
    """Write what has become of a request."""
    db.execute(
        """
        UPDATE privacy_request
           SET person_id = %(person_id)s,
               details = %(details)s,
               state = %(state)s,
               due_at = %(due_at)s,
               extended_at = %(extended_at)s,
               extension_reason = %(extension_reason)s,
               decision = %(decision)s,
               decision_reason = %(decision_reason)s,
               decided_by = %(decided_by)s,
               decided_at = %(decided_at)s,
               closed_at = %(closed_at)s,
               duplicate_of = %(duplicate_of)s
         WHERE id = %(id)s
        """,
        asdict(row),
    )


def close_all(db: Db, *, person_id: str, kind: Kind, now: datetime) -> None:
    """Close a person's open requests of a kind, which has been carried out."""
    db.execute(
        """
        UPDATE privacy_request
           SET state = 'closed',
               decision = COALESCE(decision, 'granted'),
               decided_at = COALESCE(decided_at, %(now)s),
               closed_at = %(now)s
         WHERE person_id = %(person_id)s
           AND kind = %(kind)s
           AND closed_at IS NULL
        """,
        {"person_id": person_id, "kind": kind, "now": now},
    )


def earliest_open(db: Db, *, person_id: str, kind: CaseKind) -> str | None:
    """Return the person's earliest open request of a kind; the person is locked by the caller.

    Read past the snapshot: another one may have been committed since this transaction began.
    """
    found = db.all(
        _Id,
        """
        SELECT id
          FROM privacy_request
         WHERE person_id = %(person_id)s
           AND kind = %(kind)s
           AND closed_at IS NULL
         ORDER BY id
         LIMIT 1
           FOR UPDATE
        """,
        {"person_id": person_id, "kind": kind},
    )
    return found[0].id if found else None


def count_open(db: Db, *, person_id: str) -> int:
    """Return how many requests of a person are open."""
    found = db.one(
        _Number,
        """
        SELECT COUNT(id) AS number
          FROM privacy_request
         WHERE person_id = %(person_id)s
           AND closed_at IS NULL
        """,
        {"person_id": person_id},
    )
    return found.number if found else 0


def count_overdue(db: Db, *, now: datetime) -> int:
    """Return how many open requests have passed their deadline."""
    found = db.one(
        _Number,
        """
        SELECT COUNT(id) AS number
          FROM privacy_request
         WHERE closed_at IS NULL
           AND due_at <= %(now)s
        """,
        {"now": now},
    )
    return found.number if found else 0


def requests_of(db: Db, *, person_id: str, after: str | None, limit: int) -> list[Row]:
    """Return a page of a person's requests, the newest first."""
    return db.all(
        Row,
        """
        SELECT id, person_id, kind, channel, details, state, received_at, due_at, extended_at,
               extension_reason, decision, decision_reason, decided_by, decided_at, closed_at,
               duplicate_of
          FROM privacy_request
         WHERE person_id = %(person_id)s
           AND (%(after)s IS NULL OR id < %(after)s)
         ORDER BY id DESC
         LIMIT %(limit)s
        """,
        {"person_id": person_id, "after": after, "limit": limit},
    )


def open_by_deadline(db: Db, *, due_at: datetime, after: str, limit: int) -> list[Row]:
    """Return a page of the open requests of everybody, what is due first coming first."""
    return db.all(
        Row,
        """
        SELECT id, person_id, kind, channel, details, state, received_at, due_at, extended_at,
               extension_reason, decision, decision_reason, decided_by, decided_at, closed_at,
               duplicate_of
          FROM privacy_request
         WHERE closed_at IS NULL
           AND (due_at > %(due_at)s OR (due_at = %(due_at)s AND id > %(after)s))
         ORDER BY due_at, id
         LIMIT %(limit)s
        """,
        {"due_at": due_at, "after": after, "limit": limit},
    )

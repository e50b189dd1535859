"""What recipients were told of a change, and what came of it, as rows.

`fields` are JSON: lists of `table.column`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from lib.core.db import Db


@dataclass(frozen=True)
class Notice:
    """What a recipient was told of a change, and what came of it."""

    id: str
    change_id: str
    person_id: str
    recipient_kind: str
    recipient: str
    kind: str
    fields: str
    context_id: str
    state: str
    attempts: int
    answer: str | None
    made_at: datetime
    answered_at: datetime | None
    seen_at: datetime | None


@dataclass(frozen=True)
class Outcome:
    """How many recipients of a kind were told, or not."""

    recipient_kind: str
    state: str
    number: int


@dataclass(frozen=True)
class _Number:
    number: int


def insert(db: Db, values: dict[str, object]) -> None:
    """Write a notice; raises DuplicateError where the recipient has one of this change."""
    db.execute(
        """
        INSERT INTO disclosure_notice
               (id, change_id, person_id, recipient_kind, recipient, recipient_id, kind, fields,
                context_id, state, attempts, answer, made_at, answered_at)
        VALUES (%(id)s, %(change_id)s, %(person_id)s, %(recipient_kind)s, %(recipient)s,
                %(recipient_id)s, %(kind)s, %(fields)s, %(context_id)s, %(state)s, 0, %(answer)s,
                %(now)s, %(answered_at)s)
        """,
        values,
    )


def notice_of(db: Db, *, change_id: str, recipient_kind: str, recipient: str) -> Notice | None:
    """Return what a recipient was told of a change, locked."""
    return db.one(
        Notice,
        """
        SELECT id, change_id, person_id, recipient_kind, recipient, kind, fields, context_id,
               state, attempts, answer, made_at, answered_at, seen_at
          FROM disclosure_notice
         WHERE change_id = %(change_id)s
           AND recipient_kind = %(recipient_kind)s
           AND recipient = %(recipient)s
           FOR UPDATE
        """,
        {"change_id": change_id, "recipient_kind": recipient_kind, "recipient": recipient},
    )


def lock(db: Db, notice_id: str) -> Notice | None:
    """Return a notice, locked."""
    return db.one(
        Notice,
        """
        SELECT id, change_id, person_id, recipient_kind, recipient, kind, fields, context_id,
               state, attempts, answer, made_at, answered_at, seen_at
          FROM disclosure_notice
         WHERE id = %(id)s
           FOR UPDATE
        """,
        {"id": notice_id},
    )


def set_fields(db: Db, *, notice_id: str, fields: str) -> None:
    """Write what a notice tells of."""
    db.execute(
        "UPDATE disclosure_notice SET fields = %(fields)s WHERE id = %(id)s",
        {"id": notice_id, "fields": fields},
    )


def answer(db: Db, *, notice_id: str, state: str, answer: str, now: datetime) -> None:
    """Keep what came of a notice."""
    db.execute(
        """
        UPDATE disclosure_notice
           SET state = %(state)s, answer = %(answer)s, answered_at = %(now)s,
               attempts = attempts + 1
         WHERE id = %(id)s
        """,
        {"id": notice_id, "state": state, "answer": answer, "now": now},
    )


def read_by(db: Db, *, person_id: str, before: str, limit: int) -> list[Notice]:
    """Return notices to a person below an id, the newest first."""
    return db.all(
        Notice,
        """
        SELECT id, change_id, person_id, recipient_kind, recipient, kind, fields, context_id,
               state, attempts, answer, made_at, answered_at, seen_at
          FROM disclosure_notice
         WHERE recipient_id = %(person_id)s
           AND state = 'told'
           AND id < %(before)s
         ORDER BY id DESC
         LIMIT %(limit)s
        """,
        {"person_id": person_id, "before": before, "limit": limit},
    )


def mark_seen(db: Db, notice_ids: Sequence[str], now: datetime) -> None:
    """Note that notices were shown; the first time counts."""
    db.execute(
        """
        UPDATE disclosure_notice
           SET seen_at = %(now)s
         WHERE id IN %(ids)s
           AND seen_at IS NULL
        """,
        {"ids": list(notice_ids), "now": now},
    )


def told_of(db: Db, *, person_id: str, recipients: Sequence[str], limit: int) -> list[Notice]:
    """Return the newest notices of a person's changes to some recipients."""
    return db.all(
        Notice,
        """
        SELECT id, change_id, person_id, recipient_kind, recipient, kind, fields, context_id,
               state, attempts, answer, made_at, answered_at, seen_at
          FROM disclosure_notice
         WHERE person_id = %(person_id)s
           AND recipient IN %(recipients)s
         ORDER BY id DESC
         LIMIT %(limit)s
        """,
        {"person_id": person_id, "recipients": list(recipients), "limit": limit},
    )


def waiting_for_operators(db: Db, *, after: str, limit: int) -> list[Notice]:
    """Return notices that an operator has to pass on, the oldest first."""
    return db.all(
        Notice,
        """
        SELECT id, change_id, person_id, recipient_kind, recipient, kind, fields, context_id,
               state, attempts, answer, made_at, answered_at, seen_at
          FROM disclosure_notice
         WHERE state = 'waiting'
           AND recipient_kind <> 'supplier'
           AND id > %(after)s
         ORDER BY id
         LIMIT %(limit)s
        """,
        {"after": after, "limit": limit},
    )


def count_waiting(db: Db, *, made_before: datetime) -> int:
    """Return how many notices have waited for an operator since before then."""
    found = db.one(
        _Number,
        """
        SELECT COUNT(id) AS number
          FROM disclosure_notice
         WHERE state = 'waiting'
           AND recipient_kind <> 'supplier'
           AND made_at <= %(made_before)s
        """,
        {"made_before": made_before},
    )
    return found.number if found else 0


def outcomes(db: Db, *, change_id: str, limit: int) -> list[Outcome]:
    """Return how many recipients of a change were told, by kind and outcome."""
    return db.all(
        Outcome,
        """
        SELECT recipient_kind, state, COUNT(id) AS number
          FROM disclosure_notice
         WHERE change_id = %(change_id)s
         GROUP BY recipient_kind, state
         ORDER BY recipient_kind, state
         LIMIT %(limit)s
        """,
        {"change_id": change_id, "limit": limit},
    )

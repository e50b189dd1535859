"""Proposals that a second operator approves, as rows."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import LiteralString

from lib.approvals.rules import Action, ApprovalState
from lib.core.db import Db


@dataclass(frozen=True)
class Row:
    """A proposal; `object_id` is the row of another domain that it is about.

    That row says what exactly is to be done, or `given` does, which is JSON.
    """

    id: str
    action: Action
    person_id: str | None
    object_id: str
    proposed_by: str
    proposed_at: datetime
    lapses_at: datetime
    reason: str
    given: str = "{}"
    state: ApprovalState = "proposed"
    decided_by: str | None = None
    decided_at: datetime | None = None
    decision_reason: str = ""
    done_id: str | None = None


_SELECT: LiteralString = """
    SELECT id, action, person_id, object_id, proposed_by, proposed_at, lapses_at, reason, given,
           state, decided_by, decided_at, decision_reason, done_id
      FROM approval
"""


def insert(db: Db, row: Row) -> None:
    """Write a proposal."""
    db.execute(
        """
        INSERT INTO approval
               (id, action, person_id, object_id, proposed_by, proposed_at, lapses_at, reason,
                given, state, decision_reason)
        VALUES (%(id)s, %(action)s, %(person_id)s, %(object_id)s, %(proposed_by)s,
                %(proposed_at)s, %(lapses_at)s, %(reason)s, %(given)s, %(state)s,
                %(decision_reason)s)
        """,
        asdict(row),
    )


def decide(db: Db, row: Row) -> None:
    """Write what was decided."""
    db.execute(
        """
        UPDATE approval
           SET state = %(state)s,
               decided_by = %(decided_by)s,
               decided_at = %(decided_at)s,
               decision_reason = %(decision_reason)s,
               done_id = %(done_id)s
         WHERE id = %(id)s
        """,
        asdict(row),
    )


def lock(db: Db, *, approval_id: str) -> Row | None:
    """Return a proposal, locked."""
    return db.one(
        Row,
        _SELECT + " WHERE id = %(id)s FOR UPDATE",
        {"id": approval_id},
    )


def of_object(db: Db, *, object_id: str, action: Action, limit: int) -> list[Row]:
    """Return proposals to do this with an object, the newest first, locked."""
    return db.all(
        Row,
        _SELECT
        + """
         WHERE object_id = %(object_id)s
           AND action = %(action)s
         ORDER BY id DESC
         LIMIT %(limit)s
           FOR UPDATE
        """,
        {"object_id": object_id, "action": action, "limit": limit},
    )


def waiting(db: Db, *, now: datetime, after: str, limit: int) -> list[Row]:
    """Return a page of the proposals that can be decided on, the oldest first."""
    return db.all(
        Row,
        _SELECT
        + """
         WHERE state = 'proposed'
           AND lapses_at > %(now)s
           AND id > %(after)s
         ORDER BY id
         LIMIT %(limit)s
        """,
        {"now": now, "after": after, "limit": limit},
    )

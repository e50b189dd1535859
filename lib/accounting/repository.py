"""Files for the accountant that were asked for, as rows."""

from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from lib.accounting.schemas import AccountingFormat, AccountingState
from lib.core.db import Db


@dataclass(frozen=True)
class Job:
    """A file; `progress` is JSON of where its making goes on, `step` who is at it."""

    id: str
    accounting_year: int
    format: AccountingFormat
    state: AccountingState
    asked_at: datetime
    ready_at: datetime | None
    deleted_at: datetime | None
    entries_done: int
    size: int | None
    step: int
    progress: str | None


_SELECT: LiteralString = """
    SELECT id, accounting_year, format, state, asked_at, ready_at, deleted_at, entries_done, size,
           step, progress
      FROM accounting_export
"""


def insert(db: Db, values: dict[str, object]) -> None:
    """Write down what was asked for."""
    db.execute(
        """
        INSERT INTO accounting_export
               (id, accounting_year, format, state, asked_by, asked_at, entries_done, step)
        VALUES (%(id)s, %(accounting_year)s, %(format)s, 'making', %(asked_by)s, %(now)s, 0, 0)
        """,
        values,
    )


def find(db: Db, export_id: str) -> Job | None:
    """Return a file."""
    return db.one(Job, _SELECT + " WHERE id = %(id)s", {"id": export_id})


def lock_next(db: Db, *, wanted: str, now: datetime) -> Job | None:
    """Return the oldest file that is to be made and that nobody is at, locked.

    `wanted` is the only one that will do, or '' for any.
    """
    return db.one(
        Job,
        _SELECT
        + """
         WHERE state = 'making'
           AND (claimed_until IS NULL OR claimed_until <= %(now)s)
           AND (%(wanted)s = '' OR id = %(wanted)s)
         ORDER BY id
         LIMIT 1
           FOR UPDATE SKIP LOCKED
        """,
        {"wanted": wanted, "now": now},
    )


def claim(db: Db, *, export_id: str, until: datetime) -> None:
    """Take a locked file: until then nobody else is at it, and older steps are over."""
    db.execute(
        """
        UPDATE accounting_export
           SET step = step + 1, claimed_until = %(until)s
         WHERE id = %(id)s
        """,
        {"id": export_id, "until": until},
    )


def save(db: Db, values: dict[str, object]) -> bool:
    """Note how far a step has come; False where the step is over."""
    found = db.execute(
        """
        UPDATE accounting_export
           SET progress = %(progress)s,
               entries_done = %(entries_done)s,
               claimed_until = %(claimed_until)s
         WHERE id = %(id)s
           AND step = %(step)s
           AND state = 'making'
        """,
        values,
    )
    return found == 1


def let_go(db: Db, *, export_id: str, step: int, until: datetime) -> None:
    """Let somebody else go on with it, from then on."""
    db.execute(
        """
        UPDATE accounting_export
           SET claimed_until = %(until)s
         WHERE id = %(id)s
           AND step = %(step)s
           AND state = 'making'
        """,
        {"id": export_id, "step": step, "until": until},
    )


def finish(db: Db, values: dict[str, object]) -> bool:
    """Note that the file is there; False where this step is over."""
    found = db.execute(
        """
        UPDATE accounting_export
           SET state = 'ready',
               ready_at = %(now)s,
               size = %(size)s,
               entries_done = %(entries_done)s,
               progress = NULL,
               claimed_until = NULL
         WHERE id = %(id)s
           AND step = %(step)s
           AND state = 'making'
        """,
        values,
    )
    return found == 1


def give_up(db: Db, *, export_id: str) -> None:
    """Note that it can't be made; what was begun is over."""
    db.execute(
        """
        UPDATE accounting_export
           SET state = 'failed', progress = NULL, claimed_until = NULL, step = step + 1
         WHERE id = %(id)s
           AND state = 'making'
        """,
        {"id": export_id},
    )


def mark_deleted(db: Db, *, export_id: str, now: datetime) -> None:
    """Note that a file is gone."""
    db.execute(
        """
        UPDATE accounting_export
           SET state = 'deleted', deleted_at = %(now)s, step = step + 1
         WHERE id = %(id)s
        """,
        {"id": export_id, "now": now},
    )


def outlived(db: Db, *, made_before: datetime, after: str, limit: int) -> list[Job]:
    """Return files that have lain long enough, by id."""
    return db.all(
        Job,
        _SELECT
        + """
         WHERE state = 'ready'
           AND ready_at <= %(made_before)s
           AND id > %(after)s
         ORDER BY id
         LIMIT %(limit)s
        """,
        {"made_before": made_before, "after": after, "limit": limit},
    )

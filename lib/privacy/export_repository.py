"""Archives that people have asked for, as rows."""

from dataclasses import dataclass
from datetime import datetime

from lib.core.db import Db
from lib.privacy.schemas import Right


@dataclass(frozen=True)
class Job:
    """An archive; `progress` is JSON of where its making goes on, `step` who is at it."""

    id: str
    person_id: str
    kind: Right
    state: str
    asked_at: datetime
    ready_at: datetime | None
    deleted_at: datetime | None
    rows_done: int
    tables_done: int
    tables_total: int
    size: int | None
    step: int
    progress: str | None


@dataclass(frozen=True)
class _Count:
    number: int


def insert(db: Db, values: dict[str, object]) -> None:
    """Write down what was asked for."""
    db.execute(
        """
        INSERT INTO privacy_export
               (id, person_id, kind, state, asked_at, rows_done, tables_done, tables_total, step)
        VALUES (%(id)s, %(person_id)s, %(kind)s, 'making', %(now)s, 0, 0, %(tables)s, 0)
        """,
        values,
    )


def find(db: Db, export_id: str) -> Job | None:
    """Return an archive, whoever's it is."""
    return db.one(
        Job,
        """
        SELECT id, person_id, kind, state, asked_at, ready_at, deleted_at, rows_done, tables_done,
               tables_total, size, step, progress
          FROM privacy_export
         WHERE id = %(id)s
        """,
        {"id": export_id},
    )


def find_own(db: Db, *, export_id: str, person_id: str) -> Job | None:
    """Return an archive of the person's."""
    return db.one(
        Job,
        """
        SELECT id, person_id, kind, state, asked_at, ready_at, deleted_at, rows_done, tables_done,
               tables_total, size, step, progress
          FROM privacy_export
         WHERE id = %(id)s
           AND person_id = %(person_id)s
        """,
        {"id": export_id, "person_id": person_id},
    )


def of_person(db: Db, *, person_id: str, before: str, limit: int) -> list[Job]:
    """Return a person's archives below an id, newest first."""
    return db.all(
        Job,
        """
        SELECT id, person_id, kind, state, asked_at, ready_at, deleted_at, rows_done, tables_done,
               tables_total, size, step, progress
          FROM privacy_export
         WHERE person_id = %(person_id)s
           AND id < %(before)s
         ORDER BY id DESC
         LIMIT %(limit)s
        """,
        {"person_id": person_id, "before": before, "limit": limit},
    )


def count_since(db: Db, *, person_id: str, since: datetime) -> int:
    """Return how many archives the person has asked for since then."""
    found = db.one(
        _Count,
        """
        SELECT COUNT(*) AS number
          FROM privacy_export
         WHERE person_id = %(person_id)s
           AND asked_at > %(since)s
        """,
        {"person_id": person_id, "since": since},
    )
    return found.number if found else 0


def lock_next(db: Db, *, wanted: str, now: datetime) -> Job | None:
    """Return the oldest archive that is to be made and that nobody is at, locked.

    `wanted` is the only one that will do, or '' for any. Nothing is made of who is being erased.
    """
    found = db.all(
        Job,
        """
        SELECT id, person_id, kind, state, asked_at, ready_at, deleted_at, rows_done, tables_done,
               tables_total, size, step, progress
          FROM privacy_export
         WHERE state = 'making'
           AND (claimed_until IS NULL OR claimed_until <= %(now)s)
           AND (%(wanted)s = '' OR id = %(wanted)s)
           AND NOT EXISTS (SELECT 1 FROM erasure e WHERE e.person_id = privacy_export.person_id)
         ORDER BY id
         LIMIT 1
           FOR UPDATE SKIP LOCKED
        """,
        {"wanted": wanted, "now": now},
    )
    return found[0] if found else None


def claim(db: Db, *, export_id: str, until: datetime) -> None:
    """Take a locked archive: until then nobody else is at it, and older steps are over."""
    db.execute(
        """
        UPDATE privacy_export
           SET step = step + 1, claimed_until = %(until)s
         WHERE id = %(id)s
        """,
        {"id": export_id, "until": until},
    )


def save(db: Db, values: dict[str, object]) -> bool:
    """Note how far the making has come; False where this step is over."""
    found = db.execute(
        """
        UPDATE privacy_export
           SET progress = %(progress)s,
               rows_done = %(rows_done)s,
               tables_done = %(tables_done)s,
               claimed_until = %(claimed_until)s
         WHERE id = %(id)s
           AND step = %(step)s
           AND state = 'making'
        """,
        values,
    )
    return found == 1


def finish(db: Db, values: dict[str, object]) -> bool:
    """Note that the archive is there; False where this step is over."""
    found = db.execute(
        """
        UPDATE privacy_export
           SET state = 'ready',
               ready_at = %(now)s,
               size = %(size)s,
               rows_done = %(rows_done)s,
               tables_done = tables_total,
               progress = NULL,
               claimed_until = NULL
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
        UPDATE privacy_export
           SET claimed_until = %(until)s
         WHERE id = %(id)s
           AND step = %(step)s
           AND state = 'making'
        """,
        {"id": export_id, "step": step, "until": until},
    )


def give_up(db: Db, *, export_id: str) -> None:
    """Note that it can't be made; what was begun is over."""
    db.execute(
        """
        UPDATE privacy_export
           SET state = 'failed', progress = NULL, claimed_until = NULL, step = step + 1
         WHERE id = %(id)s
           AND state = 'making'
        """,
        {"id": export_id},
    )


def outlived(db: Db, *, made_before: datetime, after: str, limit: int) -> list[Job]:
    """Return archives that have lain long enough, by id."""
    return db.all(
        Job,
        """
        SELECT id, person_id, kind, state, asked_at, ready_at, deleted_at, rows_done, tables_done,
               tables_total, size, step, progress
          FROM privacy_export
         WHERE state = 'ready'
           AND ready_at <= %(made_before)s
           AND id > %(after)s
         ORDER BY id
         LIMIT %(limit)s
        """,
        {"made_before": made_before, "after": after, "limit": limit},
    )


def ready_of(db: Db, values: dict[str, object], *, limit: int) -> list[Job]:
    """Return archives of a person that can be fetched, asked for by then."""
    return db.all(
        Job,
        """
        SELECT id, person_id, kind, state, asked_at, ready_at, deleted_at, rows_done, tables_done,
               tables_total, size, step, progress
          FROM privacy_export
         WHERE person_id = %(person_id)s
           AND state = 'ready'
           AND asked_at <= %(asked_until)s
         ORDER BY id
         LIMIT %(limit)s
        """,
        {**values, "limit": limit},
    )


def begin_anew(db: Db, values: dict[str, object]) -> None:
    """Have what a person asked for by then made from the beginning; who is at it finds out."""
    db.execute(
        """
        UPDATE privacy_export
           SET progress = NULL, rows_done = 0, tables_done = 0, claimed_until = NULL,
               step = step + 1
         WHERE person_id = %(person_id)s
           AND asked_at <= %(asked_until)s
           AND state = 'making'
        """,
        values,
    )


def mark_deleted(db: Db, *, export_id: str, now: datetime) -> None:
    """Note that the archive is gone."""
    db.execute(
        """
        UPDATE privacy_export
           SET state = 'deleted', deleted_at = %(now)s
         WHERE id = %(id)s
           AND state = 'ready'
        """,
        {"id": export_id, "now": now},
    )


def end_all_of(db: Db, *, person_id: str, now: datetime) -> None:
    """End every archive of a person: none is fetched any more, and none is made further."""
    db.execute(
        """
        UPDATE privacy_export
           SET state = 'deleted',
               deleted_at = COALESCE(deleted_at, %(now)s),
               progress = NULL,
               claimed_until = NULL,
               step = step + 1
         WHERE person_id = %(person_id)s
           AND state IN ('making', 'ready')
        """,
        {"person_id": person_id, "now": now},
    )

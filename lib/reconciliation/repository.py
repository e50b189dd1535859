"""Differences, and how far each check has come, as rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from lib.core.db import Db


@dataclass(frozen=True)
class Difference:
    """Of what an invariant did not hold when it was last looked at; øre where it is about a sum."""

    id: str
    kind: str
    subject_id: str
    expected_ore: int | None
    found_ore: int | None
    first_seen_at: datetime
    last_seen_at: datetime
    closed_at: datetime | None
    closed_by: str | None
    explanation: str


@dataclass(frozen=True)
class Progress:
    """How far a check has come in its round; `carried` is JSON."""

    job: str
    position: str
    carried: str
    round_began_at: datetime
    round_ended_at: datetime | None


@dataclass(frozen=True)
class _Count:
    number: int


def lock(db: Db, *, kind: str, subject_id: str) -> Difference | None:
    """Return the difference of a kind about a subject, locked."""
    return db.one(
        Difference,
        """
        SELECT id, kind, subject_id, expected_ore, found_ore, first_seen_at, last_seen_at,
               closed_at, closed_by, explanation
          FROM book_difference
         WHERE kind = %(kind)s
           AND subject_id = %(subject_id)s
           FOR UPDATE
        """,
        {"kind": kind, "subject_id": subject_id},
    )


def lock_by_id(db: Db, *, difference_id: str) -> Difference | None:
    """Return a difference, locked."""
    return db.one(
        Difference,
        """
        SELECT id, kind, subject_id, expected_ore, found_ore, first_seen_at, last_seen_at,
               closed_at, closed_by, explanation
          FROM book_difference
         WHERE id = %(id)s
           FOR UPDATE
        """,
        {"id": difference_id},
    )


def insert(db: Db, values: dict[str, object]) -> None:
    """Write a difference that was never seen before."""
    db.execute(
        """
        INSERT INTO book_difference
               (id, kind, subject_id, expected_ore, found_ore, first_seen_at, last_seen_at,
                explanation)
        VALUES (%(id)s, %(kind)s, %(subject_id)s, %(expected_ore)s, %(found_ore)s, %(now)s,
                %(now)s, '')
        """,
        values,
    )


def see(db: Db, values: dict[str, object]) -> None:
    """Note that a difference is still there, with what it is now."""
    db.execute(
        """
        UPDATE book_difference
           SET expected_ore = %(expected_ore)s,
               found_ore = %(found_ore)s,
               last_seen_at = %(now)s
         WHERE id = %(id)s
        """,
        values,
    )


def reopen(db: Db, values: dict[str, object]) -> None:
    """Open a difference again that was gone, or is another one than was explained."""
    db.execute(
        """
        UPDATE book_difference
           SET expected_ore = %(expected_ore)s,
               found_ore = %(found_ore)s,
               first_seen_at = %(now)s,
               last_seen_at = %(now)s,
               closed_at = NULL,
               closed_by = NULL
         WHERE id = %(id)s
        """,
        values,
    )


def close_unseen(db: Db, *, kinds: Sequence[str], before: datetime, now: datetime) -> int:
    """Close the differences of some kinds that a whole round has not seen; return how many."""
    return db.execute(
        """
        UPDATE book_difference
           SET closed_at = %(now)s
         WHERE closed_at IS NULL
           AND kind IN %(kinds)s
           AND last_seen_at < %(before)s
        """,
        {"kinds": list(kinds), "before": before, "now": now},
    )


def close_about(db: Db, *, kinds: Sequence[str], subject_id: str, now: datetime) -> int:
    """Close the differences of some kinds about a subject that was found well; how many."""
    return db.execute(
        """
        UPDATE book_difference
           SET closed_at = %(now)s
         WHERE closed_at IS NULL
           AND kind IN %(kinds)s
           AND subject_id = %(subject_id)s
           AND last_seen_at < %(now)s
        """,
        {"kinds": list(kinds), "subject_id": subject_id, "now": now},
    )


def explain(
    db: Db, *, difference_id: str, operator_id: str, explanation: str, now: datetime
) -> None:
    """Close a difference with an operator's words."""
    db.execute(
        """
        UPDATE book_difference
           SET closed_at = %(now)s, closed_by = %(operator_id)s, explanation = %(explanation)s
         WHERE id = %(id)s
        """,
        {"id": difference_id, "operator_id": operator_id, "explanation": explanation, "now": now},
    )


def open_page(db: Db, *, before: str, limit: int) -> list[Difference]:
    """Return a page of the differences that are open, newest first."""
    return db.all(
        Difference,
        """
        SELECT id, kind, subject_id, expected_ore, found_ore, first_seen_at, last_seen_at,
               closed_at, closed_by, explanation
          FROM book_difference
         WHERE closed_at IS NULL
           AND id < %(before)s
         ORDER BY id DESC
         LIMIT %(limit)s
        """,
        {"before": before, "limit": limit},
    )


def closed_page(db: Db, *, before: str, limit: int) -> list[Difference]:
    """Return a page of the differences that are gone or explained, newest first."""
    return db.all(
        Difference,
        """
        SELECT id, kind, subject_id, expected_ore, found_ore, first_seen_at, last_seen_at,
               closed_at, closed_by, explanation
          FROM book_difference
         WHERE closed_at IS NOT NULL
           AND id < %(before)s
         ORDER BY id DESC
         LIMIT %(limit)s
        """,
        {"before": before, "limit": limit},
    )


def open_of(db: Db, *, kinds: Sequence[str], after: str, limit: int) -> list[Difference]:
    """Return open differences of some kinds, by id."""
    return db.all(
        Difference,
        """
        SELECT id, kind, subject_id, expected_ore, found_ore, first_seen_at, last_seen_at,
               closed_at, closed_by, explanation
          FROM book_difference
         WHERE closed_at IS NULL
           AND kind IN %(kinds)s
           AND id > %(after)s
         ORDER BY id
         LIMIT %(limit)s
        """,
        {"kinds": list(kinds), "after": after, "limit": limit},
    )


def count_open(db: Db, *, kinds: Sequence[str]) -> int:
    """Return how many differences of some kinds are open."""
    found = db.one(
        _Count,
        """
        SELECT COUNT(*) AS number
          FROM book_difference
         WHERE closed_at IS NULL
           AND kind IN %(kinds)s
        """,
        {"kinds": list(kinds)},
    )
    return found.number if found else 0


def progress(db: Db, *, job: str) -> Progress | None:
    """Return how far a check has come, locked."""
    return db.one(
        Progress,
        """
        SELECT job, position, carried, round_began_at, round_ended_at
          FROM book_progress
         WHERE job = %(job)s
           FOR UPDATE
        """,
        {"job": job},
    )


def all_progress(db: Db, *, limit: int) -> list[Progress]:
    """Return how far every check has come."""
    return db.all(
        Progress,
        """
        SELECT job, position, carried, round_began_at, round_ended_at
          FROM book_progress
         ORDER BY job
         LIMIT %(limit)s
        """,
        {"limit": limit},
    )


def insert_progress(db: Db, progress: Progress) -> None:
    """Write a check's first row; raises DuplicateError where another run has just done so."""
    db.execute(
        """
        INSERT INTO book_progress (job, position, carried, round_began_at, round_ended_at)
        VALUES (%(job)s, %(position)s, %(carried)s, %(round_began_at)s, %(round_ended_at)s)
        """,
        vars(progress),
    )


def save_progress(db: Db, progress: Progress) -> None:
    """Note how far a check has come."""
    db.execute(
        """
        UPDATE book_progress
           SET position = %(position)s,
               carried = %(carried)s,
               round_began_at = %(round_began_at)s,
               round_ended_at = %(round_ended_at)s
         WHERE job = %(job)s
        """,
        vars(progress),
    )

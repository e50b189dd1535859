"""The rows of legal holds."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from lib.core.db import Db


@dataclass(frozen=True)
class Hold:
    """What holds a person's data back from deletion; in force while `ends_at` is to come."""

    id: str
    person_id: str
    ground: str
    reason: str
    placed_by: str
    placed_at: datetime
    ends_at: datetime
    lifted_at: datetime | None


@dataclass(frozen=True)
class _Held:
    """Somebody whose data is held back."""

    person_id: str


@dataclass(frozen=True)
class _Restricted:
    """Somebody whose data is kept and not processed."""

    id: str


def is_held(db: Db, *, person_id: str, now: datetime) -> bool:
    """Return whether a hold is in force; locked, so that none is placed until this commits."""
    found = db.rows(
        """
        SELECT id
          FROM legal_hold
         WHERE person_id = %(person_id)s
           AND ends_at > %(now)s
         LIMIT 1
           FOR UPDATE
        """,
        {"person_id": person_id, "now": now},
    )
    return bool(found)


def held_people(db: Db, *, person_ids: Sequence[str], now: datetime) -> set[str]:
    """Return which of some people have a hold in force."""
    if not person_ids:
        return set()
    found = db.all(
        _Held,
        """
        SELECT person_id
          FROM legal_hold
         WHERE person_id IN %(people)s
           AND ends_at > %(now)s
         GROUP BY person_id
         LIMIT %(limit)s
        """,
        {"people": tuple(person_ids), "now": now, "limit": len(person_ids)},
    )
    return {each.person_id for each in found}


def restricted_people(db: Db, *, person_ids: Sequence[str]) -> set[str]:
    """Return which of some people have had processing restricted, and are not erased since."""
    if not person_ids:
        return set()
    found = db.all(
        _Restricted,
        """
        SELECT id
          FROM person
         WHERE id IN %(people)s
           AND restricted_at IS NOT NULL
           AND erased_at IS NULL
         LIMIT %(limit)s
        """,
        {"people": tuple(person_ids), "limit": len(person_ids)},
    )
    return {each.id for each in found}


def insert(db: Db, row: Hold) -> None:
    """Write a hold."""
    db.execute(
        """
        INSERT INTO legal_hold
               (id, person_id, ground, reason, placed_by, placed_at, ends_at)
        VALUES (%(id)s, %(person_id)s, %(ground)s, %(reason)s, %(placed_by)s, %(placed_at)s,
                %(ends_at)s)
        """,
        asdict(row),
    )


def lock(db: Db, *, hold_id: str) -> Hold | None:
    """Return a hold, locked."""
    return db.one(
        Hold,
        """
        SELECT id, person_id, ground, reason, placed_by, placed_at, ends_at, lifted_at
          FROM legal_hold
         WHERE id = %(id)s
           FOR UPDATE
        """,
        {"id": hold_id},
    )


def end(db: Db, *, hold_id: str, now: datetime) -> None:
    """End a hold before its time."""
    db.execute(
        """
        UPDATE legal_hold
           SET ends_at = %(now)s,
               lifted_at = %(now)s
         WHERE id = %(id)s
        """,
        {"id": hold_id, "now": now},
    )


def holds_of(db: Db, *, person_id: str, limit: int) -> list[Hold]:
    """Return the newest holds of a person."""
    return db.all(
        Hold,
        """
        SELECT id, person_id, ground, reason, placed_by, placed_at, ends_at, lifted_at
          FROM legal_hold
         WHERE person_id = %(person_id)s
         ORDER BY id DESC
         LIMIT %(limit)s
        """,
        {"person_id": person_id, "limit": limit},
    )

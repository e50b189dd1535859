"""All SQL of consents, objections and restrictions."""

from dataclasses import dataclass
from datetime import datetime

from lib.core.db import Db


@dataclass(frozen=True)
class Standing:
    """A person's account, as far as it decides whether they may be written to."""

    id: str
    restricted_at: datetime | None


@dataclass(frozen=True)
class Lifting:
    """The end of a restriction that an operator has announced."""

    id: str
    person_id: str
    reason: str | None
    decided_at: datetime
    announced_at: datetime


@dataclass(frozen=True)
class Said:
    """What a person said last of a purpose."""

    purpose: str
    turn: int
    version: str
    state: str
    said_at: datetime
    language: str
    text_hash: str


@dataclass(frozen=True)
class Objection:
    """An objection that stands."""

    purpose: str
    raised_at: datetime


def lock_standing(db: Db, person_id: str) -> Standing | None:
    """Return the account, locked: what is said and what is sent wait for each other here."""
    return db.one(
        Standing,
        """
        SELECT id, restricted_at
          FROM person
         WHERE id = %(person_id)s
           AND erased_at IS NULL
           FOR UPDATE
        """,
        {"person_id": person_id},
    )


def standing(db: Db, person_id: str) -> Standing | None:
    """Return the account, as it was when this transaction began."""
    return db.one(
        Standing,
        "SELECT id, restricted_at FROM person WHERE id = %(id)s AND erased_at IS NULL",
        {"id": person_id},
    )


def last_said(db: Db, person_id: str, purpose: str) -> Said | None:
    """Return what the person said last; locking, so that it is the newest."""
    return db.one(
        Said,
        """
        SELECT purpose, turn, version, state, said_at, language, text_hash
          FROM consent
         WHERE person_id = %(person_id)s
           AND purpose = %(purpose)s
         ORDER BY turn DESC
         LIMIT 1
           FOR UPDATE
        """,
        {"person_id": person_id, "purpose": purpose},
    )


def latest(db: Db, person_id: str) -> list[Said]:
    """Return what the person said last of each purpose, to be shown."""
    return db.all(
        Said,
        """
        SELECT c.purpose, c.turn, c.version, c.state, c.said_at, c.language, c.text_hash
          FROM consent c
         WHERE c.person_id = %(person_id)s
           AND c.turn = (SELECT MAX(n.turn)
                           FROM consent n
                          WHERE n.person_id = c.person_id
                            AND n.purpose = c.purpose)
         LIMIT 20
        """,
        {"person_id": person_id},
    )


def append(db: Db, values: dict[str, object]) -> None:
    """Write down what was said, after what was said before; the person is locked."""
    db.execute(
        """
        INSERT INTO consent
               (person_id, purpose, turn, version, state, said_at, surface, language, text_hash)
        VALUES (%(person_id)s, %(purpose)s, %(turn)s, %(version)s, %(state)s, %(now)s,
                %(surface)s, %(language)s, %(text_hash)s)
        """,
        values,
    )


def objections(db: Db, person_id: str) -> list[Objection]:
    """Return the objections that stand, one a purpose; locking, so that they are the newest."""
    return db.all(
        Objection,
        """
        SELECT purpose, raised_at
          FROM objection
         WHERE person_id = %(person_id)s
           AND ended_at IS NULL
         ORDER BY purpose
         LIMIT 20
           FOR UPDATE
        """,
        {"person_id": person_id},
    )


def raise_objection(db: Db, person_id: str, purpose: str, now: datetime) -> None:
    """Write an objection; the person is locked, and has none of this purpose that stands."""
    db.execute(
        """
        INSERT INTO objection (person_id, purpose, raised_at)
        VALUES (%(person_id)s, %(purpose)s, %(now)s)
        """,
        {"person_id": person_id, "purpose": purpose, "now": now},
    )


def end_objection(db: Db, person_id: str, purpose: str, now: datetime) -> None:
    """Take an objection back, if there is one."""
    db.execute(
        """
        UPDATE objection
           SET ended_at = %(now)s
         WHERE person_id = %(person_id)s
           AND purpose = %(purpose)s
           AND ended_at IS NULL
        """,
        {"person_id": person_id, "purpose": purpose, "now": now},
    )


def set_restricted(db: Db, person_id: str, since: datetime | None) -> None:
    """Set from when processing is restricted, or that it is not; the person is locked."""
    db.execute(
        """
        UPDATE person
           SET restricted_at = %(since)s
         WHERE id = %(person_id)s
        """,
        {"person_id": person_id, "since": since},
    )


def insert_restriction(db: Db, values: dict[str, object]) -> None:
    """Write down that a restriction began or ended, and the person's reason."""
    db.execute(
        """
        INSERT INTO restriction (id, person_id, is_restricted, reason, decided_at, announced_at)
        VALUES (%(id)s, %(person_id)s, %(is_restricted)s, %(reason)s, %(decided_at)s,
                %(announced_at)s)
        """,
        values,
    )


def announced(db: Db, person_id: str, now: datetime) -> Lifting | None:
    """Return the end of a restriction that is announced: what is decided for a time ahead."""
    found = db.all(
        Lifting,
        """
        SELECT id, person_id, reason, decided_at, announced_at
          FROM restriction
         WHERE person_id = %(person_id)s
           AND decided_at > %(now)s
         ORDER BY decided_at
         LIMIT 1
        """,
        {"person_id": person_id, "now": now},
    )
    return found[0] if found else None


def forget_announced(db: Db, person_id: str, now: datetime) -> None:
    """Take an announced end back that has not come: the person was quicker."""
    db.execute(
        """
        DELETE FROM restriction
         WHERE person_id = %(person_id)s
           AND decided_at > %(now)s
        """,
        {"person_id": person_id, "now": now},
    )


def due_liftings(db: Db, *, now: datetime, after: str, limit: int) -> list[Lifting]:
    """Return announced ends that have come, of who is still restricted, by id."""
    return db.all(
        Lifting,
        """
        SELECT r.id, r.person_id, r.reason, r.decided_at, r.announced_at
          FROM restriction r
          JOIN person p ON p.id = r.person_id
         WHERE r.announced_at IS NOT NULL
           AND r.decided_at <= %(now)s
           AND r.id > %(after)s
           AND p.restricted_at <= r.announced_at
         ORDER BY r.id
         LIMIT %(limit)s
        """,
        {"now": now, "after": after, "limit": limit},
    )

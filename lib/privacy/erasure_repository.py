"""Erasures, what suppliers answered, and the chain of receipts, as rows."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import LiteralString

from lib.core.db import Db


@dataclass(frozen=True)
class Erasure:
    """What a person had erased; `plan` is the JSON that was written before anything was done.

    `progress` is JSON, too: how far the look has come.
    """

    id: str
    person_id: str
    plan: str
    state: str
    token_hash: str
    asked_hash: str | None
    progress: str | None
    requested_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True)
class Told:
    """What a supplier answered when it was told to erase."""

    supplier: str
    state: str
    attempts: int
    answer: str | None
    answered_at: datetime | None


@dataclass(frozen=True)
class Link:
    """A receipt in the chain; `body` is the very text that was hashed and signed."""

    number: int
    erasure_id: str
    body: str
    body_hash: str
    signature: str
    key_id: str
    created_at: datetime


@dataclass(frozen=True)
class _PersonId:
    id: str


def of_person(db: Db, person_id: str, *, is_current: bool = False) -> Erasure | None:
    """Return the erasure of a person, in whatever state.

    `is_current` reads past this transaction's snapshot, once the person is locked: another may have
    planned it between the two.
    """
    plain: LiteralString = """
        SELECT id, person_id, plan, state, token_hash, asked_hash, progress,
               requested_at, finished_at
          FROM erasure
         WHERE person_id = %(person)s
    """
    return db.one(Erasure, plain + " FOR UPDATE" if is_current else plain, {"person": person_id})


def find(db: Db, erasure_id: str) -> Erasure | None:
    """Return an erasure."""
    return db.one(
        Erasure,
        """
        SELECT id, person_id, plan, state, token_hash, asked_hash, progress,
               requested_at, finished_at
          FROM erasure
         WHERE id = %(id)s
        """,
        {"id": erasure_id},
    )


def of_token(db: Db, token_hash: str) -> Erasure | None:
    """Return the erasure that a receipt token leads to."""
    return db.one(
        Erasure,
        """
        SELECT id, person_id, plan, state, token_hash, asked_hash, progress,
               requested_at, finished_at
          FROM erasure
         WHERE token_hash = %(hash)s
        """,
        {"hash": token_hash},
    )


def asked_with(db: Db, asked_hash: str) -> Erasure | None:
    """Return the erasure that was asked for with an access token."""
    return db.one(
        Erasure,
        """
        SELECT id, person_id, plan, state, token_hash, asked_hash, progress,
               requested_at, finished_at
          FROM erasure
         WHERE asked_hash = %(hash)s
        """,
        {"hash": asked_hash},
    )


def unfinished(db: Db, *, after: str, limit: int) -> list[Erasure]:
    """Return erasures that are not done, by id beyond `after`."""
    return db.all(
        Erasure,
        """
        SELECT id, person_id, plan, state, token_hash, asked_hash, progress,
               requested_at, finished_at
          FROM erasure
         WHERE state IN ('planned', 'acting', 'looking')
           AND id > %(after)s
         ORDER BY id
         LIMIT %(limit)s
        """,
        {"after": after, "limit": limit},
    )


def insert(db: Db, erasure: Erasure) -> None:
    """Write down what will be done; raises DuplicateError when the person has an erasure."""
    db.execute(
        """
        INSERT INTO erasure (id, person_id, plan, state, token_hash, asked_hash, requested_at)
        VALUES (%(id)s, %(person_id)s, %(plan)s, %(state)s, %(token_hash)s, %(asked_hash)s,
                %(requested_at)s)
        """,
        asdict(erasure),
    )


def claim(db: Db, erasure_id: str, *, now: datetime, until: datetime) -> bool:
    """Take an erasure that is not done and that nobody is at; return whether it was free."""
    changed = db.execute(
        """
        UPDATE erasure
           SET claimed_until = %(until)s
         WHERE id = %(id)s
           AND state IN ('planned', 'acting', 'looking')
           AND (claimed_until IS NULL OR claimed_until <= %(now)s)
        """,
        {"id": erasure_id, "now": now, "until": until},
    )
    return changed > 0


def let_go(db: Db, erasure_id: str) -> None:
    """Let whoever comes next go on with it."""
    db.execute("UPDATE erasure SET claimed_until = NULL WHERE id = %(id)s", {"id": erasure_id})


def note(db: Db, erasure_id: str, *, state: str, progress: str | None) -> None:
    """Note where an erasure stands."""
    db.execute(
        """
        UPDATE erasure
           SET state = %(state)s, progress = %(progress)s
         WHERE id = %(id)s
           AND state IN ('planned', 'acting', 'looking')
        """,
        {"id": erasure_id, "state": state, "progress": progress},
    )


def finish(db: Db, erasure_id: str, now: datetime) -> bool:
    """Mark an erasure as done; False where it was."""
    changed = db.execute(
        """
        UPDATE erasure
           SET state = 'done', finished_at = %(now)s,
               progress = NULL, asked_hash = NULL, claimed_until = NULL
         WHERE id = %(id)s
           AND state IN ('planned', 'acting', 'looking')
        """,
        {"id": erasure_id, "now": now},
    )
    return changed > 0


def insert_supplier(db: Db, values: dict[str, object]) -> None:
    """Note a supplier that is to be told."""
    db.execute(
        """
        INSERT INTO erasure_supplier (erasure_id, supplier, state, attempts, answer)
        VALUES (%(erasure_id)s, %(supplier)s, %(state)s, 0, %(answer)s)
        """,
        values,
    )


def suppliers(db: Db, erasure_id: str) -> list[Told]:
    """Return what each supplier answered."""
    return db.all(
        Told,
        """
        SELECT supplier, state, attempts, answer, answered_at
          FROM erasure_supplier
         WHERE erasure_id = %(id)s
         ORDER BY supplier
         LIMIT 100
        """,
        {"id": erasure_id},
    )


def answer(db: Db, values: dict[str, object]) -> None:
    """Keep a supplier's answer."""
    db.execute(
        """
        UPDATE erasure_supplier
           SET state = %(state)s, answer = %(answer)s, answered_at = %(now)s,
               attempts = attempts + 1
         WHERE erasure_id = %(erasure_id)s
           AND supplier = %(supplier)s
        """,
        values,
    )


def last_link(db: Db) -> Link | None:
    """Return the newest receipt, locked: the next one is chained to it."""
    return db.one(
        Link,
        """
        SELECT number, erasure_id, body, body_hash, signature, key_id, created_at
          FROM erasure_receipt
         ORDER BY number DESC
         LIMIT 1
           FOR UPDATE
        """,
    )


def receipt_of(db: Db, erasure_id: str) -> Link | None:
    """Return the receipt of an erasure."""
    return db.one(
        Link,
        """
        SELECT number, erasure_id, body, body_hash, signature, key_id, created_at
          FROM erasure_receipt
         WHERE erasure_id = %(id)s
        """,
        {"id": erasure_id},
    )


def links(db: Db, *, after: int, limit: int) -> list[Link]:
    """Return receipts in the order of the chain."""
    return db.all(
        Link,
        """
        SELECT number, erasure_id, body, body_hash, signature, key_id, created_at
          FROM erasure_receipt
         WHERE number > %(after)s
         ORDER BY number
         LIMIT %(limit)s
        """,
        {"after": after, "limit": limit},
    )


def insert_link(db: Db, link: Link) -> None:
    """Append a receipt; raises DuplicateError when its place is taken."""
    db.execute(
        """
        INSERT INTO erasure_receipt
               (number, erasure_id, body, body_hash, signature, key_id, created_at)
        VALUES (%(number)s, %(erasure_id)s, %(body)s, %(body_hash)s, %(signature)s, %(key_id)s,
                %(created_at)s)
        """,
        asdict(link),
    )


def people(db: Db, *, after: str, limit: int) -> list[str]:
    """Return ids of accounts beyond `after`, erased or not."""
    found = db.all(
        _PersonId,
        "SELECT id FROM person WHERE id > %(after)s ORDER BY id LIMIT %(limit)s",
        {"after": after, "limit": limit},
    )
    return [person.id for person in found]

"""Who has received what of a person, and the changes they have to be told of, as rows.

`fields` are JSON: lists of `table.column`.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from lib.core.db import Db


@dataclass(frozen=True)
class Row:
    """Who has received what of a person; once for each purpose and context."""

    id: str
    person_id: str
    recipient_kind: str
    recipient: str
    purpose: str
    context_id: str
    basis: str
    ground: str
    fields: str
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True)
class Change:
    """Something of a person that changed; `told_upto` is the last disclosure dealt with."""

    id: str
    person_id: str
    kind: str
    fields: str
    made_at: datetime
    told_upto: str | None
    told_at: datetime | None


@dataclass(frozen=True)
class Names:
    """What a person is called."""

    given_name: str | None
    family_name: str | None


@dataclass(frozen=True)
class _Id:
    id: str


@dataclass(frozen=True)
class _Number:
    number: int


def find(db: Db, values: dict[str, object], *, is_new: bool = False) -> Row | None:
    """Return what is noted of a person, a recipient, a purpose and a context.

    `is_new` reads past this transaction's snapshot and locks, for a row that is there: locking is
    no way to look for one that may not be, since two who lock the same gap can't both insert.
    """
    plain: LiteralString = """
        SELECT id, person_id, recipient_kind, recipient, purpose, context_id, basis, ground,
               fields, first_at, last_at
          FROM disclosure
         WHERE person_id = %(person_id)s
           AND recipient_kind = %(recipient_kind)s
           AND recipient = %(recipient)s
           AND purpose = %(purpose)s
           AND context_id = %(context_id)s
    """
    return db.one(Row, plain + " FOR UPDATE" if is_new else plain, values)


def insert(db: Db, values: dict[str, object]) -> None:
    """Write a disclosure; raises DuplicateError where it is noted already."""
    db.execute(
        """
        INSERT INTO disclosure
               (id, person_id, recipient_kind, recipient, purpose, context_id, basis, ground,
                fields, first_at, last_at)
        VALUES (%(id)s, %(person_id)s, %(recipient_kind)s, %(recipient)s, %(purpose)s,
                %(context_id)s, %(basis)s, %(ground)s, %(fields)s, %(now)s, %(now)s)
        """,
        values,
    )


def update(db: Db, *, disclosure_id: str, fields: str, now: datetime) -> None:
    """Write that they received something again, or more."""
    db.execute(
        """
        UPDATE disclosure
           SET fields = %(fields)s, last_at = %(now)s
         WHERE id = %(id)s
        """,
        {"id": disclosure_id, "fields": fields, "now": now},
    )


def of_person(db: Db, *, person_id: str, before: str, limit: int) -> list[Row]:
    """Return disclosures of a person below an id, the newest first."""
    return db.all(
        Row,
        """
        SELECT id, person_id, recipient_kind, recipient, purpose, context_id, basis, ground,
               fields, first_at, last_at
          FROM disclosure
         WHERE person_id = %(person_id)s
           AND id < %(before)s
         ORDER BY id DESC
         LIMIT %(limit)s
        """,
        {"person_id": person_id, "before": before, "limit": limit},
    )


def count_told_by_erasure(db: Db, *, person_id: str) -> int:
    """Return how many recipients an erasure has to tell; suppliers are told by their own way."""
    found = db.one(
        _Number,
        """
        SELECT COUNT(DISTINCT CONCAT(recipient_kind, ':', recipient)) AS number
          FROM disclosure
         WHERE person_id = %(person_id)s
           AND recipient_kind <> 'supplier'
        """,
        {"person_id": person_id},
    )
    return found.number if found else 0


def insert_change(db: Db, values: dict[str, object]) -> None:
    """Write a change; raises DuplicateError where it is known."""
    db.execute(
        """
        INSERT INTO disclosure_change (id, person_id, kind, fields, made_at)
        VALUES (%(id)s, %(person_id)s, %(kind)s, %(fields)s, %(now)s)
        """,
        values,
    )


def lock_change(db: Db, change_id: str) -> Change | None:
    """Return a change, locked: who tells of it takes turns."""
    return db.one(
        Change,
        """
        SELECT id, person_id, kind, fields, made_at, told_upto, told_at
          FROM disclosure_change
         WHERE id = %(id)s
           FOR UPDATE
        """,
        {"id": change_id},
    )


def untold(db: Db, *, after: str, limit: int) -> list[Change]:
    """Return changes of which not everybody has been told, by id beyond `after`."""
    return db.all(
        Change,
        """
        SELECT id, person_id, kind, fields, made_at, told_upto, told_at
          FROM disclosure_change
         WHERE told_at IS NULL
           AND id > %(after)s
         ORDER BY id
         LIMIT %(limit)s
        """,
        {"after": after, "limit": limit},
    )


def note_telling(
    db: Db, *, change_id: str, told_upto: str | None, told_at: datetime | None
) -> None:
    """Note how far the telling has come, and when it was done."""
    db.execute(
        """
        UPDATE disclosure_change
           SET told_upto = %(told_upto)s, told_at = %(told_at)s
         WHERE id = %(id)s
        """,
        {"id": change_id, "told_upto": told_upto, "told_at": told_at},
    )


def names_of(db: Db, person_id: str) -> Names | None:
    """Return what a person is called."""
    return db.one(
        Names,
        "SELECT given_name, family_name FROM person WHERE id = %(id)s",
        {"id": person_id},
    )


def is_there(db: Db, person_id: str) -> bool:
    """Return whether the person has an account that is not erased."""
    found = db.one(
        _Id,
        "SELECT id FROM person WHERE id = %(id)s AND erased_at IS NULL",
        {"id": person_id},
    )
    return found is not None

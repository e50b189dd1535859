"""Places where others wrote of somebody who was erased, and the words that stand there.

The statements about the words are made from the contract; the names in them are checked against a
pattern, and values are always parameters.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from lib.core.db import Db
from lib.privacy.model import Column, Table
from lib.privacy.statements import Key, filled, is_one_of, quoted


@dataclass(frozen=True)
class Found:
    """A place that a look has found; `row_key` is JSON, `found_by` which identifiers, as bits."""

    id: str
    erasure_id: str
    table_name: str
    column_name: str
    row_key: str
    found_by: int
    found_at: datetime


@dataclass(frozen=True)
class Row:
    """A place in a case; its key is gone once it is dealt with."""

    id: str
    erasure_id: str
    request_id: str | None
    table_name: str
    column_name: str
    row_key: str | None
    state: str
    ground: str | None
    found_at: datetime
    settled_at: datetime | None


@dataclass(frozen=True)
class Tally:
    """How many places stand in a state, and on which ground they were left."""

    state: str
    ground: str | None
    number: int


@dataclass(frozen=True)
class _Count:
    number: int


@dataclass(frozen=True)
class _Words:
    words: str | None


@dataclass(frozen=True)
class _Case:
    request_id: str


def put(db: Db, found: Sequence[Found]) -> None:
    """Note places; one that is noted already is noted again."""
    if not found:
        return
    db.execute(
        "DELETE FROM mention WHERE id IN %(ids)s", {"ids": tuple(place.id for place in found)}
    )
    db.insert_all(
        """
        INSERT INTO mention
               (id, erasure_id, table_name, column_name, row_key, found_by, state, found_at)
        VALUES (%(id)s, %(erasure_id)s, %(table_name)s, %(column_name)s, %(row_key)s,
                %(found_by)s, 'found', %(found_at)s)
        """,
        [asdict(place) for place in found],
    )


def drop(db: Db, *, erasure_id: str) -> None:
    """Forget the places of a look that begins anew."""
    db.execute(
        "DELETE FROM mention WHERE erasure_id = %(erasure_id)s AND state = 'found'",
        {"erasure_id": erasure_id},
    )


def drop_untold(db: Db, *, erasure_id: str, telling: int) -> None:
    """Forget the places found by nothing but what somebody else has too."""
    db.execute(
        """
        DELETE FROM mention
         WHERE erasure_id = %(erasure_id)s
           AND state = 'found'
           AND found_by & %(telling)s = 0
        """,
        {"erasure_id": erasure_id, "telling": telling},
    )


def count_found(db: Db, *, erasure_id: str) -> int:
    """Return how many places wait for a case."""
    found = db.one(
        _Count,
        """
        SELECT COUNT(id) AS number
          FROM mention
         WHERE erasure_id = %(erasure_id)s
           AND state = 'found'
        """,
        {"erasure_id": erasure_id},
    )
    return found.number if found else 0


def open_all(db: Db, *, erasure_id: str, request_id: str) -> None:
    """Make the places of an erasure a case."""
    db.execute(
        """
        UPDATE mention
           SET state = 'open', request_id = %(request_id)s
         WHERE erasure_id = %(erasure_id)s
           AND state = 'found'
        """,
        {"erasure_id": erasure_id, "request_id": request_id},
    )


def places(db: Db, *, request_id: str, after: str, limit: int) -> list[Row]:
    """Return a page of the places of a case, by id."""
    return db.all(
        Row,
        """
        SELECT id, erasure_id, request_id, table_name, column_name, row_key, state, ground,
               found_at, settled_at
          FROM mention
         WHERE request_id = %(request_id)s
           AND id > %(after)s
         ORDER BY id
         LIMIT %(limit)s
        """,
        {"request_id": request_id, "after": after, "limit": limit},
    )


def lock(db: Db, *, mention_id: str) -> Row | None:
    """Return a place, locked."""
    return db.one(
        Row,
        """
        SELECT id, erasure_id, request_id, table_name, column_name, row_key, state, ground,
               found_at, settled_at
          FROM mention
         WHERE id = %(id)s
           FOR UPDATE
        """,
        {"id": mention_id},
    )


def settle(db: Db, *, mention_id: str, state: str, ground: str | None, now: datetime) -> None:
    """Note that a place is dealt with, and forget which row it was."""
    db.execute(
        """
        UPDATE mention
           SET state = %(state)s, ground = %(ground)s, settled_at = %(now)s, row_key = NULL
         WHERE id = %(id)s
        """,
        {"id": mention_id, "state": state, "ground": ground, "now": now},
    )


def has_open(db: Db, *, request_id: str) -> bool:
    """Return whether a place of a case is still to be dealt with, read past the snapshot."""
    found = db.rows(
        """
        SELECT id
          FROM mention
         WHERE request_id = %(request_id)s
           AND state = 'open'
         LIMIT 1
           FOR UPDATE
        """,
        {"request_id": request_id},
    )
    return bool(found)


def tally(db: Db, *, erasure_id: str) -> list[Tally]:
    """Return how many places of an erasure stand in which state."""
    return db.all(
        Tally,
        """
        SELECT state, ground, COUNT(id) AS number
          FROM mention
         WHERE erasure_id = %(erasure_id)s
           AND state <> 'found'
         GROUP BY state, ground
         ORDER BY state, ground
         LIMIT 100
        """,
        {"erasure_id": erasure_id},
    )


def case_of(db: Db, *, erasure_id: str) -> str | None:
    """Return the case in which the places of an erasure are dealt with."""
    found = db.all(
        _Case,
        """
        SELECT request_id
          FROM mention
         WHERE erasure_id = %(erasure_id)s
           AND request_id IS NOT NULL
         LIMIT 1
        """,
        {"erasure_id": erasure_id},
    )
    return found[0].request_id if found else None


def words(db: Db, table: Table, column: Column, key: Key) -> str | None:
    """Return what stands in a place, locked; None where the row or its words are gone."""
    params: dict[str, object] = {}
    statement = filled(
        "SELECT {column} AS words FROM {table} AS r WHERE {where} FOR UPDATE",
        column=quoted("r", column.name),
        table=quoted(table.name),
        where=is_one_of("r", table.primary_key, [key], params),
    )
    found = db.all(_Words, statement, params)
    return found[0].words or None if found else None


def set_words(db: Db, table: Table, column: Column, key: Key, text: str) -> None:
    """Write other words into a place whose row is locked."""
    params: dict[str, object] = {"words": text}
    statement = filled(
        "UPDATE {table} SET {column} = %(words)s WHERE {where}",
        table=quoted(table.name),
        column=quoted(column.name),
        where=is_one_of(table.name, table.primary_key, [key], params),
    )
    db.execute(statement, params)

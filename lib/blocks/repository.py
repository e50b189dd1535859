"""All SQL of blocks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from lib.core.db import Db


@dataclass(frozen=True)
class Block:
    """A row of `person_block`."""

    id: str
    blocked_id: str
    blocked_at: datetime


def insert(db: Db, values: Mapping[str, object]) -> None:
    """Write a block; DuplicateError where it stands already."""
    db.execute(
        """
        INSERT INTO person_block (id, blocker_id, blocked_id, blocked_at)
        VALUES (%(id)s, %(blocker_id)s, %(blocked_id)s, %(now)s)
        """,
        values,
    )


def delete(db: Db, blocker_id: str, blocked_id: str) -> bool:
    """Take a block away; return whether there was one."""
    found = db.execute(
        """
        DELETE FROM person_block
         WHERE blocker_id = %(blocker_id)s
           AND blocked_id = %(blocked_id)s
        """,
        {"blocker_id": blocker_id, "blocked_id": blocked_id},
    )
    return found > 0


def stand(db: Db, block_ids: Sequence[str]) -> bool:
    """Return whether one of these blocks stands, as it is now: committed by others, too."""
    found = db.rows(
        "SELECT id FROM person_block WHERE id IN %(block_ids)s FOR UPDATE",
        {"block_ids": list(block_ids)},
    )
    return bool(found)


def of_person(db: Db, blocker_id: str, *, after: str, limit: int) -> list[Block]:
    """Return whom a person has blocked, by id."""
    return db.all(
        Block,
        """
        SELECT id, blocked_id, blocked_at
          FROM person_block
         WHERE blocker_id = %(blocker_id)s
           AND id > %(after)s
         ORDER BY id
         LIMIT %(limit)s
        """,
        {"blocker_id": blocker_id, "after": after, "limit": limit},
    )

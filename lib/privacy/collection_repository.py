"""Archives that are handed to people who can't sign in, as rows."""

from dataclasses import asdict, dataclass
from datetime import datetime

from lib.core.db import Db


@dataclass(frozen=True)
class Row:
    """An archive that can be opened with a link and a code; `tries` were wrong."""

    id: str
    export_id: str
    link_hash: str
    tries: int
    made_at: datetime
    collected_at: datetime | None


def insert(db: Db, row: Row) -> None:
    """Write that an archive can be collected."""
    db.execute(
        """
        INSERT INTO archive_collection (id, export_id, link_hash, tries, made_at)
        VALUES (%(id)s, %(export_id)s, %(link_hash)s, %(tries)s, %(made_at)s)
        """,
        asdict(row),
    )


def find(db: Db, collection_id: str) -> Row | None:
    """Return a collection by its key."""
    return db.one(
        Row,
        """
        SELECT id, export_id, link_hash, tries, made_at, collected_at
          FROM archive_collection
         WHERE id = %(id)s
        """,
        {"id": collection_id},
    )


def lock(db: Db, *, link_hash: str) -> Row | None:
    """Return the collection that a link leads to, locked."""
    return db.one(
        Row,
        """
        SELECT id, export_id, link_hash, tries, made_at, collected_at
          FROM archive_collection
         WHERE link_hash = %(link_hash)s
           FOR UPDATE
        """,
        {"link_hash": link_hash},
    )


def count_try(db: Db, collection_id: str) -> None:
    """Note that a code was wrong."""
    db.execute(
        "UPDATE archive_collection SET tries = tries + 1 WHERE id = %(id)s", {"id": collection_id}
    )


def collected(db: Db, collection_id: str, now: datetime) -> None:
    """Note when it was first opened."""
    db.execute(
        """
        UPDATE archive_collection
           SET collected_at = COALESCE(collected_at, %(now)s)
         WHERE id = %(id)s
        """,
        {"id": collection_id, "now": now},
    )

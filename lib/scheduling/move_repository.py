"""All SQL of what a booking's time was before it was moved."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from lib.core.db import Db


@dataclass(frozen=True)
class Move:
    """A row of `booking_move`."""

    booking_id: str
    version: int
    from_starts_at: datetime
    to_starts_at: datetime
    moved_by: str
    reason: str | None
    moved_at: datetime


def insert_move(db: Db, values: Mapping[str, object]) -> None:
    """Write a move; its version is the booking's from then on."""
    db.execute(
        """
        INSERT INTO booking_move
               (booking_id, version, from_starts_at, to_starts_at, moved_by, reason, moved_at)
        VALUES (%(booking_id)s, %(version)s, %(from_starts_at)s, %(to_starts_at)s, %(moved_by)s,
                %(reason)s, %(moved_at)s)
        """,
        values,
    )


def count_moves(db: Db, booking_id: str, limit: int) -> int:
    """Return how often a booking was moved, up to `limit`; locking, so that it counts the last."""
    found = db.rows(
        """
        SELECT version
          FROM booking_move
         WHERE booking_id = %(booking_id)s
         LIMIT %(limit)s
           FOR UPDATE
        """,
        {"booking_id": booking_id, "limit": limit},
    )
    return len(found)


def moves_of(db: Db, booking_id: str, limit: int) -> list[Move]:
    """Return how a booking was moved, oldest first."""
    return db.all(
        Move,
        """
        SELECT booking_id, version, from_starts_at, to_starts_at, moved_by, reason, moved_at
          FROM booking_move
         WHERE booking_id = %(booking_id)s
         ORDER BY version
         LIMIT %(limit)s
        """,
        {"booking_id": booking_id, "limit": limit},
    )

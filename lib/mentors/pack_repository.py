"""All SQL of packs of hours, as mentors sell them; their length is in quarter hours."""

from collections.abc import Mapping
from dataclasses import dataclass

from lib.core.db import Db


@dataclass(frozen=True)
class Pack:
    """A row of `hour_pack`, without its times."""

    id: str
    mentor_id: str
    title: str
    quarters: int
    price_ore: int
    currency: str
    valid_days: int
    state: str


@dataclass(frozen=True)
class PackForSale:
    """What a purchase is made from; nothing is sold while the mentor is paused or restricted."""

    id: str
    mentor_id: str
    mentor_state: str
    title: str
    quarters: int
    price_ore: int
    currency: str
    valid_days: int

    @property
    def is_for_sale(self) -> bool:
        """Whether the mentor sells anything at all."""
        return self.mentor_state == "listed"


def insert_pack(db: Db, values: Mapping[str, object]) -> None:
    """Write a new pack."""
    db.execute(
        """
        INSERT INTO hour_pack
               (id, mentor_id, title, quarters, price_ore, currency, valid_days, state,
                created_at, updated_at)
        VALUES (%(id)s, %(mentor_id)s, %(title)s, %(quarters)s, %(price_ore)s, %(currency)s,
                %(valid_days)s, %(state)s, %(now)s, %(now)s)
        """,
        values,
    )


def update_pack(db: Db, values: Mapping[str, object]) -> None:
    """Write every column of a pack that its mentor may change."""
    db.execute(
        """
        UPDATE hour_pack
           SET title = %(title)s,
               quarters = %(quarters)s,
               price_ore = %(price_ore)s,
               valid_days = %(valid_days)s,
               state = %(state)s,
               updated_at = %(now)s
         WHERE id = %(id)s
           AND mentor_id = %(mentor_id)s
        """,
        values,
    )


def lock_pack(db: Db, *, mentor_id: str, pack_id: str) -> Pack | None:
    """Return a mentor's own pack, kept from change by others until the commit."""
    return db.one(
        Pack,
        """
        SELECT id, mentor_id, title, quarters, price_ore, currency, valid_days, state
          FROM hour_pack
         WHERE id = %(pack_id)s
           AND mentor_id = %(mentor_id)s
           FOR UPDATE
        """,
        {"pack_id": pack_id, "mentor_id": mentor_id},
    )


def pack_for_sale(db: Db, pack_id: str) -> PackForSale | None:
    """Return an active pack, as long as its seller is a mentor."""
    return db.one(
        PackForSale,
        """
        SELECT h.id, h.mentor_id, h.title, h.quarters, h.price_ore, h.currency, h.valid_days,
               CASE WHEN p.restricted_at IS NULL THEN m.state ELSE 'paused' END AS mentor_state
          FROM hour_pack h
          JOIN mentor m ON m.person_id = h.mentor_id
          JOIN person p ON p.id = h.mentor_id
         WHERE h.id = %(id)s
           AND h.state = 'active'
        """,
        {"id": pack_id},
    )


def count_active_packs(db: Db, mentor_id: str) -> int:
    """Return how many active packs the mentor has; locking, so that it counts the newest."""
    statement = "SELECT id FROM hour_pack WHERE mentor_id = %(id)s AND state = 'active' FOR UPDATE"
    return len(db.rows(statement, {"id": mentor_id}))


def active_packs(db: Db, mentor_id: str, limit: int) -> list[Pack]:
    """Return up to `limit` active packs of a mentor, oldest first."""
    return db.all(
        Pack,
        """
        SELECT id, mentor_id, title, quarters, price_ore, currency, valid_days, state
          FROM hour_pack
         WHERE mentor_id = %(mentor_id)s
           AND state = 'active'
         ORDER BY id
         LIMIT %(limit)s
        """,
        {"mentor_id": mentor_id, "limit": limit},
    )


def packs_of(db: Db, mentor_id: str, *, after: str | None, limit: int) -> list[Pack]:
    """Return up to `limit` packs of a mentor, active or withdrawn, newest first, below `after`."""
    return db.all(
        Pack,
        """
        SELECT id, mentor_id, title, quarters, price_ore, currency, valid_days, state
          FROM hour_pack
         WHERE mentor_id = %(mentor_id)s
           AND (%(after)s IS NULL OR id < %(after)s)
         ORDER BY id DESC
         LIMIT %(limit)s
        """,
        {"mentor_id": mentor_id, "after": after, "limit": limit},
    )

"""The rows of legal holds."""

from collections.abc import Sequence
from dataclasses import dataclass
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

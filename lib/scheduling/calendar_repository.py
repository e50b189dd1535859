"""All SQL of the calendar: which quarter hours of whom are taken, and by which booking."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from lib.core.db import Db


@dataclass(frozen=True)
class _Key:
    id: str


def take_time(db: Db, booking_id: str, atoms: Iterable[tuple[str, int]]) -> None:
    """Take each (person, quarter hour) at once, in key order; DuplicateError where one is taken."""
    db.insert_all(
        """
        INSERT INTO calendar_atom (person_id, quarter_hour, booking_id)
        VALUES (%(person_id)s, %(quarter_hour)s, %(booking_id)s)
        """,
        [
            {"person_id": person_id, "quarter_hour": quarter, "booking_id": booking_id}
            for person_id, quarter in sorted(atoms)
        ],
    )


def free_time(db: Db, booking_ids: Sequence[str]) -> None:
    """Give back all time that these bookings take."""
    db.execute(
        "DELETE FROM calendar_atom WHERE booking_id IN %(booking_ids)s",
        {"booking_ids": list(booking_ids)},
    )


def run_out_in_the_way(db: Db, stretches: Mapping[str, range], now: datetime) -> list[str]:
    """Return the requests and holds that have run out and still take time of these two people."""
    (one, first), (other, second) = stretches.items()
    found = db.all(
        _Key,
        """
        SELECT DISTINCT b.id
          FROM calendar_atom a
          JOIN booking b ON b.id = a.booking_id
         WHERE ((a.person_id = %(one)s
                 AND a.quarter_hour BETWEEN %(first_start)s AND %(first_last)s)
                OR (a.person_id = %(other)s
                    AND a.quarter_hour BETWEEN %(second_start)s AND %(second_last)s))
           AND b.state IN ('requested', 'held')
           AND b.hold_expires_at <= %(now)s
         ORDER BY b.id
        """,
        {
            "one": one,
            "first_start": first.start,
            "first_last": first.stop - 1,
            "other": other,
            "second_start": second.start,
            "second_last": second.stop - 1,
            "now": now,
        },
    )
    return [key.id for key in found]

"""All SQL of when a mentor is away: absences, and journeys to another zone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from lib.core.db import Db
from lib.scheduling.rules import MAX_AWAY


@dataclass(frozen=True)
class Absence:
    """A row of `absence`."""

    first_date: date
    last_date: date
    note: str | None


@dataclass(frozen=True)
class Journey:
    """A row of `journey`."""

    first_date: date
    last_date: date
    time_zone: str


def absences(db: Db, mentor_id: str) -> list[Absence]:
    """Return the mentor's absences, the first first."""
    return db.all(
        Absence,
        """
        SELECT first_date, last_date, note
          FROM absence
         WHERE mentor_id = %(mentor_id)s
         ORDER BY first_date
         LIMIT %(limit)s
        """,
        {"mentor_id": mentor_id, "limit": MAX_AWAY},
    )


def journeys(db: Db, mentor_id: str) -> list[Journey]:
    """Return the mentor's journeys, the first first."""
    return db.all(
        Journey,
        """
        SELECT first_date, last_date, time_zone
          FROM journey
         WHERE mentor_id = %(mentor_id)s
         ORDER BY first_date
         LIMIT %(limit)s
        """,
        {"mentor_id": mentor_id, "limit": MAX_AWAY},
    )


def replace_absences(db: Db, mentor_id: str, rows: Sequence[Mapping[str, object]]) -> None:
    """Put these absences in the place of all that were there."""
    db.execute("DELETE FROM absence WHERE mentor_id = %(mentor_id)s", {"mentor_id": mentor_id})
    db.insert_all(
        """
        INSERT INTO absence (mentor_id, first_date, last_date, note)
        VALUES (%(mentor_id)s, %(first_date)s, %(last_date)s, %(note)s)
        """,
        [{**row, "mentor_id": mentor_id} for row in rows],
    )


def replace_journeys(db: Db, mentor_id: str, rows: Sequence[Mapping[str, object]]) -> None:
    """Put these journeys in the place of all that were there."""
    db.execute("DELETE FROM journey WHERE mentor_id = %(mentor_id)s", {"mentor_id": mentor_id})
    db.insert_all(
        """
        INSERT INTO journey (mentor_id, first_date, last_date, time_zone)
        VALUES (%(mentor_id)s, %(first_date)s, %(last_date)s, %(time_zone)s)
        """,
        [{**row, "mentor_id": mentor_id} for row in rows],
    )

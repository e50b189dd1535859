"""Rooms, who was in them, and what that proved, as rows."""

from dataclasses import dataclass
from datetime import datetime

from lib.core.db import Db
from lib.meetings.rules import Attendance


@dataclass(frozen=True)
class Meeting:
    """A booking's room; without a provider's id it has still to be made."""

    booking_id: str
    provider_id: str | None
    room_url: str | None
    host_room_url: str | None
    mentor_key: str
    mentee_key: str
    delete_after: datetime
    deleted_at: datetime | None


@dataclass(frozen=True)
class Delivery:
    """Whether a session counts as held."""

    booking_id: str
    is_delivered: bool
    ground: str


def insert(db: Db, values: dict[str, object]) -> None:
    """Write a room that is to be made; raises DuplicateError when the booking has one."""
    db.execute(
        """
        INSERT INTO meeting (booking_id, mentor_key, mentee_key, created_at, delete_after)
        VALUES (%(booking_id)s, %(mentor_key)s, %(mentee_key)s, %(now)s, %(delete_after)s)
        """,
        values,
    )


def find(db: Db, *, booking_id: str) -> Meeting | None:
    """Return a booking's room."""
    return db.one(
        Meeting,
        """
        SELECT booking_id, provider_id, room_url, host_room_url, mentor_key, mentee_key,
               delete_after, deleted_at
          FROM meeting
         WHERE booking_id = %(booking_id)s
        """,
        {"booking_id": booking_id},
    )


def lock(db: Db, *, booking_id: str) -> Meeting | None:
    """Return a booking's room, locked."""
    return db.one(
        Meeting,
        """
        SELECT booking_id, provider_id, room_url, host_room_url, mentor_key, mentee_key,
               delete_after, deleted_at
          FROM meeting
         WHERE booking_id = %(booking_id)s
           FOR UPDATE
        """,
        {"booking_id": booking_id},
    )


def renew(db: Db, values: dict[str, object]) -> None:
    """Have a room made anew, with other keys, as if there had been none."""
    db.execute(
        """
        UPDATE meeting
           SET provider_id = NULL,
               room_name = NULL,
               room_url = NULL,
               host_room_url = NULL,
               mentor_key = %(mentor_key)s,
               mentee_key = %(mentee_key)s,
               delete_after = %(delete_after)s
         WHERE booking_id = %(booking_id)s
        """,
        values,
    )


def forget_attendance(db: Db, *, booking_id: str) -> None:
    """Forget who was in a room that a session will not be held in."""
    db.execute(
        "DELETE FROM attendance WHERE booking_id = %(booking_id)s", {"booking_id": booking_id}
    )


def set_room(db: Db, values: dict[str, object]) -> int:
    """Note the room that was made, unless there is one, or it is wanted for another time by now.

    Returns how many rows that changed.
    """
    return db.execute(
        """
        UPDATE meeting
           SET provider_id = %(provider_id)s,
               room_name = %(room_name)s,
               room_url = %(room_url)s,
               host_room_url = %(host_room_url)s
         WHERE booking_id = %(booking_id)s
           AND provider_id IS NULL
           AND deleted_at IS NULL
           AND delete_after = %(delete_after)s
        """,
        values,
    )


def of_room(db: Db, *, room_name: str) -> Meeting | None:
    """Return the meeting that an event names by its room."""
    return db.one(
        Meeting,
        """
        SELECT booking_id, provider_id, room_url, host_room_url, mentor_key, mentee_key,
               delete_after, deleted_at
          FROM meeting
         WHERE room_name = %(room_name)s
        """,
        {"room_name": room_name},
    )


def to_delete(db: Db, *, now: datetime, after: str, limit: int) -> list[Meeting]:
    """Return rooms that have served their purpose, by booking above `after`."""
    return db.all(
        Meeting,
        """
        SELECT booking_id, provider_id, room_url, host_room_url, mentor_key, mentee_key,
               delete_after, deleted_at
          FROM meeting
         WHERE deleted_at IS NULL
           AND delete_after <= %(now)s
           AND booking_id > %(after)s
         ORDER BY booking_id
         LIMIT %(limit)s
        """,
        {"now": now, "after": after, "limit": limit},
    )


def open_rooms_of(db: Db, *, person_id: str, limit: int) -> list[Meeting]:
    """Return rooms of the person's sessions that are still there at Whereby."""
    return db.all(
        Meeting,
        """
        SELECT meeting.booking_id, meeting.provider_id, meeting.room_url, meeting.host_room_url,
               meeting.mentor_key, meeting.mentee_key, meeting.delete_after, meeting.deleted_at
          FROM meeting
          JOIN booking ON booking.id = meeting.booking_id
         WHERE (booking.mentee_id = %(person_id)s OR booking.mentor_id = %(person_id)s)
           AND meeting.provider_id IS NOT NULL
           AND meeting.deleted_at IS NULL
         LIMIT %(limit)s
        """,
        {"person_id": person_id, "limit": limit},
    )


def newest_rooms_of(db: Db, *, person_id: str, limit: int) -> list[Meeting]:
    """Return the newest rooms of the person's sessions, those first that are still there."""
    return db.all(
        Meeting,
        """
        SELECT meeting.booking_id, meeting.provider_id, meeting.room_url, meeting.host_room_url,
               meeting.mentor_key, meeting.mentee_key, meeting.delete_after, meeting.deleted_at
          FROM meeting
          JOIN booking ON booking.id = meeting.booking_id
         WHERE (booking.mentee_id = %(person_id)s OR booking.mentor_id = %(person_id)s)
           AND meeting.provider_id IS NOT NULL
         ORDER BY meeting.deleted_at IS NOT NULL, meeting.deleted_at DESC
         LIMIT %(limit)s
        """,
        {"person_id": person_id, "limit": limit},
    )


def set_deleted(db: Db, *, booking_id: str, now: datetime) -> None:
    """Note that the room is gone, and forget the addresses that opened it."""
    db.execute(
        """
        UPDATE meeting
           SET deleted_at = %(now)s, room_url = NULL, host_room_url = NULL
         WHERE booking_id = %(booking_id)s
        """,
        {"booking_id": booking_id, "now": now},
    )


def bring_deletion_forward(db: Db, *, booking_id: str, now: datetime) -> None:
    """Have a room deleted now: its session will not be held."""
    db.execute(
        """
        UPDATE meeting
           SET delete_after = %(now)s
         WHERE booking_id = %(booking_id)s
           AND delete_after > %(now)s
        """,
        {"booking_id": booking_id, "now": now},
    )


def insert_attendance(db: Db, values: dict[str, object]) -> None:
    """Write a knock, joining or leaving; raises DuplicateError when the event did so before."""
    db.execute(
        """
        INSERT INTO attendance (event_id, booking_id, role, participant_id, step, occurred_at)
        VALUES (%(event_id)s, %(booking_id)s, %(role)s, %(participant_id)s, %(step)s,
                %(occurred_at)s)
        """,
        values,
    )


def attendance(db: Db, *, booking_id: str) -> list[Attendance]:
    """Return who knocked, joined and left, a thousand events at most."""
    return db.all(
        Attendance,
        """
        SELECT role, participant_id, step, occurred_at
          FROM attendance
         WHERE booking_id = %(booking_id)s
         ORDER BY occurred_at
         LIMIT 1000
        """,
        {"booking_id": booking_id},
    )


def delivery(db: Db, *, booking_id: str) -> Delivery | None:
    """Return whether the session counts as held."""
    return db.one(
        Delivery,
        """
        SELECT booking_id, is_delivered, ground
          FROM delivery
         WHERE booking_id = %(booking_id)s
        """,
        {"booking_id": booking_id},
    )


def insert_delivery(db: Db, values: dict[str, object]) -> None:
    """Write the decision; raises DuplicateError when there is one."""
    db.execute(
        """
        INSERT INTO delivery (booking_id, is_delivered, ground, overlap_seconds, decided_at)
        VALUES (%(booking_id)s, %(is_delivered)s, %(ground)s, %(overlap_seconds)s, %(now)s)
        """,
        values,
    )

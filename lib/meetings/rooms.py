"""Rooms at Whereby: made after payment, deleted after the session."""

from datetime import datetime
from functools import partial

from lib.core import batches, log
from lib.core.db import Db, transact
from lib.core.errors import ProviderUnavailableError
from lib.meetings import repository
from lib.meetings.repository import Meeting
from lib.providers.http import ProviderRefusedError
from lib.providers.whereby import client
from lib.scheduling import service as scheduling

_BATCH = 20
# Of rooms that we have noted as deleted Whereby is asked about the newest.
_ASKED_ABOUT = 3


def create(booking_id: str, now: datetime) -> None:
    """Make the room of a booking: the topic `meetings.create`.

    A room whose answer was lost is made again, since there is no way to ask for it; of two that
    were made at once the second is deleted, and one whose session was moved meanwhile is made
    again. Once its session is over none is made.
    """
    wanted = transact(lambda db: _wanted(db, booking_id, now))
    while wanted and not _made(wanted):
        wanted = transact(partial(_moved_since, wanted, now))


def delete(provider_id: str, now: datetime) -> None:
    """Delete the room of a session that was moved: the topic `meetings.delete`."""
    del now
    client.delete_room(provider_id)


def delete_finished(now: datetime, deadline: datetime) -> int:
    """Delete rooms that have served their purpose, until none or the deadline; return how many."""

    def page(after: str) -> list[Meeting]:
        return transact(lambda db: repository.to_delete(db, now=now, after=after, limit=_BATCH))

    served = batches.until(deadline, page, lambda meeting: meeting.booking_id)
    return sum(_delete(meeting, now) for meeting in served)


def erase_person(person_id: str, now: datetime) -> str:
    """Delete the rooms of the person that are still there; return what came of it.

    Raises ProviderRefusedError and ProviderUnavailableError while one is.
    """
    while rooms := transact(
        lambda db: repository.open_rooms_of(db, person_id=person_id, limit=_BATCH)
    ):
        for meeting in rooms:
            if meeting.provider_id:
                client.delete_room(meeting.provider_id)
            _note_deleted(meeting, now)
    return "rooms_deleted"


def are_left(person_id: str) -> bool:
    """Return whether a room of the person is still there, by what Whereby says of the newest."""
    rooms = transact(
        lambda db: repository.newest_rooms_of(db, person_id=person_id, limit=_ASKED_ABOUT)
    )
    return any(client.has_room(room.provider_id) for room in rooms if room.provider_id)


def _moved_since(before: Meeting, now: datetime, db: Db) -> Meeting | None:
    """Return the room that is still to be made, where its session was moved since `before`."""
    wanted = _wanted(db, before.booking_id, now)
    return wanted if wanted and wanted.delete_after != before.delete_after else None


def _made(wanted: Meeting) -> bool:
    """Make a room and note it; where it is no longer wanted so, delete it and return False."""
    room = client.create_room(ends_at=wanted.delete_after)
    values: dict[str, object] = {
        "booking_id": wanted.booking_id,
        "provider_id": room.meetingId,
        "room_name": room.roomName,
        "room_url": room.roomUrl,
        "host_room_url": room.hostRoomUrl,
        "delete_after": wanted.delete_after,
    }
    is_noted = bool(transact(lambda db: repository.set_room(db, values)))
    if not is_noted:
        client.delete_room(room.meetingId)
    return is_noted


def _note_deleted(meeting: Meeting, now: datetime) -> None:
    transact(lambda db: repository.set_deleted(db, booking_id=meeting.booking_id, now=now))


def _wanted(db: Db, booking_id: str, now: datetime) -> Meeting | None:
    booking = scheduling.find(db, booking_id=booking_id)
    meeting = repository.find(db, booking_id=booking_id)
    if booking is None or booking.state != "confirmed" or meeting is None:
        return None
    return None if meeting.provider_id or meeting.delete_after <= now else meeting


def _delete(meeting: Meeting, now: datetime) -> bool:
    try:
        if meeting.provider_id:
            client.delete_room(meeting.provider_id)
    except (ProviderUnavailableError, ProviderRefusedError) as error:
        log.failure("room_not_deleted", error)
        return False
    _note_deleted(meeting, now)
    return True

"""Attendance: who was in the room and when, from Whereby's events, and what that proves."""

from datetime import datetime

from lib.core import batches
from lib.core.db import Db, DuplicateError, transact
from lib.disclosures import rules as disclosed
from lib.disclosures import service as disclosures
from lib.inbound.repository import Event
from lib.meetings import repository, rules, service
from lib.meetings.repository import Meeting
from lib.meetings.rules import Step
from lib.providers.whereby.payloads import Participant, RoomEvent
from lib.scheduling import service as scheduling
from lib.scheduling.repository import Booking

_STEPS = {
    "room.client.knocked": Step.KNOCKED,
    "room.client.joined": Step.JOINED,
    "room.client.left": Step.LEFT,
}
# Machines in the room are nobody's attendance.
_MACHINES = frozenset({"recorder", "streamer", "captioner"})
_BATCH = 50


def on_event(event: Event, now: datetime) -> str:
    """Note a knock, a joining or a leaving of one of the two; return what was made of it."""
    told = RoomEvent.model_validate_json(event.payload)
    step = _STEPS.get(told.type)
    if step is None or told.data.roleName in _MACHINES:
        return "ignored"
    return transact(lambda db: _note(db, told, step, now))


def settle_ended(now: datetime, deadline: datetime) -> int:
    """Decide about ended sessions until none is left or the deadline; return how many."""
    before = now - rules.SETTLED_AFTER

    def page(after: str) -> list[Booking]:
        return transact(
            lambda db: scheduling.ended_unsettled(db, before=before, after=after, limit=_BATCH)
        )

    ended = batches.until(deadline, page, lambda booking: booking.id)
    return sum(_settled(booking.id, now) for booking in ended)


def _settled(booking_id: str, now: datetime) -> bool:
    return transact(lambda db: _settle(db, booking_id, now))


def _note(db: Db, told: RoomEvent, step: Step, now: datetime) -> str:
    meeting = repository.of_room(db, room_name="/" + told.data.roomName.lstrip("/"))
    role = _role(meeting, told.data) if meeting else None
    if meeting is None or role is None:
        return "unknown_participant"
    try:
        repository.insert_attendance(
            db,
            {
                "event_id": told.id,
                "booking_id": meeting.booking_id,
                "role": role,
                "participant_id": told.data.participantId,
                "step": step,
                "occurred_at": told.createdAt,
            },
        )
    except DuplicateError:
        return "known"
    _show_other(db, meeting.booking_id, role, now)
    return "noted"


def _show_other(db: Db, booking_id: str, role: str, now: datetime) -> None:
    """Note that the other party sees when somebody came and went."""
    mentor_id, mentee_id = scheduling.parties(db, booking_id)
    person_id, other_id = (mentor_id, mentee_id) if role == "mentor" else (mentee_id, mentor_id)
    disclosures.to_party(
        db, person_id, other_id, disclosed.ATTENDANCE, booking_id=booking_id, now=now
    )


def _role(meeting: Meeting, participant: Participant) -> str | None:
    """Return whose key the participant carries; the mentor's counts for the room's host alone."""
    if participant.externalId == meeting.mentee_key:
        return "mentee"
    if participant.externalId == meeting.mentor_key and participant.roleName in {"host", "owner"}:
        return "mentor"
    return None


def _settle(db: Db, booking_id: str, now: datetime) -> bool:
    booking = scheduling.find(db, booking_id=booking_id)
    if booking is None or booking.state != "confirmed":
        return False
    decision = rules.decide(
        repository.attendance(db, booking_id=booking_id),
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
        now=now,
    )
    if decision is None:
        return False
    return service.settle(db, booking_id=booking_id, decision=decision, now=now)

"""Attendance: who was in the room and when, as Whereby tells it, and what that proves.

Its events tell it at once, and can be lost; what it knows itself is asked before an hour counts as
not given.
"""

from contextlib import suppress
from datetime import datetime
from functools import partial

from lib.core import batches, log
from lib.core.db import Db, DuplicateError, transact
from lib.core.errors import ProviderUnavailableError
from lib.disclosures import rules as disclosed
from lib.disclosures import service as disclosures
from lib.inbound.repository import Event
from lib.meetings import repository, rules, service
from lib.meetings.repository import Meeting
from lib.meetings.rules import Decision, Step
from lib.providers.http import ProviderRefusedError
from lib.providers.whereby import client
from lib.providers.whereby.payloads import Participant, RoomEvent, Stay
from lib.scheduling import service as scheduling
from lib.scheduling.repository import Booking

_STEPS = {
    "room.client.knocked": Step.KNOCKED,
    "room.client.joined": Step.JOINED,
    "room.client.left": Step.LEFT,
}
# Machines in the room are nobody's attendance.
_MACHINES = frozenset({"recorder", "streamer", "captioner"})
_HOSTS = frozenset({"host", "owner"})
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
    """Decide about a session; that it was not held only once Whereby was asked who was there.

    Events get lost, and an hour that was given is not to go unpaid for that.
    """
    if transact(lambda db: _is_in_doubt(db, booking_id, now)):
        try:
            _ask_who_was_there(booking_id, now)
        except (ProviderUnavailableError, ProviderRefusedError) as error:
            log.failure("attendance_not_known", error)
            if not transact(lambda db: _is_late(db, booking_id, now)):
                return False
    return transact(lambda db: _settle(db, booking_id, now))


def _is_in_doubt(db: Db, booking_id: str, now: datetime) -> bool:
    """Return whether a session would now be decided on as one that was not held."""
    booking = scheduling.find(db, booking_id=booking_id)
    decision = _decision(db, booking, now) if booking else None
    return decision is not None and not decision.is_delivered


def _is_late(db: Db, booking_id: str, now: datetime) -> bool:
    """Return whether Whereby was waited for long enough: the money can't be kept for ever."""
    booking = scheduling.find(db, booking_id=booking_id)
    return booking is None or now >= booking.ends_at + rules.ASKED_UNTIL


def _ask_who_was_there(booking_id: str, now: datetime) -> None:
    """Take what Whereby knows of who was in the room, beside what its events have told."""
    meeting = transact(lambda db: _to_ask_about(db, booking_id, now))
    if meeting is None:
        return
    for role, key in (("mentor", meeting.mentor_key), ("mentee", meeting.mentee_key)):
        for stay in client.stays(key):
            if _is_of(stay, role):
                transact(partial(_note_stay, booking_id, role, stay, now))


def _to_ask_about(db: Db, booking_id: str, now: datetime) -> Meeting | None:
    """Return the meeting; Whereby is about to be sent the keys of both, come or not."""
    meeting = repository.find(db, booking_id=booking_id)
    if meeting:
        mentor_id, mentee_id = scheduling.parties(db, booking_id)
        for role, person_id in (("mentor", mentor_id), ("mentee", mentee_id)):
            way_in = disclosed.WHEREBY_WAY_IN[role]
            disclosures.to_supplier(db, person_id, way_in, now, context_id=booking_id)
    return meeting


def _is_of(stay: Stay, role: str) -> bool:
    """Return whether a stay is the person's; the mentor's counts for the room's host alone."""
    if stay.roleName in _MACHINES:
        return False
    return role == "mentee" or stay.roleName in _HOSTS


def _note_stay(booking_id: str, role: str, stay: Stay, now: datetime, db: Db) -> None:
    for step, at in ((Step.JOINED, stay.joinedAt), (Step.LEFT, stay.leftAt)):
        if at is None:
            continue
        with suppress(DuplicateError):
            repository.insert_attendance(
                db,
                {
                    "event_id": f"insights:{stay.participantId}:{step}:{at:%Y%m%d%H%M%S}"[:100],
                    "booking_id": booking_id,
                    "role": role,
                    "participant_id": stay.participantId,
                    "step": step,
                    "occurred_at": at,
                },
            )
    _show_other(db, booking_id, role, now)


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
        db, person_id, other_id, disclosed.ATTENDANCE, context_id=booking_id, now=now
    )


def _role(meeting: Meeting, participant: Participant) -> str | None:
    """Return whose key the participant carries; the mentor's counts for the room's host alone."""
    if participant.externalId == meeting.mentee_key:
        return "mentee"
    if participant.externalId == meeting.mentor_key and participant.roleName in _HOSTS:
        return "mentor"
    return None


def _settle(db: Db, booking_id: str, now: datetime) -> bool:
    booking = scheduling.find(db, booking_id=booking_id)
    decision = _decision(db, booking, now) if booking else None
    if decision is None:
        return False
    return service.settle(db, booking_id=booking_id, decision=decision, now=now)


def _decision(db: Db, booking: Booking, now: datetime) -> Decision | None:
    if booking.state != "confirmed":
        return None
    return rules.decide(
        repository.attendance(db, booking_id=booking.id),
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
        now=now,
    )

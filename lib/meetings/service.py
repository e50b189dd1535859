"""Meetings: a room for each paid booking, the way in, and whether the hour was given."""

from datetime import datetime, timedelta

from lib.core import ids
from lib.core.db import Db, DuplicateError
from lib.core.errors import NotFoundError
from lib.disclosures import rules as disclosed
from lib.disclosures import service as disclosures
from lib.meetings import repository, rules
from lib.meetings.repository import Delivery as DeliveryRow
from lib.meetings.rules import Decision, Ground
from lib.meetings.schemas import (
    Delivery,
    Meeting,
    MeetingNotOpenError,
    MeetingNotReadyError,
    NotConfirmableError,
)
from lib.outbox import service as outbox
from lib.scheduling import service as scheduling


def plan(db: Db, *, booking_id: str, now: datetime) -> None:
    """Have a room made for a booking that has just been paid for."""
    booking = scheduling.find(db, booking_id=booking_id)
    if booking is None:
        raise NotFoundError
    try:
        repository.insert(
            db,
            {
                "booking_id": booking_id,
                "mentor_key": ids.new("att"),
                "mentee_key": ids.new("att"),
                "delete_after": booking.ends_at + rules.DELETED_AFTER,
                "now": now,
            },
        )
    except DuplicateError:
        return
    outbox.write(db, topic="meetings.create", subject_id=booking_id, now=now)


def move(db: Db, *, booking_id: str, ends_at: datetime, now: datetime) -> None:
    """Have another room made for a session that is moved, and the one there is deleted.

    A room ends when its session was to end. Whoever looked in before it was moved has not been at
    the session: the keys change, so that nothing that is told of the old room counts.
    """
    found = repository.lock(db, booking_id=booking_id)
    if found is None:
        return
    if found.provider_id:
        outbox.write(db, topic="meetings.delete", subject_id=found.provider_id, now=now)
    repository.forget_attendance(db, booking_id=booking_id)
    repository.renew(
        db,
        {
            "booking_id": booking_id,
            "mentor_key": ids.new("att"),
            "mentee_key": ids.new("att"),
            "delete_after": ends_at + rules.DELETED_AFTER,
        },
    )
    outbox.again(db, topic="meetings.create", subject_id=booking_id, now=now)


def enter(db: Db, *, booking_id: str, person_id: str, language: str, now: datetime) -> Meeting:
    """Return the person's own way into the room, while it is open.

    Raises NotFoundError for anybody but the two, MeetingNotOpenError and MeetingNotReadyError.
    """
    booking = scheduling.for_participant(db, booking_id=booking_id, person_id=person_id)
    found = repository.find(db, booking_id=booking_id)
    if found is None:
        raise NotFoundError
    opens_at = booking.starts_at - rules.OPENS_BEFORE
    closes_at = booking.ends_at + rules.CLOSES_AFTER
    is_open = rules.is_open(now, starts_at=booking.starts_at, ends_at=booking.ends_at)
    if not is_open or booking.state != "confirmed" or found.deleted_at:
        raise MeetingNotOpenError(opens_at=opens_at.isoformat(), closes_at=closes_at.isoformat())
    if not found.room_url or not found.host_room_url:
        raise MeetingNotReadyError
    from lib.providers.whereby import client

    is_mentor = person_id == booking.mentor_id
    # The address carries the key: whoever opens it shows it to Whereby.
    way_in = disclosed.WHEREBY_WAY_IN["mentor" if is_mentor else "mentee"]
    disclosures.to_supplier(db, person_id, way_in, now, context_id=booking_id)
    url = client.personal_url(
        found.host_room_url if is_mentor else found.room_url,
        participant_key=found.mentor_key if is_mentor else found.mentee_key,
        language=language,
    )
    return Meeting(
        booking_id=booking_id,
        role="mentor" if is_mentor else "mentee",
        url=url,
        opens_at=opens_at,
        closes_at=closes_at,
    )


def confirm_delivery(db: Db, *, booking_id: str, person_id: str, now: datetime) -> Delivery:
    """Take the mentee's word that the hour was given; raises NotConfirmableError."""
    booking = scheduling.for_participant(db, booking_id=booking_id, person_id=person_id)
    known = repository.delivery(db, booking_id=booking_id)
    if known and known.is_delivered and person_id == booking.mentee_id:
        return _shown(known)
    if person_id != booking.mentee_id or booking.state != "confirmed" or now < booking.starts_at:
        raise NotConfirmableError
    word = Decision(is_delivered=True, ground=Ground.MENTEE_WORD, overlap=timedelta())
    if not settle(db, booking_id=booking_id, decision=word, now=now):
        # Cancelled or decided in this very moment: what stands then is what counts.
        raise NotConfirmableError
    return Delivery(booking_id=booking_id, is_delivered=True, ground=word.ground)


def settle(db: Db, *, booking_id: str, decision: Decision, now: datetime) -> bool:
    """Close the booking, write the decision down, and have the money taken or let go.

    False, and nothing is done, where the booking is no longer one to decide about.
    """
    is_delivered = decision.is_delivered
    if not scheduling.settle(db, booking_id=booking_id, is_delivered=is_delivered, now=now):
        return False
    try:
        repository.insert_delivery(
            db,
            {
                "booking_id": booking_id,
                "is_delivered": decision.is_delivered,
                "ground": decision.ground,
                "overlap_seconds": int(decision.overlap.total_seconds()),
                "now": now,
            },
        )
    except DuplicateError:
        return False
    disclosures.between(
        db,
        scheduling.parties(db, booking_id),
        disclosed.DELIVERY,
        context_id=booking_id,
        now=now,
    )
    topic = "purchases.capture" if is_delivered else "purchases.release"
    outbox.write(db, topic=topic, subject_id=booking_id, now=now)
    return True


def call_off(db: Db, *, booking_id: str, now: datetime) -> None:
    """Have the room deleted, if there is one: nobody will meet in it."""
    repository.bring_deletion_forward(db, booking_id=booking_id, now=now)


def delivery(db: Db, *, booking_id: str) -> DeliveryRow | None:
    """Return whether the session counts as held, once that is decided."""
    return repository.delivery(db, booking_id=booking_id)


def _shown(known: DeliveryRow) -> Delivery:
    return Delivery.model_validate(known, from_attributes=True)

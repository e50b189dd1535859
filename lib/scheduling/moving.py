"""A booking moved to another time by its mentee: all of it in one transaction, or nothing.

The time that it has is given back and the new one taken, so that the two may overlap; where the new
one is taken, everything is as it was. What was agreed before stays as a row of `booking_move`.
"""

from dataclasses import replace
from datetime import datetime

from lib.core.db import Db
from lib.core.errors import NotFoundError
from lib.disclosures import rules as disclosed
from lib.disclosures import service as disclosures
from lib.mentors import service as mentors
from lib.scheduling import (
    availability,
    calendar_repository,
    limiting,
    move_repository,
    repository,
    rules,
)
from lib.scheduling import slots as offered
from lib.scheduling.availability import Schedule
from lib.scheduling.booking import clear_the_way, lock_unrestricted, take
from lib.scheduling.move_repository import Move
from lib.scheduling.move_schemas import (
    BookingMove,
    BookingNotMovableError,
    MoveBeyondPaymentError,
    MoveBooking,
    Moves,
    TooManyMovesError,
)
from lib.scheduling.schemas import Booking, SlotNotOfferedError
from lib.scheduling.service import for_participant, shown


def move(db: Db, booking_id: str, wanted: MoveBooking, *, mentee_id: str, now: datetime) -> Booking:
    """Move a booking to a slot that its mentor offers; at the time that it has, it stays there.

    Raises NotFoundError to anybody but its mentee, BookingNotMovableError, TooManyMovesError,
    SlotNotOfferedError, SlotTakenError, LimitReachedError, MoveBeyondPaymentError,
    ProcessingRestrictedError.
    """
    seen = repository.booking_of(db, booking_id, mentee_id)
    if seen is None or seen.mentee_id != mentee_id:
        raise NotFoundError
    schedule = offered.schedule_around(db, seen.mentor_id, wanted.starts_at)
    needs_approval = _refuse_not_offered(db, seen, schedule, wanted.starts_at, now)
    minutes = rules.minutes_of(seen.starts_at, seen.ends_at)
    session = availability.session_quarters(wanted.starts_at, minutes)
    times = {
        seen.mentor_id: availability.with_buffers(session, schedule),
        mentee_id: session,
    }
    lock_unrestricted(db, times, mentee_id)
    before = repository.lock_booking(db, booking_id)
    if before is None:
        raise NotFoundError
    if before.starts_at == wanted.starts_at:
        return shown(before, mentee_id)
    if needs_approval and before.state != "requested":
        # It is this time that the mentor has approved, and no other.
        raise BookingNotMovableError
    _refuse_not_movable(db, before, schedule, now)
    after = _at(before, availability.moment_of(session.start), now)
    _refuse_beyond_payment(db, after)
    clear_the_way(db, times, now)
    limiting.require_room(
        db, schedule, (seen.mentor_id, mentee_id), after.starts_at, now, moved_id=booking_id
    )
    calendar_repository.free_time(db, [booking_id])
    take(db, booking_id, times)
    repository.move_booking(db, vars(after))
    _note(db, before, after, wanted.reason, now)
    return shown(after, mentee_id)


def read(db: Db, booking_id: str, *, person_id: str) -> Moves:
    """Return how a booking was moved, oldest first; NotFoundError to all but its parties."""
    booking = for_participant(db, booking_id, person_id)
    found = move_repository.moves_of(db, booking.id, rules.MAX_MOVES)
    return Moves(moves=[BookingMove.model_validate(each, from_attributes=True) for each in found])


def _at(before: repository.Booking, starts_at: datetime, now: datetime) -> repository.Booking:
    """Return the booking at its new time; unpaid, the time to answer or to pay begins anew."""
    ends_at = starts_at + (before.ends_at - before.starts_at)
    until = rules.moved_hold_ends(before.state, before.hold_expires_at, now, starts_at)
    return replace(
        before,
        starts_at=starts_at,
        ends_at=ends_at,
        hold_expires_at=until,
        version=before.version + 1,
    )


def _refuse_not_offered(
    db: Db, booking: repository.Booking, schedule: Schedule, starts_at: datetime, now: datetime
) -> bool:
    """Raise SlotNotOfferedError, or return whether the offer's mentor approves each booking."""
    try:
        offer = mentors.offer_for_sale(db, booking.offer_id)
    except NotFoundError:
        raise SlotNotOfferedError from None
    minutes = rules.minutes_of(booking.starts_at, booking.ends_at)
    if not (offer.is_bookable and offered.is_offered(schedule, starts_at, minutes, now)):
        raise SlotNotOfferedError
    return offer.needs_approval


def _refuse_not_movable(
    db: Db, booking: repository.Booking, schedule: Schedule, now: datetime
) -> None:
    has_run_out = rules.has_run_out(booking.state, booking.hold_expires_at, now)
    closes_at = rules.move_closes(booking.starts_at, schedule.move_notice_minutes)
    if has_run_out or not rules.is_movable(booking.state, closes_at, now):
        raise BookingNotMovableError
    moves = move_repository.count_moves(db, booking.id, rules.MAX_MOVES)
    if moves >= rules.MAX_MOVES:
        raise TooManyMovesError


def _refuse_beyond_payment(db: Db, moved: repository.Booking) -> None:
    """Keep a paid session where what was paid still pays for it."""
    if moved.state != "confirmed":
        return
    from lib.purchases import service as purchases

    bounds = purchases.movable(db, booking_id=moved.id)
    if not bounds.earliest_start <= moved.starts_at <= bounds.latest_start or (
        moved.ends_at > bounds.latest_end
    ):
        raise MoveBeyondPaymentError


def _note(
    db: Db,
    before: repository.Booking,
    after: repository.Booking,
    reason: str | None,
    now: datetime,
) -> None:
    """Keep what was agreed before, and have the room made anew for its new time."""
    moved = Move(
        booking_id=after.id,
        version=after.version,
        from_starts_at=before.starts_at,
        to_starts_at=after.starts_at,
        moved_by=after.mentee_id,
        reason=reason,
        moved_at=now,
    )
    move_repository.insert_move(db, vars(moved))
    parties = (after.mentor_id, after.mentee_id)
    disclosures.between(db, parties, disclosed.MOVE, context_id=after.id, now=now)
    if after.state == "confirmed":
        from lib.meetings import service as meetings

        meetings.move(db, booking_id=after.id, ends_at=after.ends_at, now=now)

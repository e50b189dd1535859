"""A request for a slot, where the offer needs its mentor's approval: approved or declined.

It takes the time of both from the moment it is made, so what is approved can't be lost meanwhile.
Nobody answering, it runs out as a hold does.
"""

from datetime import datetime

from lib.consent import service as consent
from lib.core.db import Db
from lib.core.errors import NotFoundError
from lib.scheduling import repository, rules
from lib.scheduling.schemas import Booking, DeclineBooking, RequestNotOpenError
from lib.scheduling.service import advance, shown


def approve(db: Db, booking_id: str, *, mentor_id: str, now: datetime) -> Booking:
    """Approve a request, which is then held for a day, so that its mentee can pay for it.

    Raises NotFoundError to anybody but its mentor; RequestNotOpenError where it waits for no
    answer, and where the mentee's data may only be kept: until it is paid for it is no deal yet.
    """
    request = _answerable(db, booking_id, mentor_id, now)
    if consent.is_restricted(db, request.mentee_id):
        raise RequestNotOpenError
    until = rules.approved_hold_ends(now, request.starts_at)
    return shown(advance(db, request, "held", hold_expires_at=until), mentor_id)


def decline(
    db: Db, booking_id: str, wanted: DeclineBooking, *, mentor_id: str, now: datetime
) -> Booking:
    """Decline a request; its time is free again.

    Raises NotFoundError to anybody but its mentor, RequestNotOpenError.
    """
    request = _answerable(db, booking_id, mentor_id, now)
    declined = advance(
        db,
        request,
        "declined",
        closed_at=now,
        closed_by=mentor_id,
        closed_reason=wanted.reason,
    )
    return shown(declined, mentor_id)


def _answerable(db: Db, booking_id: str, mentor_id: str, now: datetime) -> repository.Booking:
    found = repository.lock_booking(db, booking_id)
    if found is None or found.mentor_id != mentor_id:
        raise NotFoundError
    if not rules.is_answerable(found.state, found.hold_expires_at, now):
        raise RequestNotOpenError
    return found

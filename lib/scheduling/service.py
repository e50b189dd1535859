"""Bookings in their course: what their parties see and do, and what other domains do with them.

Every change of state goes through `advance`, which the table in rules.py allows or forbids. Whoever
changes a booking has locked its row.
"""

from dataclasses import replace
from datetime import datetime

from lib.consent import service as consent
from lib.core import clock, page_keys
from lib.core.db import Db, transact
from lib.core.errors import NotFoundError
from lib.mentors import service as mentors
from lib.outbox import service as outbox
from lib.scheduling import calendar_repository, repository, rules
from lib.scheduling.rules import State
from lib.scheduling.schemas import (
    Booking,
    BookingDetail,
    BookingNotCancellableError,
    BookingNotPayableError,
    Bookings,
    ListBookings,
    PaymentNotOpenError,
)


def list_own(db: Db, wanted: ListBookings, *, person_id: str) -> Bookings:
    """Return a page of the person's bookings in one role, the newest first."""
    after = page_keys.begin(wanted.after, None)
    found = repository.bookings_of(
        db, person_id, role=wanted.role, after=after, limit=wanted.limit + 1
    )
    page, following = page_keys.cut(found, wanted.limit)
    return Bookings(
        bookings=_detailed(db, page, person_id),
        next=following,
    )


def read(db: Db, booking_id: str, *, person_id: str) -> BookingDetail:
    """Return a booking to one of its parties; raises NotFoundError to everybody else."""
    return _detailed(db, [for_participant(db, booking_id, person_id)], person_id)[0]


def cancel(db: Db, booking_id: str, reason: str, *, person_id: str, now: datetime) -> Booking:
    """Call a session off, as either party, before it begins; what was paid is released in full.

    Raises NotFoundError, BookingNotCancellableError.
    """
    booking = repository.lock_booking(db, booking_id)
    if booking is None or person_id not in {booking.mentee_id, booking.mentor_id}:
        raise NotFoundError
    if not rules.is_cancellable(booking.state, booking.starts_at, now):
        raise BookingNotCancellableError
    return shown(_cancelled(db, booking, person_id, reason, now), person_id)


def find(db: Db, booking_id: str) -> repository.Booking | None:
    """Return the booking, unlocked, whoever it is of."""
    return repository.booking(db, booking_id)


def parties(db: Db, booking_id: str) -> tuple[str, str]:
    """Return the mentor and the mentee of a booking; raises NotFoundError."""
    found = repository.booking(db, booking_id)
    if found is None:
        raise NotFoundError
    return found.mentor_id, found.mentee_id


def for_participant(db: Db, booking_id: str, person_id: str) -> repository.Booking:
    """Return the booking, unlocked; raises NotFoundError unless the person is a party to it."""
    found = repository.booking_of(db, booking_id, person_id)
    if found is None:
        raise NotFoundError
    return found


def payable(db: Db, booking_id: str, mentee_id: str, now: datetime) -> repository.Booking:
    """Return a booking that its mentee may pay for now, locked until the commit.

    Raises NotFoundError to anybody but the mentee, BookingNotPayableError once it is paid for,
    over, its hold has run out, or the mentor's data may only be kept: until it is paid for it is
    no deal yet. PaymentNotOpenError more than six days ahead.
    """
    booking = repository.lock_booking(db, booking_id)
    if booking is None or booking.mentee_id != mentee_id:
        raise NotFoundError
    is_payable = rules.is_payable(booking.state, booking.hold_expires_at, now)
    if not is_payable or consent.is_restricted(db, booking.mentor_id):
        raise BookingNotPayableError
    opens_at = rules.payment_opens(booking.starts_at)
    if now < opens_at:
        raise PaymentNotOpenError(opens_at=opens_at.isoformat())
    return booking


def await_payment(db: Db, booking_id: str, until: datetime, now: datetime) -> None:
    """Keep the time until the payment that was begun has come to its end.

    Raises NotFoundError, BookingNotPayableError.
    """
    booking = _locked(db, booking_id)
    if not rules.is_payable(booking.state, booking.hold_expires_at, now):
        raise BookingNotPayableError
    advance(db, booking, "awaiting_payment", hold_expires_at=until)


def confirm(db: Db, booking_id: str, now: datetime) -> bool:
    """Confirm the booking: its payment is reserved.

    False where it no longer waits for a payment (ended, or confirmed by another): the caller then
    releases the money. Call it once a payment. Raises NotFoundError.
    """
    booking = _locked(db, booking_id)
    if booking.state != "awaiting_payment":
        return False
    advance(db, booking, "confirmed", confirmed_at=now)
    return True


def release(db: Db, booking_id: str, now: datetime, *, is_run_out: bool = False) -> bool:
    """Give the time of an unpaid booking back; False where there was none (left) to give back.

    `is_run_out`: only where the time to pay for it is over, as it stands once the row is locked.
    """
    booking = repository.lock_booking(db, booking_id)
    if booking is None or "expired" not in rules.TRANSITIONS[booking.state]:
        return False
    if is_run_out and now < booking.hold_expires_at:
        return False
    advance(db, booking, "expired", closed_at=now)
    return True


def call_off(db: Db, booking_id: str, now: datetime, *, by: str | None = None) -> bool:
    """Cancel a session that nobody pays for any more; False once it has begun, or is over.

    `by` is the party who wants it so; nobody where the payment was lost.
    """
    booking = repository.lock_booking(db, booking_id)
    if booking is None or not rules.is_cancellable(booking.state, booking.starts_at, now):
        return False
    _cancelled(db, booking, by, None, now)
    return True


def held_by(db: Db, booking_id: str, mentee_id: str, now: datetime) -> repository.Booking:
    """Return a held booking that its mentee may pay for with hours, locked until the commit.

    Raises NotFoundError to anybody but the mentee; BookingNotPayableError once its hold has run
    out, while a payment is under way for it, and where the mentor's data may only be kept.
    """
    booking = repository.lock_booking(db, booking_id)
    if booking is None or booking.mentee_id != mentee_id:
        raise NotFoundError
    is_held = booking.state == "held" and now < booking.hold_expires_at
    if not is_held or consent.is_restricted(db, booking.mentor_id):
        raise BookingNotPayableError
    return booking


def confirm_prepaid(db: Db, booking_id: str, now: datetime) -> None:
    """Confirm a held booking that hours have paid for; raises NotFoundError."""
    advance(db, _locked(db, booking_id), "confirmed", confirmed_at=now)


def standing(db: Db, booking_id: str, now: datetime) -> rules.Standing:
    """Return how a paid session stands, for whoever has to decide about its money."""
    booking = repository.lock_booking(db, booking_id)
    return rules.standing(booking.state, booking.starts_at, now) if booking else "not_held"


def settle(db: Db, booking_id: str, *, is_delivered: bool, now: datetime) -> bool:
    """Close a session that was due: it took place or it did not.

    False where it was not confirmed (any more). Raises NotFoundError.
    """
    booking = _locked(db, booking_id)
    if booking.state != "confirmed":
        return False
    advance(db, booking, "completed" if is_delivered else "undelivered", closed_at=now)
    return True


def ended_unsettled(
    db: Db, *, before: datetime, limit: int, after: str = ""
) -> list[repository.Booking]:
    """Return up to `limit` confirmed bookings that ended by `before`, with ids above `after`."""
    return repository.ended_unsettled(db, before=before, after=after, limit=limit)


def awaiting_run_out(
    db: Db, *, before: datetime, limit: int, after: str = ""
) -> list[repository.Booking]:
    """Return up to `limit` bookings, with ids above `after`, whose time to pay was over `before`.

    They are free to go once no payment is under way for them, which is for `purchases` to say.
    """
    return repository.awaiting_run_out(db, before=before, after=after, limit=limit)


def open_for(db: Db, person_id: str) -> list[str]:
    """Return the ids of bookings that are under way for the person, as mentee or mentor."""
    return repository.open_of(db, person_id, sorted(rules.OPEN), rules.MAX_OPEN)


def have_dealt(db: Db, person_id: str, other_id: str) -> bool:
    """Return whether two people have, or have had, a session that was confirmed."""
    return repository.have_dealt(db, person_id, other_id)


def release_run_out(now: datetime, deadline: datetime) -> int:
    """Release requests and unpaid holds that have run out by `now`, until none or no time is left.

    Opens its own transactions, one a batch; returns how many were released.
    """
    released = 0
    while clock.now() < deadline:
        batch = transact(lambda db: _release_batch(db, now))
        released += batch
        if not batch:
            break
    return released


def _release_batch(db: Db, now: datetime) -> int:
    run_out = repository.lock_run_out(db, now, rules.RELEASE_BATCH)
    if run_out:
        repository.expire(db, run_out, now)
        calendar_repository.free_time(db, run_out)
    return len(run_out)


def shown(booking: repository.Booking, person_id: str) -> Booking:
    """Return the booking as one of its parties sees it."""
    return Booking.model_validate(_fields(booking, person_id))


def _detailed(db: Db, bookings: list[repository.Booking], person_id: str) -> list[BookingDetail]:
    others = {
        booking.id: booking.mentor_id if booking.mentee_id == person_id else booking.mentee_id
        for booking in bookings
    }
    names = mentors.public_names(db, others.values())
    return [
        BookingDetail.model_validate(
            {**_fields(booking, person_id), "counterpart": names.get(others[booking.id], "")}
        )
        for booking in bookings
    ]


def _fields(booking: repository.Booking, person_id: str) -> dict[str, object]:
    cancelled_by = "mentee" if booking.closed_by == booking.mentee_id else "mentor"
    return {
        **vars(booking),
        "role": "mentee" if booking.mentee_id == person_id else "mentor",
        "pay_from": max(booking.created_at, rules.payment_opens(booking.starts_at)),
        "cancelled_by": cancelled_by if booking.closed_by else None,
        "cancel_reason": booking.closed_reason,
    }


def _locked(db: Db, booking_id: str) -> repository.Booking:
    booking = repository.lock_booking(db, booking_id)
    if booking is None:
        raise NotFoundError
    return booking


def _cancelled(
    db: Db, booking: repository.Booking, by: str | None, reason: str | None, now: datetime
) -> repository.Booking:
    """Cancel a booking, and have what was paid for it let go or given back."""
    cancelled = advance(db, booking, "cancelled", closed_at=now, closed_by=by, closed_reason=reason)
    if rules.has_payment(booking.state):
        outbox.write(db, topic="purchases.release", subject_id=booking.id, now=now)
    return cancelled


def advance(
    db: Db, booking: repository.Booking, to: State, **changes: datetime | str | None
) -> repository.Booking:
    """Take a locked booking to its next state, with what else changes; return it as it is then."""
    rules.check_transition(booking.state, to)
    moved = replace(booking, state=to, **changes)  # type: ignore[arg-type]  # by name, at run time
    repository.update_booking(db, vars(moved))
    if to in rules.FREES_TIME:
        calendar_repository.free_time(db, [booking.id])
    return moved

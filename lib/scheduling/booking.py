"""Taking a slot, so that it can be taken once.

The booking row is the hold, and every quarter hour that it takes of the mentor's and the mentee's
calendar is a row whose key is unique: of all who try at once, one commits.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from lib.accounts import service as accounts
from lib.blocks import service as blocks
from lib.core import ids
from lib.core.db import Db, DuplicateError
from lib.core.errors import NotFoundError, ProcessingRestrictedError
from lib.disclosures import rules as disclosed
from lib.disclosures import service as disclosures
from lib.mentors import service as mentors
from lib.policies import service as policies
from lib.scheduling import availability, calendar_repository, limiting, repository, rules, slots
from lib.scheduling.schemas import (
    Booking,
    BookSlot,
    OwnOfferError,
    SlotNotOfferedError,
    SlotTakenError,
    TooManyUnpaidError,
)
from lib.scheduling.service import shown


def book(db: Db, wanted: BookSlot, *, mentee_id: str, now: datetime) -> Booking:
    """Hold a slot until it is to be paid for; where the offer needs approval, request it first.

    Raises PolicyNotAcceptedError, NotFoundError, OwnOfferError, SlotNotOfferedError,
    TooManyUnpaidError, LimitReachedError, and SlotTakenError where the mentor or the mentee is
    taken at that time.
    """
    policies.require_accepted(db, mentee_id, now)
    offer = mentors.offer_for_sale(db, wanted.offer_id)
    if offer.mentor_id == mentee_id:
        raise OwnOfferError
    schedule = slots.schedule_around(db, offer.mentor_id, wanted.starts_at)
    is_offered = slots.is_offered(schedule, wanted.starts_at, offer.minutes, now)
    if not (offer.is_bookable and is_offered):
        raise SlotNotOfferedError
    session = availability.session_quarters(wanted.starts_at, offer.minutes)
    times = {
        offer.mentor_id: availability.with_buffers(session, schedule),
        mentee_id: session,
    }
    lock_unrestricted(db, times, mentee_id)
    if blocks.is_between(db, mentee_id, offer.mentor_id):
        raise NotFoundError
    clear_the_way(db, times, now)
    if repository.count_unpaid(db, mentee_id, now=now, limit=rules.MAX_UNPAID) >= rules.MAX_UNPAID:
        raise TooManyUnpaidError
    limiting.require_room(db, schedule, (offer.mentor_id, mentee_id), wanted.starts_at, now)
    starts_at = availability.moment_of(session.start)
    made = repository.Booking(
        id=ids.new("bkg"),
        offer_id=offer.id,
        mentor_id=offer.mentor_id,
        mentee_id=mentee_id,
        title=offer.title,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=offer.minutes),
        price_ore=offer.price_ore,
        currency=offer.currency,
        state="requested" if offer.needs_approval else "held",
        version=0,
        hold_expires_at=(rules.answer_due if offer.needs_approval else rules.hold_ends)(
            now, starts_at
        ),
        created_at=now,
        confirmed_at=None,
        closed_at=None,
        closed_by=None,
        closed_reason=None,
    )
    repository.insert_booking(db, vars(made))
    take(db, made.id, times)
    parties = (made.mentor_id, made.mentee_id)
    disclosures.between(db, parties, disclosed.DEAL, context_id=made.id, now=now)
    return shown(made, mentee_id)


def lock_unrestricted(db: Db, person_ids: Iterable[str], mentee_id: str) -> None:
    """Let bookings of the same people come one after another; none begins with restricted data.

    The key of calendar_atom decides who gets a slot; the lock only spares rivals the deadlocks that
    InnoDB makes of them when the first one is refused after the second and third began to wait.
    Raises ProcessingRestrictedError, or SlotNotOfferedError where it is the mentor's.
    """
    restricted = {each.id for each in accounts.lock_people(db, person_ids) if each.restricted_at}
    if mentee_id in restricted:
        raise ProcessingRestrictedError
    if restricted:
        raise SlotNotOfferedError


def take(db: Db, booking_id: str, times: dict[str, range]) -> None:
    """Take each person's time for a booking; raises SlotTakenError where some of it is taken."""
    atoms = [(person_id, quarter) for person_id, taken in times.items() for quarter in taken]
    try:
        calendar_repository.take_time(db, booking_id, atoms)
    except DuplicateError:
        raise SlotTakenError from None


def clear_the_way(db: Db, times: dict[str, range], now: datetime) -> None:
    """Release the unpaid holds in the way that have run out, without waiting for cron to do it."""
    candidates = calendar_repository.run_out_in_the_way(db, times, now)
    locked = [repository.lock_booking(db, booking_id) for booking_id in candidates]
    run_out = [
        each.id
        for each in locked
        if each and rules.has_run_out(each.state, each.hold_expires_at, now)
    ]
    if run_out:
        repository.expire(db, run_out, now)
        calendar_repository.free_time(db, run_out)

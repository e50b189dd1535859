"""What became of a payment: asked of its rail, and carried into the booking and the books.

The webhook, the app's polling and the cron sweep all end here, in any order and as often as they
like.
"""

from datetime import datetime, timedelta

from lib.core import batches, log
from lib.core.db import Db, transact
from lib.inbound.repository import Event
from lib.ledger import service as ledger
from lib.ledger.rules import RAIL_ACCOUNTS, Account, Entry
from lib.meetings import service as meetings
from lib.operations import service as operations
from lib.operations.service import Operation
from lib.outbox import service as outbox
from lib.providers.vipps.payloads import PaymentEvent
from lib.purchases import asking, kinds, rails, repository, rules
from lib.purchases.rails import Payment, PaymentState, PaymentUnknownError, RefusedError
from lib.purchases.repository import Purchase
from lib.scheduling import service as scheduling
from lib.scheduling.repository import Booking

RESERVE = "reserve"
_AUTHORISED = "AUTHORIZED"
_SILENCE = timedelta(seconds=30)
# What is reserved can be let go by the bank, or in the rail's own portal: looked at now and then.
_RESERVED_LOOK = timedelta(hours=6)
_BATCH = 20


def on_event(event: Event, now: datetime) -> str:
    """Look at the payment that a webhook of Vipps speaks of; return what was made of it."""
    told = PaymentEvent.model_validate_json(event.payload)
    return on_news(told.reference, now, is_approved=told.name == _AUTHORISED)


def on_news(reference: str, now: datetime, *, is_approved: bool) -> str:
    """Look at a payment that there is news of; return what was made of it."""
    purchase_id = transact(lambda db: repository.id_of_reference(db, reference=reference))
    if purchase_id is None:
        return "unknown_reference"
    state = check(purchase_id, now)
    if is_approved and state in rules.CLOSED:
        # Approved after we had given it up: what is reserved is let go, never kept.
        transact(
            lambda db: outbox.write(db, topic="purchases.let_go", subject_id=purchase_id, now=now)
        )
    return state


def check(purchase_id: str, now: datetime) -> str:
    """Ask about a payment that is open and act on the answer; return the purchase's state."""
    purchase = transact(lambda db: repository.lock(db, purchase_id=purchase_id))
    if purchase is None or purchase.state not in rules.OPEN:
        return purchase.state if purchase else "unknown"
    try:
        found = rails.of(purchase).find(purchase, now)
    except PaymentUnknownError:
        return transact(lambda db: _never_made(db, purchase_id, now))
    is_undecided = found.state is PaymentState.CREATED
    if is_undecided and rules.is_overdue(purchase.created_at, now):
        found = _give_up(purchase, now)
    return transact(lambda db: _apply(db, purchase_id, found, now))


def sweep(now: datetime, deadline: datetime) -> int:
    """Ask about payments that nothing was heard of, until none is left; return how many."""

    def open_page(after: str) -> list[repository.Id]:
        return transact(
            lambda db: repository.unchecked(
                db, state="created", before=now - _SILENCE, after=after, limit=_BATCH
            )
        )

    def reserved_page(after: str) -> list[repository.Id]:
        return transact(
            lambda db: repository.unchecked(
                db, state="authorised", before=now - _RESERVED_LOOK, after=after, limit=_BATCH
            )
        )

    return sum(
        _asked(silent.id, now)
        for page in (open_page, reserved_page)
        for silent in batches.until(deadline, page, lambda row: row.id)
    )


def free_unpaid(now: datetime, deadline: datetime) -> int:
    """Free the time of bookings whose payments came to nothing; return how many.

    A payment that a rail refuses to make leaves its booking awaiting another, until the hold ends.
    """

    def page(after: str) -> list[Booking]:
        return transact(
            lambda db: scheduling.awaiting_run_out(db, before=now, after=after, limit=_BATCH)
        )

    run_out = batches.until(deadline, page, lambda booking: booking.id)
    return sum(_freed(booking.id, now) for booking in run_out)


def _asked(purchase_id: str, now: datetime) -> bool:
    return batches.tried(lambda: bool(check(purchase_id, now)), "payment_not_checked")


def _freed(booking_id: str, now: datetime) -> bool:
    return batches.tried(
        lambda: transact(lambda db: _free(db, booking_id, now)), "booking_not_freed"
    )


def _free(db: Db, booking_id: str, now: datetime) -> bool:
    payments = repository.of_booking(db, booking_id=booking_id)
    if any(payment.state in rules.OPEN for payment in payments):
        return False
    return scheduling.release(db, booking_id=booking_id, now=now, is_run_out=True)


def _apply(db: Db, purchase_id: str, found: Payment, now: datetime) -> str:
    purchase = repository.lock(db, purchase_id=purchase_id)
    if purchase is None or purchase.state not in rules.OPEN:
        return purchase.state if purchase else "unknown"
    if purchase.state == "authorised":
        return _look_at_reserved(db, purchase, found, now)
    if found.state is PaymentState.AUTHORISED:
        return _authorise(db, purchase, found, now)
    if found.state is PaymentState.CREATED:
        repository.set_checked(db, purchase_id=purchase_id, now=now)
        return purchase.state
    return _end(db, purchase, found.state, now)


def _look_at_reserved(db: Db, purchase: Purchase, found: Payment, now: datetime) -> str:
    """Give up what was reserved and is no more: by us, by its bank, or by hand.

    A session that is still to come is called off with it: nobody gives an hour that nobody pays.
    """
    if not found.is_let_go:
        repository.set_checked(db, purchase_id=purchase.id, now=now)
        return purchase.state
    booking_id = purchase.booking_id
    if booking_id and scheduling.standing(db, booking_id=booking_id, now=now) == "not_held":
        # Our own asking, whose answer is on its way or was lost (release.py).
        release_done(db, purchase, now)
        return "released"
    log.event("reservation_lost", purchase=purchase.id)
    _answer_letting_go(db, purchase, now)
    repository.close(db, purchase_id=purchase.id, state="expired", now=now)
    ledger.expire(db, cause_id=purchase.id, step=RESERVE, now=now)
    if booking_id:
        scheduling.call_off(db, booking_id=booking_id, now=now)
    return "expired"


def release_done(db: Db, purchase: Purchase, now: datetime) -> None:
    """Record that what was reserved, or only asked for, was let go; the caller has locked it."""
    _answer_letting_go(db, purchase, now)
    repository.close(db, purchase_id=purchase.id, state="released", now=now)
    if purchase.state == "authorised":
        ledger.void(db, cause_id=purchase.id, step=RESERVE, now=now)


def answer_giving_up(db: Db, purchase: Purchase, now: datetime) -> None:
    """Close an asking to give the payment up that had no answer: it was approved, and taken."""
    kind = kinds.give_up(purchase)
    operations.abandon(db, kind=kind, subject_id=purchase.id, code="approved", now=now)


def _authorise(db: Db, purchase: Purchase, found: Payment, now: datetime) -> str:
    if found.authorised_ore != purchase.amount_ore:
        # Nobody has ever seen this; money is not guessed about.
        log.event("authorised_amount_differs", purchase=purchase.id)
        repository.set_checked(db, purchase_id=purchase.id, now=now)
        return purchase.state
    _answer_making(db, purchase, now)
    repository.set_authorised(
        db, purchase_id=purchase.id, guaranteed_until=found.guaranteed_until, now=now
    )
    reserved = Entry(
        RESERVE,
        debit=(RAIL_ACCOUNTS[purchase.rail], ""),
        credit=(Account.PREPAID, purchase.id),
        amount_ore=purchase.amount_ore,
        is_pending=True,
    )
    ledger.book(db, [reserved], cause_id=purchase.id, now=now)
    if purchase.booking_id is None:
        outbox.write(db, topic="purchases.issue", subject_id=purchase.id, now=now)
    elif scheduling.confirm(db, booking_id=purchase.booking_id, now=now):
        meetings.plan(db, booking_id=purchase.booking_id, now=now)
    else:
        # The time was given up before the money came: it goes back.
        outbox.write(db, topic="purchases.release", subject_id=purchase.booking_id, now=now)
    return "authorised"


def _end(db: Db, purchase: Purchase, state: str, now: datetime) -> str:
    """End a payment and free the slot; who only turned back keeps it while the hold lasts."""
    if state == "failed":
        kind = kinds.create(purchase)
        operations.abandon(db, kind=kind, subject_id=purchase.id, code="never_made", now=now)
    _answer_letting_go(db, purchase, now)
    repository.close(db, purchase_id=purchase.id, state=state, now=now)
    may_try_again = state == PaymentState.ABORTED
    if purchase.booking_id:
        scheduling.release(db, booking_id=purchase.booking_id, now=now, is_run_out=may_try_again)
    return state


def _never_made(db: Db, purchase_id: str, now: datetime) -> str:
    """Leave a payment that its rail does not know to the app's retry, while there is time."""
    purchase = repository.lock(db, purchase_id=purchase_id)
    if purchase is None or purchase.state != "created":
        return "unknown"
    if rules.is_overdue(purchase.created_at, now):
        return _end(db, purchase, "failed", now)
    repository.set_checked(db, purchase_id=purchase_id, now=now)
    return purchase.state


def _answer_making(db: Db, purchase: Purchase, now: datetime) -> None:
    """Close the asking for a payment whose answer was lost: its rail knows it, so it was made."""
    operations.certain(db, kind=kinds.create(purchase), subject_id=purchase.id, now=now)


def _answer_letting_go(db: Db, purchase: Purchase, now: datetime) -> None:
    """Close every asking about a payment that has ended, whoever ended it.

    That nobody can pay it, or take its money, any more is what letting it go asks for.
    """
    _answer_making(db, purchase, now)
    for kind in kinds.every_let_go(purchase):
        operations.certain(db, kind=kind, subject_id=purchase.id, now=now)


def _give_up(purchase: Purchase, now: datetime) -> Payment:
    """Let go a payment that was never approved, and return what its rail then says of it."""
    operation = transact(lambda db: _begin_giving_up(db, purchase, now))
    if operation is None:
        return asking.truth(purchase, now)
    try:
        rails.of(purchase).let_go(purchase, operation, now)
    except RefusedError as error:
        # It was approved or has ended in this moment; the look below says which.
        code = error.code
        transact(lambda db: operations.refused(db, operation, code=code, now=now))
    else:
        transact(lambda db: operations.done(db, operation, now=now))
    return asking.truth(purchase, now)


def _begin_giving_up(db: Db, purchase: Purchase, now: datetime) -> Operation | None:
    """Return what to ask with; None where the payment has ended, or was approved, by now."""
    current = repository.lock(db, purchase_id=purchase.id)
    if current is None or current.state != purchase.state:
        return None
    kind = kinds.let_go(purchase)
    return operations.begin(db, kind=kind, subject_id=purchase.id, given={}, now=now)

"""What became of a payment: asked of Vipps, and carried into the booking and the books.

The webhook, the app's polling and the cron sweep all end here, in any order and as often as they
like.
"""

from datetime import datetime, timedelta

from lib.core import batches, log
from lib.core.db import Db, transact
from lib.inbound.repository import Event
from lib.ledger import service as ledger
from lib.ledger.rules import Account
from lib.meetings import service as meetings
from lib.operations import service as operations
from lib.outbox import service as outbox
from lib.providers.http import ProviderRefusedError
from lib.providers.vipps import epayment
from lib.providers.vipps.payloads import Payment, PaymentEvent
from lib.purchases import repository, rules
from lib.purchases.repository import Purchase
from lib.scheduling import service as scheduling
from lib.scheduling.repository import Booking

RESERVE = "reserve"
GIVE_UP = "vipps.cancel.created"
_AUTHORISED = "AUTHORIZED"
_SILENCE = timedelta(seconds=30)
_BATCH = 20


def on_event(event: Event, now: datetime) -> str:
    """Look at the payment that a webhook speaks of; return what was made of it."""
    told = PaymentEvent.model_validate_json(event.payload)
    reference = told.reference
    purchase_id = transact(lambda db: repository.id_of_reference(db, reference=reference))
    if purchase_id is None:
        return "unknown_reference"
    state = check(purchase_id, now)
    if told.name == _AUTHORISED and state in rules.CLOSED:
        # Approved after we had given it up: what is reserved is let go, never kept.
        transact(
            lambda db: outbox.write(db, topic="purchases.let_go", subject_id=purchase_id, now=now)
        )
    return state


def check(purchase_id: str, now: datetime) -> str:
    """Ask Vipps about an open payment and act on the answer; return the purchase's state."""
    purchase = transact(lambda db: repository.lock(db, purchase_id=purchase_id))
    if purchase is None or purchase.state != "created":
        return purchase.state if purchase else "unknown"
    try:
        found = epayment.find(purchase.reference, now=now)
    except epayment.PaymentUnknownError:
        return transact(lambda db: _never_made(db, purchase_id, now))
    if found.state == "CREATED" and rules.is_overdue(purchase.created_at, now):
        found = _give_up(purchase, now)
    return transact(lambda db: _apply(db, purchase_id, found, now))


def sweep(now: datetime, deadline: datetime) -> int:
    """Ask about silent open payments until none is left or the deadline; return how many."""

    def page(after: str) -> list[repository.Id]:
        return transact(
            lambda db: repository.unchecked(db, before=now - _SILENCE, after=after, limit=_BATCH)
        )

    return sum(
        _asked(silent.id, now) for silent in batches.until(deadline, page, lambda row: row.id)
    )


def free_unpaid(now: datetime, deadline: datetime) -> int:
    """Free the time of bookings whose payments came to nothing; return how many.

    A payment that Vipps refuses to make leaves its booking awaiting another, until the hold ends.
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
    return transact(lambda db: _free(db, booking_id, now))


def _free(db: Db, booking_id: str, now: datetime) -> bool:
    payments = repository.of_booking(db, booking_id=booking_id)
    if any(payment.state in rules.OPEN for payment in payments):
        return False
    return scheduling.release(db, booking_id=booking_id, now=now, is_run_out=True)


def _apply(db: Db, purchase_id: str, found: Payment, now: datetime) -> str:
    purchase = repository.lock(db, purchase_id=purchase_id)
    if purchase is None or purchase.state != "created":
        return purchase.state if purchase else "unknown"
    if found.state == _AUTHORISED:
        return _authorise(db, purchase, found, now)
    if found.state == "CREATED":
        repository.set_checked(db, purchase_id=purchase_id, now=now)
        return purchase.state
    return _end(db, purchase, rules.CLOSED_BY_VIPPS[found.state], now)


def _authorise(db: Db, purchase: Purchase, found: Payment, now: datetime) -> str:
    if found.aggregate.authorizedAmount.value != purchase.amount_ore:
        # Nobody has ever seen this; money is not guessed about.
        log.event("authorised_amount_differs", purchase=purchase.id)
        repository.set_checked(db, purchase_id=purchase.id, now=now)
        return purchase.state
    repository.set_authorised(db, purchase_id=purchase.id, now=now)
    ledger.transfer(
        db,
        debit=(Account.VIPPS_RECEIVABLE, ""),
        credit=(Account.PREPAID, purchase.id),
        amount_ore=purchase.amount_ore,
        cause_id=purchase.id,
        step=RESERVE,
        is_pending=True,
        now=now,
    )
    if scheduling.confirm(db, booking_id=purchase.booking_id, now=now):
        meetings.plan(db, booking_id=purchase.booking_id, now=now)
    else:
        # The time was given up before the money came: it goes back.
        outbox.write(db, topic="purchases.release", subject_id=purchase.booking_id, now=now)
    return "authorised"


def _end(db: Db, purchase: Purchase, state: str, now: datetime) -> str:
    """End a payment and free the slot; who only turned back keeps it while the hold lasts."""
    repository.close(db, purchase_id=purchase.id, state=state, now=now)
    may_try_again = state == "aborted"
    scheduling.release(db, booking_id=purchase.booking_id, now=now, is_run_out=may_try_again)
    return state


def _never_made(db: Db, purchase_id: str, now: datetime) -> str:
    """Leave a payment that Vipps does not know to the app's retry, while there is time."""
    purchase = repository.lock(db, purchase_id=purchase_id)
    if purchase is None or purchase.state != "created":
        return "unknown"
    if rules.is_overdue(purchase.created_at, now):
        return _end(db, purchase, "failed", now)
    repository.set_checked(db, purchase_id=purchase_id, now=now)
    return purchase.state


def _give_up(purchase: Purchase, now: datetime) -> Payment:
    """Cancel a payment that was never approved, and return what Vipps then says of it."""
    operation = transact(
        lambda db: operations.begin(db, kind=GIVE_UP, subject_id=purchase.id, given={}, now=now)
    )
    try:
        epayment.cancel(purchase.reference, operation_id=operation.id, now=now)
    except ProviderRefusedError as error:
        # It was approved or has ended in this moment; the look below says which.
        code = error.code
        transact(lambda db: operations.refused(db, operation, code=code, now=now))
    else:
        transact(lambda db: operations.done(db, operation, now=now))
    return epayment.find(purchase.reference, now=now)

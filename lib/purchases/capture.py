"""Capture: reserved money is taken only against the fact that the hour was given.

A pack is another matter: its money is taken as its hours are issued.
"""

from datetime import datetime

from lib.core.db import Db, transact
from lib.earnings import service as earnings
from lib.ledger import service as ledger
from lib.ledger.rules import Account, Entry
from lib.meetings import service as meetings
from lib.operations import service as operations
from lib.operations.service import Operation
from lib.outbox import service as outbox
from lib.outbox.service import ParkedError
from lib.purchases import asking, hours, kinds, payment, rails, repository
from lib.purchases.rails import Payment
from lib.purchases.repository import Purchase
from lib.purchases.selling import note_sent, sold


def capture(booking_id: str, now: datetime) -> None:
    """Take the money for a delivered booking: the topic `purchases.capture`.

    Where hours of a pack paid for it, the money was taken before, and the mentor earns it now.
    """
    begun = transact(lambda db: _begin(db, booking_id, now))
    if begun:
        _take(*begun, now)


def issue(purchase_id: str, now: datetime) -> None:
    """Take the money for a pack, and issue its hours: the topic `purchases.issue`."""
    begun = transact(lambda db: _begin_issue(db, purchase_id, now))
    if begun:
        _take(*begun, now)


def _take(purchase: Purchase, operation: Operation, now: datetime) -> None:
    rail = rails.of(purchase)
    found = asking.until_certain(
        purchase,
        operation,
        ask=lambda: rail.capture(purchase, operation, now),
        is_done=lambda there: there.captured_ore == purchase.amount_ore,
        now=now,
    )
    transact(lambda db: _record(db, purchase, operation, found, now))


def _begin(db: Db, booking_id: str, now: datetime) -> tuple[Purchase, Operation] | None:
    purchases = repository.of_booking(db, booking_id=booking_id)
    purchase = next((one for one in purchases if one.state == "authorised"), None)
    if purchase is None and not hours.pays_for(db, booking_id=booking_id):
        return None
    delivery = meetings.delivery(db, booking_id=booking_id)
    if delivery is None or not delivery.is_delivered:
        raise ParkedError("no_delivery")
    hours.earn(db, booking_id=booking_id, now=now)
    return _operation(db, purchase, now) if purchase else None


def _begin_issue(db: Db, purchase_id: str, now: datetime) -> tuple[Purchase, Operation] | None:
    purchase = repository.lock(db, purchase_id=purchase_id)
    if purchase is None or purchase.state != "authorised" or purchase.pack_id is None:
        return None
    return _operation(db, purchase, now)


def _operation(db: Db, purchase: Purchase, now: datetime) -> tuple[Purchase, Operation]:
    given = {"reference": purchase.reference, "amount_ore": purchase.amount_ore}
    kind = kinds.capture(purchase)
    note_sent(db, purchase, now)
    return purchase, operations.begin(db, kind=kind, subject_id=purchase.id, given=given, now=now)


def _record(
    db: Db, purchase: Purchase, operation: Operation, found: Payment, now: datetime
) -> None:
    current = repository.lock(db, purchase_id=purchase.id)
    if current is None or current.state != "authorised":
        return
    repository.set_captured(db, purchase_id=purchase.id, captured_ore=found.captured_ore, now=now)
    operations.done(db, operation, now=now)
    payment.answer_giving_up(db, purchase, now)
    ledger.post(db, cause_id=purchase.id, step=payment.RESERVE, now=now)
    kept = Entry(
        "provider_fee", (Account.PROVIDER_FEES, ""), (Account.STRIPE_BALANCE, ""), found.fee_ore
    )
    ledger.book(db, [kept], cause_id=purchase.id, now=now)
    if purchase.booking_id:
        earnings.earn(
            db, sold(purchase), cause_id=purchase.booking_id, quarters=purchase.quarters, now=now
        )
    else:
        hours.issue(db, purchase, now=now)
    outbox.write(db, topic="papers.receipt", subject_id=purchase.id, now=now)

"""Release: money that will not be taken is let go at once, and hours go back to their pack."""

from datetime import datetime

from lib.core.db import Db, transact
from lib.meetings import service as meetings
from lib.operations import service as operations
from lib.operations.service import Operation
from lib.purchases import asking, hours, kinds, payment, rails, repository, rules
from lib.purchases.repository import Purchase


def release_for_booking(booking_id: str, now: datetime) -> None:
    """Let go whatever is reserved or asked for a booking: the topic `purchases.release`."""
    for purchase in transact(lambda db: repository.of_booking(db, booking_id=booking_id)):
        if purchase.state == "created":
            payment.check(purchase.id, now)
        if purchase.state in rules.OPEN:
            _release(purchase.id, now)
    transact(lambda db: _give_up_session(db, booking_id, now))


def let_go(purchase_id: str, now: datetime) -> None:
    """Let go what was reserved for a purchase after its end: the topic `purchases.let_go`."""
    begun = transact(lambda db: _begin_late(db, purchase_id, now))
    if begun is None:
        return
    purchase, operation = begun
    if not asking.truth(purchase, now).is_let_go:
        _ask(purchase, operation, now)
    transact(lambda db: operations.done(db, operation, now=now))


def _give_up_session(db: Db, booking_id: str, now: datetime) -> None:
    hours.give_back(db, booking_id=booking_id, now=now)
    meetings.call_off(db, booking_id=booking_id, now=now)


def _release(purchase_id: str, now: datetime) -> None:
    begun = transact(lambda db: _begin(db, purchase_id, now))
    if begun is None:
        return
    purchase, operation = begun
    _ask(purchase, operation, now)
    transact(lambda db: _record(db, purchase_id, now))


def _ask(purchase: Purchase, operation: Operation, now: datetime) -> None:
    """Have the rail let the money go; returns only once it certainly has."""
    rail = rails.of(purchase)
    asking.until_certain(
        purchase,
        operation,
        ask=lambda: rail.let_go(purchase, operation, now),
        is_done=lambda found: found.is_let_go,
        now=now,
    )


def _begin(db: Db, purchase_id: str, now: datetime) -> tuple[Purchase, Operation] | None:
    purchase = repository.lock(db, purchase_id=purchase_id)
    if purchase is None or purchase.state not in rules.OPEN:
        return None
    kind = kinds.let_go(purchase)
    return purchase, operations.begin(db, kind=kind, subject_id=purchase_id, given={}, now=now)


def _begin_late(db: Db, purchase_id: str, now: datetime) -> tuple[Purchase, Operation] | None:
    purchase = repository.lock(db, purchase_id=purchase_id)
    if purchase is None or purchase.state not in rules.CLOSED:
        return None
    kind = kinds.let_go_late(purchase)
    return purchase, operations.begin(db, kind=kind, subject_id=purchase_id, given={}, now=now)


def _record(db: Db, purchase_id: str, now: datetime) -> None:
    current = repository.lock(db, purchase_id=purchase_id)
    if current and current.state in rules.OPEN:
        payment.release_done(db, current, now)

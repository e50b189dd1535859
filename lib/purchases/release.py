"""Release: money that will not be taken is let go at once."""

from datetime import datetime

from lib.core.db import Db, transact
from lib.core.errors import ProviderUnavailableError
from lib.ledger import service as ledger
from lib.meetings import service as meetings
from lib.operations import service as operations
from lib.outbox.service import ParkedError
from lib.providers.http import ProviderRefusedError
from lib.providers.vipps import epayment
from lib.providers.vipps.payloads import Payment
from lib.purchases import payment, repository, rules
from lib.purchases.repository import Purchase

_KIND = "vipps.cancel"


def release_for_booking(booking_id: str, now: datetime) -> None:
    """Let go whatever is reserved or asked for a booking: the topic `purchases.release`."""
    for purchase in transact(lambda db: repository.of_booking(db, booking_id=booking_id)):
        if purchase.state == "created":
            payment.check(purchase.id, now)
        if purchase.state in rules.OPEN:
            _release(purchase.id, now)
    transact(lambda db: meetings.call_off(db, booking_id=booking_id, now=now))


def let_go(purchase_id: str, now: datetime) -> None:
    """Let go what was reserved for a purchase after its end: the topic `purchases.let_go`."""
    begun = transact(lambda db: _begin_late(db, purchase_id, now))
    if begun is None:
        return
    purchase, operation = begun
    if not _is_released(_truth(purchase, now)):
        _cancel(purchase, operation, now)
    transact(lambda db: operations.done(db, operation, now=now))


def _release(purchase_id: str, now: datetime) -> None:
    begun = transact(lambda db: _begin(db, purchase_id, now))
    if begun is None:
        return
    purchase, operation = begun
    _cancel(purchase, operation, now)
    transact(lambda db: _record(db, purchase, operation, now))


def _cancel(purchase: Purchase, operation: operations.Operation, now: datetime) -> None:
    """Have Vipps let the money go; returns only once it certainly has."""
    try:
        found = epayment.cancel(purchase.reference, operation_id=operation.id, now=now)
    except ProviderRefusedError as error:
        found = _truth(purchase, now)
        if not _is_released(found):
            code = error.code
            transact(lambda db: operations.refused(db, operation, code=code, now=now))
            if code in epayment.BUSY:
                raise ProviderUnavailableError(supplier="vipps") from error
            raise ParkedError(f"vipps_{code}") from error
    if not _is_released(found):
        raise ProviderUnavailableError(supplier="vipps")


def _truth(purchase: Purchase, now: datetime) -> Payment:
    try:
        return epayment.find(purchase.reference, now=now)
    except epayment.PaymentUnknownError as error:
        # Its making may still be under way: asked again, until its time is certainly over.
        raise ProviderUnavailableError(supplier="vipps") from error


def _begin(db: Db, purchase_id: str, now: datetime) -> tuple[Purchase, operations.Operation] | None:
    purchase = repository.lock(db, purchase_id=purchase_id)
    if purchase is None or purchase.state not in rules.OPEN:
        return None
    # Giving up before approval and letting go after it are two askings, each with a key of its own.
    kind = f"{_KIND}.{purchase.state}"
    return purchase, operations.begin(db, kind=kind, subject_id=purchase_id, given={}, now=now)


def _begin_late(
    db: Db, purchase_id: str, now: datetime
) -> tuple[Purchase, operations.Operation] | None:
    purchase = repository.lock(db, purchase_id=purchase_id)
    if purchase is None or purchase.state not in rules.CLOSED:
        return None
    kind = f"{_KIND}.late"
    return purchase, operations.begin(db, kind=kind, subject_id=purchase_id, given={}, now=now)


def _record(db: Db, purchase: Purchase, operation: operations.Operation, now: datetime) -> None:
    current = repository.lock(db, purchase_id=purchase.id)
    if current is None or current.state not in rules.OPEN:
        return
    operations.done(db, operation, now=now)
    repository.close(db, purchase_id=purchase.id, state="released", now=now)
    if current.state == "authorised":
        ledger.void(db, cause_id=purchase.id, step=payment.RESERVE, now=now)


def _is_released(found: Payment) -> bool:
    if found.state != "AUTHORIZED":
        return found.state != "CREATED"
    sums = found.aggregate
    is_untouched = sums.capturedAmount.value == 0
    return is_untouched and sums.cancelledAmount.value == sums.authorizedAmount.value

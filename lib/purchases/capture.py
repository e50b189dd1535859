"""Capture: reserved money is taken only against the fact that the hour was given."""

from datetime import datetime

from lib.core.db import Db, transact
from lib.core.errors import ProviderUnavailableError
from lib.ledger import service as ledger
from lib.ledger.rules import Account
from lib.meetings import service as meetings
from lib.operations import service as operations
from lib.outbox.service import ParkedError
from lib.providers.http import ProviderRefusedError
from lib.providers.vipps import epayment
from lib.providers.vipps.payloads import Payment
from lib.purchases import repository, service
from lib.purchases.payment import RESERVE
from lib.purchases.repository import Purchase

_KIND = "vipps.capture"


def capture(booking_id: str, now: datetime) -> None:
    """Capture what was reserved for a delivered booking: the topic `purchases.capture`."""
    begun = transact(lambda db: _begin(db, booking_id, now))
    if begun is None:
        return
    purchase, operation = begun
    try:
        found = epayment.capture(
            purchase.reference,
            amount_ore=purchase.amount_ore,
            operation_id=operation.id,
            now=now,
        )
    except ProviderRefusedError as error:
        # A refusal may mean that it is captured already: the truth is fetched, not guessed.
        found = epayment.find(purchase.reference, now=now)
        if not _is_captured(found, purchase):
            code = error.code
            if code == epayment.SAME_KEY_AGAIN:
                raise ProviderUnavailableError(supplier="vipps") from error
            transact(lambda db: operations.refused(db, operation, code=code, now=now))
            if code in epayment.BUSY:
                raise ProviderUnavailableError(supplier="vipps") from error
            raise ParkedError(f"vipps_{code}") from error
    if not _is_captured(found, purchase):
        raise ProviderUnavailableError(supplier="vipps")
    transact(lambda db: _record(db, purchase, operation, now))


def _begin(db: Db, booking_id: str, now: datetime) -> tuple[Purchase, operations.Operation] | None:
    purchases = repository.of_booking(db, booking_id=booking_id)
    purchase = next((one for one in purchases if one.state == "authorised"), None)
    if purchase is None:
        return None
    delivery = meetings.delivery(db, booking_id=booking_id)
    if delivery is None or not delivery.is_delivered:
        raise ParkedError("no_delivery")
    given = {"reference": purchase.reference, "amount_ore": purchase.amount_ore}
    operation = operations.begin(db, kind=_KIND, subject_id=purchase.id, given=given, now=now)
    service.note_sent(db, purchase, now)
    return purchase, operation


def _record(db: Db, purchase: Purchase, operation: operations.Operation, now: datetime) -> None:
    current = repository.lock(db, purchase_id=purchase.id)
    if current is None or current.state != "authorised":
        return
    repository.set_captured(db, purchase_id=purchase.id, now=now)
    operations.done(db, operation, now=now)
    ledger.post(db, cause_id=purchase.id, step=RESERVE, now=now)
    mentor = ledger.owner_of(db, person_id=purchase.mentor_id, now=now)
    shares = {
        "earn": ((Account.MENTOR_PAYABLE, mentor), purchase.amount_ore - purchase.fee_ore),
        "fee": ((Account.PLATFORM_INCOME, ""), purchase.fee_ore),
    }
    for step, (account, amount_ore) in shares.items():
        if amount_ore:
            ledger.transfer(
                db,
                debit=(Account.PREPAID, purchase.id),
                credit=account,
                amount_ore=amount_ore,
                cause_id=purchase.id,
                step=step,
                now=now,
            )


def _is_captured(found: Payment, purchase: Purchase) -> bool:
    return found.aggregate.capturedAmount.value == purchase.amount_ore

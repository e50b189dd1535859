"""The Vipps rail: ePayment, direct; what is captured is settled to the bank."""

from datetime import datetime

from lib.core import config, money
from lib.core.errors import ProviderUnavailableError
from lib.operations.service import Operation
from lib.providers.http import ProviderRefusedError
from lib.providers.refusal import Meaning
from lib.providers.vipps import epayment, payloads
from lib.providers.vipps.order import LegalLinks, Order, OrderLine
from lib.purchases.rails import (
    Begun,
    GivenBack,
    Payment,
    PaymentState,
    PaymentUnknownError,
    RefusedError,
)
from lib.purchases.refund_repository import Refund
from lib.purchases.repository import Purchase

_STATES = {
    "CREATED": PaymentState.CREATED,
    "AUTHORIZED": PaymentState.AUTHORISED,
    "ABORTED": PaymentState.ABORTED,
    "EXPIRED": PaymentState.EXPIRED,
    "TERMINATED": PaymentState.TERMINATED,
}


def begin(purchase: Purchase, operation: Operation, now: datetime) -> Begun:
    """Make the payment; one that is there from an earlier asking will do."""
    try:
        made = epayment.create(
            reference=purchase.reference,
            amount_ore=purchase.amount_ore,
            description=purchase.title,
            order=_order(purchase),
            return_url=f"{config.app_url()}/purchases/{purchase.id}",
            operation_id=operation.id,
            now=now,
        )
    except ProviderRefusedError as error:
        if error.code != epayment.REFERENCE_EXISTS:
            raise _refused(error) from error
        known = epayment.find(purchase.reference, now=now)
        if not known.redirectUrl:
            raise _refused(error) from error
        return Begun(known.redirectUrl)
    return Begun(made.redirectUrl)


def find(purchase: Purchase, now: datetime) -> Payment:
    """Return the payment as Vipps has it; raises PaymentUnknownError."""
    try:
        return _payment(epayment.find(purchase.reference, now=now))
    except epayment.PaymentUnknownError as error:
        raise PaymentUnknownError from error


def capture(purchase: Purchase, operation: Operation, now: datetime) -> Payment:
    """Take the price, all of it; raises RefusedError."""
    try:
        found = epayment.capture(
            purchase.reference, amount_ore=purchase.amount_ore, operation_id=operation.id, now=now
        )
    except ProviderRefusedError as error:
        raise _refused(error) from error
    return _payment(found)


def let_go(purchase: Purchase, operation: Operation, now: datetime) -> Payment:
    """Give up a payment, or let go all that is not captured; raises RefusedError."""
    try:
        found = epayment.cancel(purchase.reference, operation_id=operation.id, now=now)
    except ProviderRefusedError as error:
        raise _refused(error) from error
    return _payment(found)


def give_back(purchase: Purchase, refund: Refund, operation: Operation, now: datetime) -> GivenBack:
    """Give captured money back; raises RefusedError."""
    try:
        epayment.refund(
            purchase.reference,
            amount_ore=refund.amount_ore,
            operation_id=operation.id,
            now=now,
        )
    except ProviderRefusedError as error:
        raise _refused(error) from error
    return GivenBack.DONE


def find_refund(
    purchase: Purchase, refund: Refund, operation: Operation, now: datetime
) -> GivenBack:
    """Return whether Vipps' own log has the refund: sums alone would take another for it."""
    del refund
    for event in epayment.events(purchase.reference, now=now):
        is_it = event.name == "REFUNDED" and event.idempotencyKey == operation.id
        if is_it and event.success:
            return GivenBack.DONE
    return GivenBack.NOT_DONE


def _order(purchase: Purchase) -> Order:
    line = OrderLine(
        id=purchase.reference,
        name=purchase.title,
        amount_ore=purchase.amount_ore,
        tax_ore=purchase.vat_ore,
        tax_basis_points=money.VAT_BASIS_POINTS if purchase.vat_ore else 0,
        quantity=str(purchase.quarters * 15),
        unit="MINUTE",
    )
    return Order(lines=[line], legal_links=legal_links(config.public_url()))


def legal_links(public_url: str) -> LegalLinks | None:
    """Return where the payer reads the terms: Vipps takes https alone, which loopback has not."""
    if not public_url.startswith("https://"):
        return None
    return LegalLinks(f"{public_url}/vilkar", f"{public_url}/personvern")


def _payment(found: payloads.Payment) -> Payment:
    sums = found.aggregate
    return Payment(
        state=_STATES[found.state],
        authorised_ore=sums.authorizedAmount.value,
        captured_ore=sums.capturedAmount.value,
        refunded_ore=sums.refundedAmount.value,
        cancelled_ore=sums.cancelledAmount.value,
        guaranteed_until=found.captureGuaranteedUntil,
    )


def _refused(error: ProviderRefusedError) -> Exception:
    meaning = epayment.meaning(error.code)
    if meaning is Meaning.SAME_KEY:
        return ProviderUnavailableError(supplier="vipps")
    return RefusedError(error.code, is_passing=meaning is Meaning.LATER)

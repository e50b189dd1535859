"""The Stripe rail: Checkout, by card or Vipps; what is captured comes to our balance there.

A session is found by its own id, which is known once it was made. What letting go asks depends on
how far the person has come, so that each asking has a key of its own, made from the operation's.
"""

from datetime import datetime, timedelta

from lib.core import config
from lib.core.errors import ProviderUnavailableError
from lib.operations.service import Operation
from lib.providers.http import ProviderRefusedError
from lib.providers.refusal import Meaning
from lib.providers.stripe import checkout, client, refunds
from lib.providers.stripe.checkout import CheckoutPayment
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
    "created": PaymentState.CREATED,
    "authorised": PaymentState.AUTHORISED,
    "ended": PaymentState.EXPIRED,
}
_GIVEN_BACK = {
    "succeeded": GivenBack.DONE,
    "pending": GivenBack.ON_ITS_WAY,
    "failed": GivenBack.NOT_DONE,
}
# Of the purchase, not of the asking: a key is only ever sent with one content. It is given up long
# before, when the time to pay is over.
_EXPIRES_AFTER = timedelta(minutes=50)


def begin(purchase: Purchase, operation: Operation, now: datetime) -> Begun:
    """Make the payment; raises RefusedError."""
    del now
    page = f"{config.app_url()}/purchases/{purchase.id}"
    wanted = checkout.Wanted(
        purchase_id=purchase.id,
        amount_ore=purchase.amount_ore,
        title=purchase.title,
        success_url=page,
        cancel_url=page,
        expires_at=purchase.created_at + _EXPIRES_AFTER,
    )
    try:
        made = checkout.create(wanted, operation_id=operation.id)
    except ProviderRefusedError as error:
        raise _refused(error) from error
    if made.url is None:
        raise RefusedError("session_ended")
    return Begun(made.url, made.session_id)


def find(purchase: Purchase, now: datetime) -> Payment:
    """Return the payment as Stripe has it; raises PaymentUnknownError."""
    del now
    return _payment(_found(purchase))


def capture(purchase: Purchase, operation: Operation, now: datetime) -> Payment:
    """Take the price, all of it; raises RefusedError."""
    del now
    try:
        made = checkout.capture(
            _intent(purchase), amount_ore=purchase.amount_ore, operation_id=operation.id
        )
    except ProviderRefusedError as error:
        raise _refused(error) from error
    return _payment(made)


def let_go(purchase: Purchase, operation: Operation, now: datetime) -> Payment:
    """Give up a payment, or let go all that is not captured; raises RefusedError."""
    del now
    found = _found(purchase)
    try:
        if found.state == "created" and found.session_id:
            return _payment(
                checkout.expire(found.session_id, operation_id=f"{operation.id}.expire")
            )
        if found.state == "authorised" and found.intent_id:
            return _payment(checkout.cancel(found.intent_id, operation_id=f"{operation.id}.cancel"))
    except ProviderRefusedError as error:
        raise _refused(error) from error
    return _payment(found)


def give_back(purchase: Purchase, refund: Refund, operation: Operation, now: datetime) -> GivenBack:
    """Give captured money back; raises RefusedError."""
    del now
    try:
        made = refunds.refund(
            _intent(purchase), amount_ore=refund.amount_ore, operation_id=operation.id
        )
    except ProviderRefusedError as error:
        raise _refused(error) from error
    if made.status == "failed":
        raise RefusedError(made.reason or "refund_failed")
    return _GIVEN_BACK[made.status]


def find_refund(
    purchase: Purchase, refund: Refund, operation: Operation, now: datetime
) -> GivenBack:
    """Return how the refund stands that was asked for with this operation."""
    del refund, now
    for made in refunds.of_payment(_intent(purchase)):
        if made.operation_id == operation.id:
            return _GIVEN_BACK[made.status]
    return GivenBack.NOT_DONE


def _found(purchase: Purchase) -> CheckoutPayment:
    if purchase.provider_id is None:
        raise PaymentUnknownError
    try:
        return checkout.find(purchase.provider_id)
    except ProviderRefusedError as error:
        if error.code == client.NO_SUCH:
            raise PaymentUnknownError from error
        # Any other refusal to look says nothing of the payment.
        raise ProviderUnavailableError(supplier="stripe") from error


def _intent(purchase: Purchase) -> str:
    intent_id = _found(purchase).intent_id
    if intent_id is None:
        raise RefusedError("never_paid")
    return intent_id


def _payment(found: CheckoutPayment) -> Payment:
    return Payment(
        state=_STATES[found.state],
        authorised_ore=found.authorised_ore,
        captured_ore=found.captured_ore,
        refunded_ore=found.refunded_ore,
        cancelled_ore=found.cancelled_ore,
        guaranteed_until=found.guaranteed_until,
        fee_ore=found.fee_ore or 0,
    )


def _refused(error: ProviderRefusedError) -> RefusedError:
    return RefusedError(error.code, is_passing=client.meaning(error.code) is Meaning.FUNDS)

"""What Stripe's events tell of payments and refunds: where to look, and no more."""

from datetime import datetime

from lib.core import log
from lib.core.db import Db, transact
from lib.inbound.repository import Event
from lib.operations import service as operations
from lib.providers.stripe import refunds as stripe
from lib.providers.stripe.payloads import StripeEvent, StripeObject
from lib.purchases import disputes, payment, refunding, repository, rules

_APPROVED = frozenset({"checkout.session.completed", "payment_intent.amount_capturable_updated"})


def on_payment(event: Event, now: datetime) -> str:
    """Look at the payment that an event speaks of; return what was made of it."""
    told = StripeEvent.model_validate_json(event.payload)
    about = told.data.object
    purchase_id = about.client_reference_id or about.transfer_group or ""
    reference = transact(lambda db: _reference(db, purchase_id, about))
    if told.account or reference is None:
        return "unknown_reference"
    return payment.on_news(reference, now, is_approved=event.kind in _APPROVED)


def on_refund(event: Event, now: datetime) -> str:
    """Look at the refund that an event speaks of; return what was made of it."""
    told = StripeEvent.model_validate_json(event.payload)
    found = stripe.find(told.data.object.id)
    operation = transact(lambda db: operations.find(db, found.operation_id))
    if operation is None:
        # Made by hand in the dashboard; the comparison of the books finds it.
        log.event("refund_by_hand", provider="stripe")
        return "not_ours"
    if found.status == "failed":
        return refunding.on_failure(operation.subject_id, found.reason or "failed", now)
    refunding.carry_out(operation.subject_id, now)
    return found.status


def on_dispute(event: Event, now: datetime) -> str:
    """Look at the dispute that an event speaks of; return what was made of it."""
    told = StripeEvent.model_validate_json(event.payload)
    return disputes.look(told.data.object.id, now)


def _reference(db: Db, purchase_id: str, about: StripeObject) -> str | None:
    """Return what the rail knows the purchase by, if it is one of Stripe's and this is its session.

    The answer that would have told the session's id may have been lost.
    """
    purchase = repository.lock(db, purchase_id=purchase_id)
    if purchase is None or purchase.rail != "stripe":
        return None
    is_session = about.object == "checkout.session"
    if is_session and purchase.provider_id is None:
        repository.set_provider_id(db, purchase_id=purchase_id, provider_id=about.id)
    elif is_session and purchase.provider_id != about.id:
        return None
    return rules.reference_of(purchase_id)

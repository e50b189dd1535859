"""Stripe Checkout: the platform takes the money, by card and, where it is on trial, by Vipps.

Separate charges and transfers: the payment is ours, and a mentor is paid by a transfer of its own.
Money is reserved on a page that Stripe hosts, and captured later, all of it or a part, once: what a
capture leaves is let go at once. A card's reservation lapses after seven days.

Stripe makes the PaymentIntent when somebody first tries to pay, so that an open session may have
none. Nobody can turn a session down: who leaves the page can come back to it until it expires or is
made to.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypedDict

from lib.providers.stripe import ore
from lib.providers.stripe.client import called, offers_vipps
from lib.providers.stripe.payloads import BalanceTransaction, Charge, Intent, Session
from lib.providers.stripe.refunds import given_back

type State = Literal["created", "authorised", "ended"]
type Locale = Literal["nb", "en"]

# Half an hour is the least that Stripe takes; the rest is for the way there and for its clock.
SHORTEST = timedelta(minutes=31)
_INTENT = ["latest_charge.balance_transaction", "latest_charge.refunds"]
_SESSION = [f"payment_intent.{name}" for name in _INTENT]
_STATES: dict[str, State] = {"complete": "authorised", "expired": "ended"}
_NOTHING = Charge(id="", amount=0, amount_captured=0, currency="nok", disputed=False, status="")


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is to be paid. Nothing here says who pays; the person tells Stripe."""

    purchase_id: str
    amount_ore: int
    title: str
    success_url: str
    cancel_url: str
    expires_at: datetime
    locale: Locale = "nb"


@dataclass(frozen=True, kw_only=True)
class CheckoutPayment:
    """A payment as Stripe has it; sums in øre.

    `state` is `created` while it can be paid, `authorised` from then on, whatever becomes of the
    money, and `ended` when nobody paid in time. `refunded_ore` is what was given back or is on its
    way; `cancelled_ore` what was reserved and let go. `guaranteed_until` is known of cards alone.
    `fee_ore` is known once the money is captured, and never returned. `session_id`, `url` and
    `expires_at` are None where the payment was looked at by its intent.
    """

    purchase_id: str
    state: State
    session_id: str | None
    intent_id: str | None
    url: str | None
    expires_at: datetime | None
    amount_ore: int
    authorised_ore: int
    captured_ore: int
    refunded_ore: int
    cancelled_ore: int
    guaranteed_until: datetime | None
    fee_ore: int | None
    is_disputed: bool


def create(wanted: Wanted, *, operation_id: str) -> CheckoutPayment:
    """Make a payment whose `url` the person opens; raises ProviderRefusedError."""
    named = {"purchase_id": wanted.purchase_id}
    found = called(
        lambda client: client.v1.checkout.sessions.create(
            {
                "mode": "payment",
                "line_items": [
                    {
                        "quantity": 1,
                        "price_data": {
                            "currency": ore.CURRENCY,
                            "unit_amount": wanted.amount_ore,
                            "product_data": {"name": wanted.title},
                        },
                    }
                ],
                "payment_intent_data": {
                    "capture_method": "manual",
                    "transfer_group": wanted.purchase_id,
                    "metadata": named,
                },
                "allowed_payment_method_types": ["card", "vipps"] if offers_vipps() else ["card"],
                # Prices are in NOK for everybody: the books know no other currency.
                "adaptive_pricing": {"enabled": False},
                "client_reference_id": wanted.purchase_id,
                "metadata": named,
                "success_url": wanted.success_url,
                "cancel_url": wanted.cancel_url,
                "expires_at": ore.seconds(wanted.expires_at),
                "locale": wanted.locale,
                "expand": _SESSION,
            },
            {"idempotency_key": operation_id},
        ).to_dict()
    )
    return _of_session(found)


def find(session_id: str) -> CheckoutPayment:
    """Return the payment as it is now; raises ProviderRefusedError (NO_SUCH)."""
    found = called(
        lambda client: client.v1.checkout.sessions.retrieve(
            session_id, {"expand": _SESSION}
        ).to_dict()
    )
    return _of_session(found)


def find_by_intent(intent_id: str) -> CheckoutPayment:
    """Return the payment as it is now; raises ProviderRefusedError (NO_SUCH)."""
    found = called(
        lambda client: client.v1.payment_intents.retrieve(intent_id, {"expand": _INTENT}).to_dict()
    )
    return _of_intent(found)


def expire(session_id: str, *, operation_id: str) -> CheckoutPayment:
    """End a payment that nobody has made; raises ProviderRefusedError when it is not open."""
    found = called(
        lambda client: client.v1.checkout.sessions.expire(
            session_id, {"expand": _SESSION}, {"idempotency_key": operation_id}
        ).to_dict()
    )
    return _of_session(found)


def capture(intent_id: str, *, amount_ore: int, operation_id: str) -> CheckoutPayment:
    """Take reserved money, all or a part, once; the rest is let go. Raises ProviderRefusedError.

    A key that was used before is answered as it was then: what is so now is found by looking.
    """
    found = called(
        lambda client: client.v1.payment_intents.capture(
            intent_id,
            {"amount_to_capture": amount_ore, "expand": _INTENT},
            {"idempotency_key": operation_id},
        ).to_dict()
    )
    return _of_intent(found)


def cancel(intent_id: str, *, operation_id: str) -> CheckoutPayment:
    """Let go of all that is reserved; raises ProviderRefusedError. One not paid is expired."""
    found = called(
        lambda client: client.v1.payment_intents.cancel(
            intent_id, {"expand": _INTENT}, {"idempotency_key": operation_id}
        ).to_dict()
    )
    return _of_intent(found)


def _of_session(found: object) -> CheckoutPayment:
    session = Session.model_validate(found)
    ore.check(session.currency)
    intent = session.payment_intent if isinstance(session.payment_intent, Intent) else None
    state = _STATES.get(session.status, "created")
    return CheckoutPayment(
        purchase_id=session.client_reference_id or "",
        state=state,
        session_id=session.id,
        intent_id=intent.id if intent else None,
        url=session.url,
        expires_at=ore.moment(session.expires_at),
        amount_ore=session.amount_total,
        **_sums(intent if state == "authorised" else None),
    )


def _of_intent(found: object) -> CheckoutPayment:
    intent = Intent.model_validate(found)
    ore.check(intent.currency)
    was_paid = _charge(intent) is not None
    unpaid: State = "ended" if intent.status == "canceled" else "created"
    return CheckoutPayment(
        purchase_id=intent.metadata.get("purchase_id", ""),
        state="authorised" if was_paid else unpaid,
        session_id=None,
        intent_id=intent.id,
        url=None,
        expires_at=None,
        amount_ore=intent.amount,
        **_sums(intent if was_paid else None),
    )


def _charge(intent: Intent) -> Charge | None:
    """Return the charge by which it was paid; a declined attempt is one that failed."""
    charge = intent.latest_charge
    return charge if isinstance(charge, Charge) and charge.status == "succeeded" else None


class _Sums(TypedDict):
    authorised_ore: int
    captured_ore: int
    refunded_ore: int
    cancelled_ore: int
    guaranteed_until: datetime | None
    fee_ore: int | None
    is_disputed: bool


def _sums(paid: Intent | None) -> _Sums:
    """Return what became of the money of a payment that was made, or of none."""
    charge = (_charge(paid) if paid else None) or _NOTHING
    is_reserved = paid is not None and paid.status == "requires_capture"
    captured, booked = charge.amount_captured, charge.balance_transaction
    details = charge.payment_method_details
    until = details.card.capture_before if details and details.card else None
    return {
        "authorised_ore": charge.amount,
        "captured_ore": captured,
        "refunded_ore": given_back(charge, paid.id) if paid and captured else 0,
        "cancelled_ore": 0 if is_reserved else charge.amount - captured,
        "guaranteed_until": ore.moment(until) if until else None,
        "fee_ore": booked.fee if isinstance(booked, BalanceTransaction) else None,
        "is_disputed": charge.disputed,
    }

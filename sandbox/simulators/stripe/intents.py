"""PaymentIntents: money reserved through Checkout, then captured, cancelled or lapsed.

A capture may take less than was reserved, and is the only one: what it leaves is let go at once.
What is not captured in seven days lapses by itself.
"""

from typing import NoReturn

from sandbox.simulators.stripe import balance, charges, disputes, events
from sandbox.simulators.stripe.balance import Terms
from sandbox.simulators.stripe.cards import DECLINED, Card
from sandbox.simulators.stripe.errors import StripeError
from sandbox.simulators.stripe.listing import PAGING, page
from sandbox.simulators.stripe.operation import Call, Operation
from sandbox.simulators.stripe.params import (
    Parameters,
    enum,
    integer,
    merge_metadata,
    metadata,
    text,
    unmodelled,
)
from sandbox.simulators.stripe.state import DAY, PLATFORM, Resource, State, new_id, snapshot

EXPIRED = "expired"
"""Why a payment is cancelled whose authorisation nobody has captured in time."""

_ABSENT = (
    *("application", "application_fee_amount", "automatic_payment_methods", "canceled_at"),
    *("cancellation_reason", "customer", "customer_account", "description", "last_payment_error"),
    *("excluded_payment_method_types", "latest_charge", "managed_payments", "next_action"),
    *("on_behalf_of", "payment_method", "payment_method_configuration_details", "processing"),
    *("receipt_email", "review", "setup_future_usage", "shipping", "source", "transfer_data"),
    *("statement_descriptor", "statement_descriptor_suffix", "transfer_group"),
)


def new_intent(state: State, session: Resource, wish: Parameters) -> Resource:
    """Keep what a Checkout Session makes when somebody first tries to pay."""
    identifier = new_id("pi")
    intent: Resource = {
        **dict.fromkeys(_ABSENT),
        "id": identifier,
        "object": "payment_intent",
        "amount": session["amount_total"],
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "capture_method": wish.get("capture_method", "automatic_async"),
        "client_secret": f"{identifier}_secret_{new_id('x')[3:]}",
        "confirmation_method": "automatic",
        "created": state.now(),
        "currency": session["currency"],
        "description": wish.get("description"),
        "livemode": state.livemode,
        "metadata": merge_metadata({}, wish.get("metadata"), given="metadata" in wish),
        "payment_method_options": {},
        "payment_method_types": list(session["payment_method_types"]),
        "status": "requires_payment_method",
        "transfer_group": wish.get("transfer_group"),
    }
    state.notes[identifier]["session"] = session["id"]
    state.add(PLATFORM, "payment_intent", intent)
    events.emit(state, PLATFORM, "payment_intent.created", intent)
    return intent


def pay(state: State, intent: Resource, card: Card) -> bool:
    """Try to pay with it; False where the bank says no, and the payer may try again."""
    charge = charges.new_charge(state, intent, card)
    intent["latest_charge"] = charge["id"]
    state.notes[charge["id"]]["card"] = card
    if card.code:
        _turn_down(state, intent, charge, card)
        return False
    intent["payment_method"] = charge["payment_method"]
    intent["last_payment_error"] = None
    intent["amount_capturable"] = intent["amount"]
    intent["status"] = "requires_capture"
    events.emit(state, PLATFORM, "charge.succeeded", charge)
    if intent["capture_method"] == "manual":
        events.emit(state, PLATFORM, "payment_intent.amount_capturable_updated", intent)
    else:
        take(state, intent, intent["amount"])
    return True


def _turn_down(state: State, intent: Resource, charge: Resource, card: Card) -> None:
    charge["failure_code"], charge["failure_message"] = card.code, DECLINED
    intent["last_payment_error"] = {
        "charge": charge["id"],
        "code": card.code,
        "message": DECLINED,
        "type": "card_error",
        **({"decline_code": card.decline_code} if card.decline_code else {}),
    }
    events.emit(state, PLATFORM, "charge.failed", charge)
    events.emit(state, PLATFORM, "payment_intent.payment_failed", intent)


def charge_of(state: State, intent: Resource) -> Resource:
    """The charge of an intent that was paid."""
    return state.get(PLATFORM, "charge", intent["latest_charge"])


def take(state: State, intent: Resource, amount: int) -> None:
    """Capture: the money is on its way to the balance, without the fee; the rest is let go."""
    charge = charge_of(state, intent)
    card: Card = state.notes[charge["id"]]["card"]
    ripe = state.now() + (0 if card.at_once else state.settings.pending_days * DAY)
    terms = Terms(fee=state.settings.fee(amount), available_on=ripe)
    kind = "payment" if card.brand == "vipps" else "charge"
    booked = balance.record(state, PLATFORM, kind, charge, amount, terms)
    charge |= {"amount_captured": amount, "balance_transaction": booked["id"], "captured": True}
    intent |= {"amount_capturable": 0, "amount_received": amount, "status": "succeeded"}
    events.emit(state, PLATFORM, "charge.captured", charge)
    events.emit(state, PLATFORM, "payment_intent.succeeded", intent)
    if card.dispute:
        disputes.raise_dispute(state, charge, amount, card.dispute)


def let_go(state: State, intent: Resource, reason: str | None) -> None:
    """Cancel: nothing is taken, and what was reserved is the payer's again."""
    was_reserved = intent["status"] == "requires_capture"
    intent |= {
        "amount_capturable": 0,
        "canceled_at": state.now(),
        "cancellation_reason": reason,
        "status": "canceled",
    }
    if was_reserved and reason == EXPIRED:
        events.emit(state, PLATFORM, "charge.expired", charge_of(state, intent))
    events.emit(state, PLATFORM, "payment_intent.canceled", intent)


def lapse(state: State) -> None:
    """Let authorisations end that nobody has captured in time."""
    for intent in state.all(PLATFORM, "payment_intent"):
        if intent["status"] == "requires_capture":
            made = charge_of(state, intent)["created"]
            if state.now() >= made + state.settings.authorisation_days * DAY:
                let_go(state, intent, EXPIRED)


def _capture(call: Call) -> Resource:
    intent = _retrieve(call)
    if intent["status"] == "succeeded":
        _unexpected(intent, "This PaymentIntent could not be captured because it has already been")
    if intent["status"] != "requires_capture":
        _unexpected(
            intent,
            f"This PaymentIntent could not be captured because it has a status of "
            f"{intent['status']}. Only a PaymentIntent with one of the following statuses may be "
            "captured: requires_capture.",
        )
    capturable: int = intent["amount_capturable"]
    amount: int = call.params.get("amount_to_capture", capturable)
    if amount > capturable:
        raise StripeError(
            f"The amount to capture ({amount}) is greater than the amount capturable "
            f"({capturable}).",
            code="amount_too_large",
            param="amount_to_capture",
            saved=True,
        )
    if fault := call.state.notes[intent["id"]].pop("capture_fault", None):
        raise StripeError("The charge could not be captured.", code=fault, saved=True)
    _describe(call, intent)
    take(call.state, intent, amount)
    return intent


def _cancel(call: Call) -> Resource:
    intent = _retrieve(call)
    if intent["status"] in {"succeeded", "canceled"}:
        _unexpected(
            intent,
            f"You cannot cancel this PaymentIntent because it has a status of {intent['status']}.",
        )
    if intent["status"] != "requires_capture":
        # It still belongs to its Checkout Session.
        _unexpected(intent, "You cannot cancel the PaymentIntent for an open Checkout Session.")
    let_go(call.state, intent, call.params.get("cancellation_reason"))
    return intent


def _unexpected(intent: Resource, message: str) -> NoReturn:
    raise StripeError(
        message,
        code="payment_intent_unexpected_state",
        saved=True,
        more={"payment_intent": snapshot(intent)},
    )


def _describe(call: Call, intent: Resource) -> None:
    intent["metadata"] = merge_metadata(
        intent["metadata"], call.params.get("metadata"), given="metadata" in call.params
    )


def _retrieve(call: Call) -> Resource:
    return call.state.get(call.owner, "payment_intent", call.ids["id"])


def _list(call: Call) -> Resource:
    intents = call.state.all(call.owner, "payment_intent")
    return page(intents, call.params, url="/v1/payment_intents", kind="payment_intent")


_EXPANDABLE = ("latest_charge",)
_PATH = "/v1/payment_intents/{id}"

OPERATIONS = (
    Operation(
        "GET",
        "/v1/payment_intents",
        _list,
        {**PAGING, "customer": unmodelled(), "customer_account": unmodelled()},
        ("data.latest_charge",),
    ),
    Operation("GET", _PATH, _retrieve, {"client_secret": text()}, _EXPANDABLE),
    Operation(
        "POST",
        f"{_PATH}/capture",
        _capture,
        {
            **dict.fromkeys(
                (
                    "amount_details",
                    "application_fee_amount",
                    "final_capture",
                    "hooks",
                    "payment_details",
                    "statement_descriptor",
                    "statement_descriptor_suffix",
                    "transfer_data",
                ),
                unmodelled(),
            ),
            "amount_to_capture": integer(least=1),
            "metadata": metadata(),
        },
        _EXPANDABLE,
    ),
    Operation(
        "POST",
        f"{_PATH}/cancel",
        _cancel,
        {
            "cancellation_reason": enum(
                "abandoned", "duplicate", "fraudulent", "requested_by_customer"
            )
        },
        _EXPANDABLE,
    ),
)

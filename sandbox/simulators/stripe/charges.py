"""Charges: one for each attempt to pay. An authorisation is a charge that is not captured."""

from typing import Any

from sandbox.simulators.stripe.cards import Card
from sandbox.simulators.stripe.listing import PAGING, matching, page
from sandbox.simulators.stripe.operation import Call, Operation
from sandbox.simulators.stripe.params import merge_metadata, metadata, text, unmodelled
from sandbox.simulators.stripe.state import DAY, PLATFORM, Resource, State, new_id

_NOBODY: Resource = {
    "address": dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state")),
    "email": None,
    "name": None,
    "phone": None,
    "tax_id": None,
}
_ABSENT = (
    *("application", "application_fee", "application_fee_amount", "customer", "description"),
    *("failure_balance_transaction", "failure_code", "failure_message", "on_behalf_of"),
    *("receipt_email", "receipt_number", "review", "shipping", "source", "source_transfer"),
    *("statement_descriptor", "statement_descriptor_suffix", "transfer_data", "transfer_group"),
)


def new_charge(state: State, intent: Resource, card: Card) -> Resource:
    """Keep an attempt to pay; whether it succeeded is for the caller to say."""
    identifier = new_id("ch")
    charge: Resource = {
        **dict.fromkeys(_ABSENT),
        "id": identifier,
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": 0,
        "amount_refunded": 0,
        "balance_transaction": None,
        "billing_details": {**_NOBODY},
        "calculated_statement_descriptor": "MIN MENTOR",
        "captured": False,
        "created": state.now(),
        "currency": intent["currency"],
        "description": intent["description"],
        "disputed": False,
        "fraud_details": {},
        "livemode": state.livemode,
        "metadata": dict(intent["metadata"]),
        "outcome": _outcome(card),
        "paid": not card.code,
        "payment_intent": intent["id"],
        "payment_method": new_id("pm"),
        "payment_method_details": _details(state, intent, card),
        "receipt_url": f"{state.base_url()}/receipts/{identifier}",
        "refunded": False,
        "status": "failed" if card.code else "succeeded",
        "transfer_group": intent["transfer_group"],
    }
    return state.add(PLATFORM, "charge", charge)


def _outcome(card: Card) -> Resource:
    declined = bool(card.code)
    return {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": "declined_by_network" if declined else "approved_by_network",
        "reason": card.decline_code or card.code or None,
        "seller_message": "Payment declined." if declined else "Payment complete.",
        "type": "issuer_declined" if declined else "authorized",
    }


def _details(state: State, intent: Resource, card: Card) -> Resource:
    if card.brand == "vipps":
        return {"type": "vipps", "vipps": {}}
    manual = intent["capture_method"] == "manual" and not card.code
    ends = state.now() + state.settings.authorisation_days * DAY
    shown: dict[str, Any] = {
        "amount_authorized": intent["amount"],
        "authorization_code": None,
        "brand": card.brand,
        **({"capture_before": ends} if manual else {}),
        "checks": {
            "address_line1_check": None,
            "address_postal_code_check": None,
            "cvc_check": "pass",
        },
        "country": "NO",
        "exp_month": 12,
        "exp_year": 2034,
        "extended_authorization": {"status": "disabled"},
        "fingerprint": new_id("fp"),
        "funding": "debit",
        "incremental_authorization": {"status": "unavailable"},
        "installments": None,
        "last4": card.number[-4:],
        "mandate": None,
        "multicapture": {"status": "unavailable"},
        "network": card.brand,
        "network_token": {"used": False},
        "network_transaction_id": None,
        "overcapture": {"maximum_amount_capturable": intent["amount"], "status": "unavailable"},
        "regulated_status": None,
        "three_d_secure": None,
        "transaction_link_id": None,
        "wallet": None,
    }
    return {"card": shown, "type": "card"}


def refunds_of(state: State, _owner: str, charge: Resource) -> Resource:
    """A charge's refunds, which are shown only where they are expanded: the newest ten."""
    found = [item for item in state.all(PLATFORM, "refund") if item["charge"] == charge["id"]]
    return page(found, {}, url=f"/v1/charges/{charge['id']}/refunds", kind="refund")


def _retrieve(call: Call) -> Resource:
    return call.state.get(call.owner, "charge", call.ids["id"])


def _update(call: Call) -> Resource:
    charge = _retrieve(call)
    charge["metadata"] = merge_metadata(
        charge["metadata"], call.params.get("metadata"), given="metadata" in call.params
    )
    return charge


def _list(call: Call) -> Resource:
    everything = call.state.all(call.owner, "charge")
    chosen = matching(everything, call.params, "payment_intent", "transfer_group")
    return page(chosen, call.params, url="/v1/charges", kind="charge")


_EXPANDABLE = ("balance_transaction", "payment_intent", "refunds")

OPERATIONS = (
    Operation(
        "GET",
        "/v1/charges",
        _list,
        {**PAGING, "customer": unmodelled(), "payment_intent": text(), "transfer_group": text()},
        tuple(f"data.{name}" for name in _EXPANDABLE),
    ),
    Operation("GET", "/v1/charges/{id}", _retrieve, {}, _EXPANDABLE),
    Operation(
        "POST",
        "/v1/charges/{id}",
        _update,
        {
            **dict.fromkeys(
                (
                    "customer",
                    "description",
                    "fraud_details",
                    "receipt_email",
                    "shipping",
                    "transfer_group",
                ),
                unmodelled(),
            ),
            "metadata": metadata(),
        },
        _EXPANDABLE,
    ),
)

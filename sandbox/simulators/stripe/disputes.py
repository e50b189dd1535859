"""Disputes: the payer's bank takes a charge back, with a fee, and may return it.

The fee is not returned with it.
"""

from sandbox.simulators.stripe import balance, events
from sandbox.simulators.stripe.balance import Terms
from sandbox.simulators.stripe.errors import StripeError
from sandbox.simulators.stripe.listing import PAGING, matching, page
from sandbox.simulators.stripe.operation import Call, Operation
from sandbox.simulators.stripe.params import text
from sandbox.simulators.stripe.state import DAY, PLATFORM, Resource, State, new_id, snapshot

ANSWER_DAYS = 7
OPEN = ("needs_response", "under_review")
_EVIDENCE = (
    *("access_activity_log", "billing_address", "cancellation_policy"),
    *("cancellation_policy_disclosure", "cancellation_rebuttal", "customer_communication"),
    *("customer_email_address", "customer_name", "customer_purchase_ip", "customer_signature"),
    *("duplicate_charge_documentation", "duplicate_charge_explanation", "duplicate_charge_id"),
    *("product_description", "receipt", "refund_policy", "refund_policy_disclosure"),
    *("refund_refusal_explanation", "service_date", "service_documentation", "shipping_address"),
    *("shipping_carrier", "shipping_date", "shipping_documentation"),
    *("shipping_tracking_number", "uncategorized_file", "uncategorized_text"),
)


def raise_dispute(state: State, charge: Resource, amount: int, reason: str) -> Resource:
    """The holder contests a captured charge, or a part of it: the money leaves the balance."""
    card = charge["payment_method_details"].get("card", {"brand": "visa"})
    dispute: Resource = {
        "id": new_id("dp"),
        "object": "dispute",
        "amount": amount,
        "balance_transactions": [],
        "charge": charge["id"],
        "created": state.now(),
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {**dict.fromkeys(_EVIDENCE), "enhanced_evidence": {}},
        "evidence_details": {
            "due_by": state.now() + ANSWER_DAYS * DAY,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": False,
        "livemode": state.livemode,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "payment_method_details": {
            "card": {
                "brand": card["brand"],
                "case_type": "chargeback",
                "network": card["brand"],
                "network_reason_code": "10.4",
            },
            "type": "card",
        },
        "reason": reason,
        "status": "needs_response",
    }
    state.add(PLATFORM, "dispute", dispute)
    charge["disputed"] = True
    events.emit(state, PLATFORM, "charge.dispute.created", dispute)
    fee = Terms(fee=state.settings.dispute_fee, fee_for="Dispute fee", category="dispute")
    _move(state, dispute, -amount, fee)
    events.emit(state, PLATFORM, "charge.dispute.funds_withdrawn", dispute)
    return dispute


def _move(state: State, dispute: Resource, amount: int, terms: Terms) -> None:
    booked = balance.record(state, PLATFORM, "adjustment", dispute, amount, terms)
    dispute["balance_transactions"].append(snapshot(booked))


def review(state: State, dispute: Resource) -> None:
    """The platform has answered, and the bank is thinking."""
    before = snapshot(dispute)
    dispute["status"] = "under_review"
    dispute["evidence_details"] |= {"has_evidence": True, "submission_count": 1}
    events.emit(state, PLATFORM, "charge.dispute.updated", dispute, before)


def close(state: State, dispute: Resource, *, won: bool) -> None:
    """The bank has decided; what is won comes back."""
    before = snapshot(dispute)
    dispute["status"] = "won" if won else "lost"
    if won:
        _move(state, dispute, dispute["amount"], Terms(category="dispute_reversal"))
        events.emit(state, PLATFORM, "charge.dispute.funds_reinstated", dispute, before)
    events.emit(state, PLATFORM, "charge.dispute.closed", dispute, before)


def _retrieve(call: Call) -> Resource:
    return call.state.get(call.owner, "dispute", call.ids["id"])


def _list(call: Call) -> Resource:
    everything = call.state.all(call.owner, "dispute")
    chosen = matching(everything, call.params, "charge", "payment_intent")
    return page(chosen, call.params, url="/v1/disputes", kind="dispute")


def _close(call: Call) -> Resource:
    dispute = _retrieve(call)
    if dispute["status"] not in OPEN:
        raise StripeError("This dispute is already closed.", saved=True)
    close(call.state, dispute, won=False)
    return dispute


_EXPANDABLE = ("charge", "payment_intent")

OPERATIONS = (
    Operation(
        "GET",
        "/v1/disputes",
        _list,
        {**PAGING, "charge": text(), "payment_intent": text()},
        tuple(f"data.{name}" for name in _EXPANDABLE),
    ),
    Operation("GET", "/v1/disputes/{id}", _retrieve, {}, _EXPANDABLE),
    Operation("POST", "/v1/disputes/{id}/close", _close, {}, _EXPANDABLE),
)

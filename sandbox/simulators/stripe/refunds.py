"""Refunds: captured money given back, in parts and repeatedly; Stripe keeps its fee.

A refund mostly succeeds at once. It is `pending` while the balance does not cover it or the bank
takes its time, and may fail days later: the money is then back on the balance. What was reserved
and let go is no refund, since 2025-03-31.basil.
"""

from sandbox.simulators.stripe import balance, events
from sandbox.simulators.stripe.errors import StripeError
from sandbox.simulators.stripe.listing import PAGING, matching, page
from sandbox.simulators.stripe.operation import Call, Operation
from sandbox.simulators.stripe.params import (
    enum,
    integer,
    merge_metadata,
    metadata,
    text,
    unmodelled,
)
from sandbox.simulators.stripe.state import PLATFORM, Resource, State, new_id, snapshot

BANK_SECONDS = 60
"""How long a bank takes over what it does not do at once; real ones take days."""
REASONS = ("duplicate", "fraudulent", "requested_by_customer")


def _new(state: State, charge: Resource, amount: int) -> Resource:
    return {
        "id": new_id("re"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": state.now(),
        "currency": charge["currency"],
        "customer": None,
        "customer_account": None,
        "destination_details": None,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "payment_method": charge["payment_method"],
        "reason": None,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }


def given_back(state: State, charge: Resource) -> int:
    """What is given back, or on its way."""
    return sum(
        item["amount"]
        for item in state.all(PLATFORM, "refund")
        if item["charge"] == charge["id"] and item["status"] in {"pending", "succeeded"}
    )


def _create(call: Call) -> Resource:
    state, params = call.state, call.params
    charge = _charge(call)
    left = charge["amount_captured"] - given_back(state, charge)
    amount = params.get("amount", left)
    _check(charge, amount, left)
    refund = _new(state, charge, amount)
    refund["reason"] = params.get("reason")
    refund["metadata"] = merge_metadata({}, params.get("metadata"), given="metadata" in params)
    card = state.notes[charge["id"]]["card"]
    state.notes[refund["id"]]["plan"] = card.refund or state.settings.refund_outcome
    state.add(PLATFORM, "refund", refund)
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount_captured"]
    _begin(state, refund)
    events.emit(state, PLATFORM, "refund.created", refund)
    events.emit(state, PLATFORM, "charge.refunded", charge)
    return refund


def _charge(call: Call) -> Resource:
    given = [name for name in ("charge", "payment_intent") if name in call.params]
    if len(given) != 1:
        raise StripeError(
            "One of the following params should be provided for this request: charge or "
            "payment_intent."
        )
    charge = call.params.get("charge")
    if charge is None:
        identifier = call.params["payment_intent"]
        intent = call.state.get(call.owner, "payment_intent", identifier, "payment_intent")
        charge = intent["latest_charge"]
        if charge is None:
            raise StripeError(
                f"This PaymentIntent ({identifier}) does not have a successful charge to refund."
            )
    return call.state.get(call.owner, "charge", charge, "charge")


def _check(charge: Resource, amount: int, left: int) -> None:
    if not charge["captured"]:
        raise StripeError(
            f"This uncaptured Charge was created by a PaymentIntent ({charge['payment_intent']}). "
            "You must cancel the PaymentIntent to reverse the authorization instead of refunding "
            "the Charge directly.",
            saved=True,
        )
    if charge["disputed"]:
        raise StripeError(
            f"Charge {charge['id']} has been charged back; cannot issue a refund.",
            code="charge_disputed",
            saved=True,
        )
    if left == 0:
        raise StripeError(
            f"Charge {charge['id']} has already been refunded.",
            code="charge_already_refunded",
            saved=True,
        )
    if amount > left:
        # Stripe gives this one no code.
        raise StripeError(
            f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})",
            param="amount",
            saved=True,
        )


def _begin(state: State, refund: Resource) -> None:
    note = state.notes[refund["id"]]
    note["due"] = state.now() + BANK_SECONDS
    if _held(state, refund["currency"]) < refund["amount"]:
        refund |= {"status": "pending", "pending_reason": "insufficient_funds"}
    elif note["plan"] == "pend":
        refund |= {"status": "pending", "pending_reason": "processing"}
    else:
        _book(state, refund)


def _held(state: State, code: str) -> int:
    """What there is to give back from."""
    status = None if state.settings.refund_from_pending else "available"
    return balance.totals(state, PLATFORM, status)[code]


def _book(state: State, refund: Resource) -> None:
    charge = state.get(PLATFORM, "charge", refund["charge"])
    kind = "payment_refund" if "vipps" in charge["payment_method_details"] else "refund"
    booked = balance.record(state, PLATFORM, kind, refund, -refund["amount"])
    refund |= {"balance_transaction": booked["id"], "status": "succeeded"}
    refund.pop("pending_reason", None)
    details = {"reference": new_id("arn"), "reference_status": "available", "type": "refund"}
    refund["destination_details"] = {"card": details, "type": "card"}


def proceed(state: State) -> None:
    """Do what time does: banks answer, and refunds that waited for money find it."""
    for refund in state.all(PLATFORM, "refund"):
        note = state.notes[refund["id"]]
        waits_for_money = refund.get("pending_reason") == "insufficient_funds"
        is_due = state.now() >= note["due"]
        is_covered = _held(state, refund["currency"]) >= refund["amount"]
        if refund["status"] == "pending" and (is_covered if waits_for_money else is_due):
            succeed(state, refund)
        elif refund["status"] == "succeeded" and note["plan"] == "fail_later" and is_due:
            fail(state, refund)


def succeed(state: State, refund: Resource) -> None:
    """The bank has given the money back."""
    before = snapshot(refund)
    _book(state, refund)
    _tell(state, refund, before)


def fail(state: State, refund: Resource) -> None:
    """The bank could not give the money back: it is the platform's again."""
    before = snapshot(refund)
    if refund["balance_transaction"] is not None:
        back = balance.record(state, PLATFORM, "refund_failure", refund, refund["amount"])
        refund["failure_balance_transaction"] = back["id"]
    refund |= {"failure_reason": "expired_or_canceled_card", "status": "failed"}
    refund.pop("pending_reason", None)
    charge = state.get(PLATFORM, "charge", refund["charge"])
    charge["amount_refunded"] -= refund["amount"]
    charge["refunded"] = False
    _tell(state, refund, before)
    events.emit(state, PLATFORM, "refund.failed", refund)


def _tell(state: State, refund: Resource, before: Resource) -> None:
    events.emit(state, PLATFORM, "refund.updated", refund, before)
    events.emit(state, PLATFORM, "charge.refund.updated", refund, before)


def _retrieve(call: Call) -> Resource:
    return call.state.get(call.owner, "refund", call.ids["id"])


def _update(call: Call) -> Resource:
    refund = _retrieve(call)
    before = snapshot(refund)
    refund["metadata"] = merge_metadata(
        refund["metadata"], call.params.get("metadata"), given="metadata" in call.params
    )
    _tell(call.state, refund, before)
    return refund


def _list(call: Call) -> Resource:
    everything = call.state.all(call.owner, "refund")
    chosen = matching(everything, call.params, "charge", "payment_intent")
    return page(chosen, call.params, url="/v1/refunds", kind="refund")


_EXPANDABLE = ("balance_transaction", "charge", "failure_balance_transaction", "payment_intent")

OPERATIONS = (
    Operation(
        "POST",
        "/v1/refunds",
        _create,
        {
            **dict.fromkeys(
                (
                    "currency",
                    "customer",
                    "instructions_email",
                    "origin",
                    "refund_application_fee",
                    "reverse_transfer",
                ),
                unmodelled(),
            ),
            "amount": integer(least=1),
            "charge": text(),
            "metadata": metadata(),
            "payment_intent": text(),
            "reason": enum(*REASONS),
        },
        _EXPANDABLE,
    ),
    Operation(
        "GET",
        "/v1/refunds",
        _list,
        {**PAGING, "charge": text(), "payment_intent": text()},
        tuple(f"data.{name}" for name in _EXPANDABLE),
    ),
    Operation("GET", "/v1/refunds/{id}", _retrieve, {}, _EXPANDABLE),
    Operation("POST", "/v1/refunds/{id}", _update, {"metadata": metadata()}, _EXPANDABLE),
)

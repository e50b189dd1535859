"""Transfers: money from the platform's balance to that of a connected account.

A transfer has no status: that it exists means that the money moved.
"""

from typing import NoReturn

from sandbox.simulators.stripe import balance, events
from sandbox.simulators.stripe.errors import StripeError, missing_resource
from sandbox.simulators.stripe.listing import PAGING, empty, matching, page
from sandbox.simulators.stripe.operation import Call, Operation
from sandbox.simulators.stripe.params import (
    currency,
    enum,
    integer,
    merge_metadata,
    metadata,
    text,
)
from sandbox.simulators.stripe.state import PLATFORM, Resource, new_id, snapshot

EXPANDABLE = ("balance_transaction", "destination")


def _create(call: Call) -> Resource:
    params = call.params
    if "source_transaction" in params:
        _refuse_source(call, params["source_transaction"])
    if "amount" not in params:
        raise StripeError(
            "Missing required param: amount.", code="parameter_missing", param="amount"
        )
    destination = _destination(call)
    if destination["capabilities"].get("transfers") != "active":
        raise StripeError(
            "Your destination account needs to have at least one of the following capabilities "
            "enabled: transfers, crypto_transfers, legacy_payments",
            code="insufficient_capabilities_for_transfer",
            saved=True,
        )
    balance.require(call.state, call.owner, params["currency"], params["amount"])
    return _move(call, destination["id"])


def _refuse_source(call: Call, charge: str) -> NoReturn:
    if any(item["id"] == charge for item in call.state.all(PLATFORM, "charge")):
        raise StripeError(
            "Stripe ties a transfer to a charge; the sandbox does not.",
            code="sandbox_unmodelled",
            param="source_transaction",
        )
    raise missing_resource("charge", charge, param="source_transaction", status=400)


def _destination(call: Call) -> Resource:
    identifier = call.params["destination"]
    accounts = {item["id"]: item for item in call.state.all(PLATFORM, "account")}
    if call.connected or identifier not in accounts:
        raise missing_resource("destination", identifier, param="destination", status=400)
    return accounts[identifier]


def _move(call: Call, destination: str) -> Resource:
    state, params = call.state, call.params
    identifier = new_id("tr")
    transfer: Resource = {
        "id": identifier,
        "object": "transfer",
        "amount": params["amount"],
        "amount_reversed": 0,
        "balance_transaction": None,
        "created": state.now(),
        "currency": params["currency"],
        "description": params.get("description"),
        "destination": destination,
        "destination_payment": new_id("py"),
        "livemode": state.livemode,
        "metadata": merge_metadata({}, params.get("metadata"), given="metadata" in params),
        "reversals": empty(f"/v1/transfers/{identifier}/reversals"),
        "reversed": False,
        "source_transaction": None,
        "source_type": params.get("source_type", "card"),
        "transfer_group": params.get("transfer_group"),
    }
    paid = balance.record(state, PLATFORM, "transfer", transfer, -transfer["amount"])
    transfer["balance_transaction"] = paid["id"]
    arrived = {**transfer, "id": transfer["destination_payment"]}
    balance.record(state, destination, "payment", arrived, transfer["amount"])
    state.add(PLATFORM, "transfer", transfer)
    events.emit(state, PLATFORM, "transfer.created", transfer)
    return transfer


def _retrieve(call: Call) -> Resource:
    return call.state.get(call.owner, "transfer", call.ids["id"], "transfer")


def _update(call: Call) -> Resource:
    transfer, params = _retrieve(call), call.params
    before = snapshot(transfer)
    if "description" in params:
        transfer["description"] = params["description"]
    transfer["metadata"] = merge_metadata(
        transfer["metadata"], params.get("metadata"), given="metadata" in params
    )
    events.emit(call.state, call.owner, "transfer.updated", transfer, before)
    return transfer


def _list(call: Call) -> Resource:
    everything = call.state.all(call.owner, "transfer")
    chosen = matching(everything, call.params, "destination", "transfer_group")
    return page(chosen, call.params, url="/v1/transfers", kind="transfer")


OPERATIONS = (
    Operation(
        "POST",
        "/v1/transfers",
        _create,
        {
            "amount": integer(least=1),
            "currency": currency(required=True),
            "description": text(),
            "destination": text(required=True),
            "metadata": metadata(),
            "source_transaction": text(),
            "source_type": enum("bank_account", "card", "fpx"),
            "transfer_group": text(),
        },
        EXPANDABLE,
    ),
    Operation(
        "GET",
        "/v1/transfers",
        _list,
        {**PAGING, "destination": text(), "transfer_group": text()},
        tuple(f"data.{name}" for name in EXPANDABLE),
    ),
    Operation("GET", "/v1/transfers/{id}", _retrieve, {}, EXPANDABLE),
    Operation(
        "POST",
        "/v1/transfers/{id}",
        _update,
        {"description": text(unset=True), "metadata": metadata()},
        EXPANDABLE,
    ),
)

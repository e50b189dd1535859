"""Transfer reversals: all or part of a transfer comes back to the platform's balance."""

from sandbox.simulators.stripe import balance, events
from sandbox.simulators.stripe.errors import StripeError
from sandbox.simulators.stripe.listing import PAGING, page
from sandbox.simulators.stripe.operation import Call, Operation
from sandbox.simulators.stripe.params import boolean, integer, merge_metadata, metadata, text
from sandbox.simulators.stripe.state import PLATFORM, Resource, new_id, snapshot

EMBEDDED = 10
"""A transfer shows its newest ten reversals; the rest are listed."""


def _create(call: Call) -> Resource:
    transfer = _transfer(call)
    left = transfer["amount"] - transfer["amount_reversed"]
    if left == 0:
        raise StripeError(f"Transfer {transfer['id']} has already been fully reversed.", saved=True)
    amount = call.params.get("amount", left)
    if amount > left:
        raise StripeError(
            f"Reversal amount ({amount}) is greater than the unreversed amount on the transfer "
            f"({left})",
            param="amount",
            saved=True,
        )
    balance.require(call.state, transfer["destination"], transfer["currency"], amount)
    return _move_back(call, transfer, amount)


def _move_back(call: Call, transfer: Resource, amount: int) -> Resource:
    state, params = call.state, call.params
    before = snapshot(transfer)
    reversal: Resource = {
        "id": new_id("trr"),
        "object": "transfer_reversal",
        "amount": amount,
        "balance_transaction": None,
        "created": state.now(),
        "currency": transfer["currency"],
        "destination_payment_refund": new_id("pyr"),
        "metadata": merge_metadata({}, params.get("metadata"), given="metadata" in params),
        "source_refund": None,
        "transfer": transfer["id"],
    }
    back = balance.record(state, PLATFORM, "transfer_refund", reversal, amount)
    reversal["balance_transaction"] = back["id"]
    taken = {**reversal, "id": reversal["destination_payment_refund"]}
    balance.record(state, transfer["destination"], "payment_refund", taken, -amount)
    state.add(PLATFORM, "transfer_reversal", reversal)
    transfer["amount_reversed"] += amount
    transfer["reversed"] = transfer["amount_reversed"] == transfer["amount"]
    _embed(call, transfer)
    events.emit(state, PLATFORM, "transfer.reversed", transfer, before)
    return reversal


def _embed(call: Call, transfer: Resource) -> None:
    shown = page(
        _of(call, transfer),
        {"limit": EMBEDDED},
        url=transfer["reversals"]["url"],
        kind="transfer_reversal",
    )
    transfer["reversals"] = snapshot(shown)


def _of(call: Call, transfer: Resource) -> list[Resource]:
    everything = call.state.all(PLATFORM, "transfer_reversal")
    return [item for item in everything if item["transfer"] == transfer["id"]]


def _transfer(call: Call) -> Resource:
    return call.state.get(call.owner, "transfer", call.ids["transfer"], "transfer")


def _retrieve(call: Call) -> Resource:
    transfer = _transfer(call)
    reversal = call.state.get(PLATFORM, "transfer_reversal", call.ids["id"])
    if reversal["transfer"] != transfer["id"]:
        raise StripeError("That reversal belongs to another transfer.", status=404, param="id")
    return reversal


def _update(call: Call) -> Resource:
    reversal, params = _retrieve(call), call.params
    reversal["metadata"] = merge_metadata(
        reversal["metadata"], params.get("metadata"), given="metadata" in params
    )
    _embed(call, _transfer(call))
    return reversal


def _list(call: Call) -> Resource:
    transfer = _transfer(call)
    url = transfer["reversals"]["url"]
    return page(_of(call, transfer), call.params, url=url, kind="transfer_reversal")


_PATH = "/v1/transfers/{transfer}/reversals"
_EXPANDABLE = ("balance_transaction", "transfer")
# Unlike other lists, this one is not filtered by time.
_PAGING = {name: rule for name, rule in PAGING.items() if name != "created"}

OPERATIONS = (
    Operation(
        "POST",
        _PATH,
        _create,
        {
            "amount": integer(least=1),
            "description": text(),
            "metadata": metadata(),
            "refund_application_fee": boolean(),
        },
        _EXPANDABLE,
    ),
    Operation("GET", _PATH, _list, _PAGING),
    Operation("GET", _PATH + "/{id}", _retrieve, {}, _EXPANDABLE),
    Operation("POST", _PATH + "/{id}", _update, {"metadata": metadata()}, _EXPANDABLE),
)

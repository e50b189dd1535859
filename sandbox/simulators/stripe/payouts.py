"""Payouts: money from an account's Stripe balance to its bank.

A payout is `pending` until the midnight (UTC) after it was made, then `in_transit`, and `paid` on
its arrival date. Accounts on the daily schedule are paid out without asking: at the first midnight
after their money is `delay_days` old.
"""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from sandbox.simulators.stripe import balance, events
from sandbox.simulators.stripe.errors import StripeError
from sandbox.simulators.stripe.listing import PAGING, matching, page
from sandbox.simulators.stripe.operation import Call, Operation
from sandbox.simulators.stripe.params import (
    currency,
    enum,
    integer,
    merge_metadata,
    metadata,
    text,
)
from sandbox.simulators.stripe.state import DAY, PLATFORM, Resource, State, new_id, snapshot

TRANSIT_DAYS = 2
PLATFORM_BANK = "ba_1SandboxPlatform"
MOVING = ("pending", "in_transit")
STATUSES = (*MOVING, "paid", "failed", "canceled")


def _create(call: Call) -> Resource:
    params, state = call.params, call.state
    if params.get("method", "standard") == "instant":
        raise StripeError(
            "This account does not have any external accounts that are eligible for instant "
            "payouts.",
            code="instant_payouts_unsupported",
            param="method",
        )
    account = state.get(PLATFORM, "account", call.owner) if call.connected else None
    if account is not None and not account["payouts_enabled"]:
        raise StripeError(
            "Payouts are not allowed on this account.", code="payouts_not_allowed", saved=True
        )
    bank = _bank(account, params["currency"])
    if params.get("destination", bank) != bank:
        raise StripeError(
            f"No such external account: '{params['destination']}'",
            code="resource_missing",
            param="destination",
        )
    balance.require(state, call.owner, params["currency"], params["amount"])
    payout = _new(state, params["amount"], params["currency"], bank)
    for name in ("description", "statement_descriptor"):
        payout[name] = params.get(name)
    payout["metadata"] = merge_metadata({}, params.get("metadata"), given="metadata" in params)
    return _send(state, call.owner, payout)


def _bank(account: Resource | None, code: str) -> str:
    if account is None:
        return PLATFORM_BANK
    for bank in account["external_accounts"]["data"]:
        if bank["currency"] == code:
            return str(bank["id"])
    raise StripeError(
        f"Sorry, you don't have any external accounts in that currency ({code}).",
        param="currency",
        saved=True,
    )


def _new(state: State, amount: int, code: str, bank: str, *, automatic: bool = False) -> Resource:
    return {
        "id": new_id("po"),
        "object": "payout",
        "amount": amount,
        "application_fee": None,
        "application_fee_amount": None,
        "arrival_date": midnight_after(state.now()) + (TRANSIT_DAYS - 1) * DAY,
        "automatic": automatic,
        "balance_transaction": None,
        "created": state.now(),
        "currency": code,
        "description": "STRIPE PAYOUT" if automatic else None,
        "destination": bank,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "livemode": state.livemode,
        "metadata": {},
        "method": "standard",
        "original_payout": None,
        "payout_method": None,
        "reconciliation_status": "in_progress" if automatic else "not_applicable",
        "reversed_by": None,
        "source_type": "card",
        "statement_descriptor": None,
        "status": "pending",
        "trace_id": {"status": "pending", "value": None},
        "type": "bank_account",
    }


def _send(state: State, owner: str, payout: Resource) -> Resource:
    taken = balance.record(state, owner, "payout", payout, -payout["amount"])
    payout["balance_transaction"] = taken["id"]
    state.add(owner, "payout", payout)
    events.emit(state, owner, "payout.created", payout)
    return payout


def midnight_after(moment: int) -> int:
    """The first midnight (UTC) later than `moment`; both in seconds."""
    day = datetime.fromtimestamp(moment, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return int((day + timedelta(days=1)).timestamp())


def settle(state: State) -> None:
    """Do what time does: automatic payouts leave, payouts under way arrive."""
    for owner in state.owners():
        account = state.get(PLATFORM, "account", owner)
        _pay_out_by_schedule(state, account)
    for owner in [PLATFORM, *state.owners()]:
        for payout in [item for item in state.all(owner, "payout") if item["status"] in MOVING]:
            _progress(state, owner, payout)


def _pay_out_by_schedule(state: State, account: Resource) -> None:
    schedule = account["settings"]["payouts"]["schedule"]
    if not account["payouts_enabled"] or schedule["interval"] != "daily":
        return
    delay = schedule["delay_days"] * DAY
    for bank in account["external_accounts"]["data"]:
        owner, code = account["id"], bank["currency"]
        young = _young(state, owner, code, delay)
        ripe = balance.available(state, owner, code) - sum(item["net"] for item in young)
        if ripe > 0:
            pay_out(state, owner, (ripe, code), bank["id"], [item["id"] for item in young])


def _young(state: State, owner: str, code: str, delay: int) -> list[Resource]:
    return [
        item
        for item in state.all(owner, "balance_transaction")
        if (item["currency"], item["type"]) == (code, "payment")
        and midnight_after(item["created"]) + delay > state.now()
    ]


def pay_out(
    state: State, owner: str, money: tuple[int, str], bank: str, without: Collection[str] = ()
) -> Resource:
    """Send money (amount and currency) to an account's bank without being asked.

    What it is made up of is remembered: all that is available and in no earlier payout, `without`
    what is too young.
    """
    amount, code = money
    payout = _new(state, amount, code, bank, automatic=True)
    taken = {*without}
    for item in state.all(owner, "payout"):
        taken |= state.notes[item["id"]].get("members", set())
    state.notes[payout["id"]]["members"] = {
        item["id"]
        for item in state.all(owner, "balance_transaction")
        if (item["currency"], item["status"]) == (code, "available")
        and item["id"] not in taken
        and not item["type"].startswith("payout")
    }
    return _send(state, owner, payout)


def _progress(state: State, owner: str, payout: Resource) -> None:
    before, now = snapshot(payout), state.now()
    if payout["status"] == "pending" and now >= midnight_after(payout["created"]):
        payout["status"] = "in_transit"
        events.emit(state, owner, "payout.updated", payout, before)
    if payout["status"] == "in_transit" and now >= payout["arrival_date"]:
        arrive(state, owner, payout)


def arrive(state: State, owner: str, payout: Resource) -> None:
    """The bank has the money. It may still send it back (`fail`)."""
    before = snapshot(payout)
    payout["status"] = "paid"
    payout["trace_id"] = {"status": "supported", "value": new_id("trace")}
    if payout["automatic"]:
        payout["reconciliation_status"] = "completed"
    events.emit(state, owner, "payout.paid", payout, before)


def fail(state: State, owner: str, payout: Resource) -> None:
    """The bank sent the money back, perhaps days after it was `paid`."""
    before = snapshot(payout)
    back = balance.record(state, owner, "payout_failure", payout, payout["amount"])
    payout["status"] = "failed"
    payout["failure_balance_transaction"] = back["id"]
    payout["failure_code"] = "account_closed"
    payout["failure_message"] = "The bank account has been closed."
    events.emit(state, owner, "payout.failed", payout, before)


def _cancel(call: Call) -> Resource:
    payout = _retrieve(call)
    if payout["status"] != "pending" or payout["automatic"]:
        raise StripeError("Payouts can only be canceled while they are pending.", saved=True)
    before = snapshot(payout)
    back = balance.record(call.state, call.owner, "payout_cancel", payout, payout["amount"])
    payout["status"] = "canceled"
    payout["failure_balance_transaction"] = back["id"]
    events.emit(call.state, call.owner, "payout.canceled", payout, before)
    return payout


def _retrieve(call: Call) -> Resource:
    return call.state.get(call.owner, "payout", call.ids["id"], "payout")


def _update(call: Call) -> Resource:
    payout, params = _retrieve(call), call.params
    before = snapshot(payout)
    payout["metadata"] = merge_metadata(
        payout["metadata"], params.get("metadata"), given="metadata" in params
    )
    events.emit(call.state, call.owner, "payout.updated", payout, before)
    return payout


def _list(call: Call) -> Resource:
    everything = call.state.all(call.owner, "payout")
    chosen = matching(everything, call.params, "status", "destination")
    return page(chosen, call.params, url="/v1/payouts", kind="payout")


_EXPANDABLE = ("balance_transaction", "failure_balance_transaction")

OPERATIONS = (
    Operation(
        "POST",
        "/v1/payouts",
        _create,
        {
            "amount": integer(required=True, least=1),
            "currency": currency(required=True),
            "description": text(),
            "destination": text(),
            "metadata": metadata(),
            "method": enum("standard", "instant"),
            "source_type": enum("bank_account", "card", "fpx"),
            "statement_descriptor": text(longest=22),
        },
        _EXPANDABLE,
    ),
    Operation(
        "GET",
        "/v1/payouts",
        _list,
        {**PAGING, "destination": text(), "status": enum(*STATUSES)},
    ),
    Operation("GET", "/v1/payouts/{id}", _retrieve, {}, _EXPANDABLE),
    Operation("POST", "/v1/payouts/{id}", _update, {"metadata": metadata()}, _EXPANDABLE),
    Operation("POST", "/v1/payouts/{id}/cancel", _cancel, {}, _EXPANDABLE),
)

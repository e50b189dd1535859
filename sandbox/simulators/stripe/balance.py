"""Balances: every movement is a balance transaction, and a balance is what they add up to.

What a charge brings is pending for some days; only what is available can be sent on.
"""

from collections import Counter
from dataclasses import dataclass

from sandbox.simulators.stripe.errors import StripeError, insufficient_balance
from sandbox.simulators.stripe.listing import PAGING, matching, page
from sandbox.simulators.stripe.operation import Call, Operation
from sandbox.simulators.stripe.params import currency, enum, text
from sandbox.simulators.stripe.state import PLATFORM, Resource, State, new_id

TYPES = (
    "adjustment",
    "charge",
    "payment",
    "payment_refund",
    "payout",
    "payout_cancel",
    "payout_failure",
    "refund",
    "refund_failure",
    "topup",
    "transfer",
    "transfer_refund",
)
DEFAULT_CURRENCY = "nok"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What else there is to a movement: Stripe's fee, when it is available, how it is reported.

    `fee_for` words the fee; `available_on` in seconds, None for at once.
    """

    fee: int = 0
    fee_for: str = "Stripe processing fees"
    available_on: int | None = None
    category: str | None = None


_PLAIN = Terms()


def record(
    state: State, owner: str, kind: str, source: Resource, amount: int, terms: Terms = _PLAIN
) -> Resource:
    """Book `amount` (signed, minor units, before the fee) of the source's currency."""
    details = {
        "amount": terms.fee,
        "application": None,
        "currency": source["currency"],
        "description": terms.fee_for,
        "type": "stripe_fee",
    }
    ripe = state.now() if terms.available_on is None else terms.available_on
    transaction = {
        "id": new_id("txn"),
        "object": "balance_transaction",
        "amount": amount,
        "available_on": ripe,
        "balance_type": "payments",
        "created": state.now(),
        "currency": source["currency"],
        "description": source.get("description"),
        "exchange_rate": None,
        "fee": terms.fee,
        "fee_details": [details] if terms.fee else [],
        "net": amount - terms.fee,
        "reporting_category": terms.category
        or kind.removesuffix("_cancel").removesuffix("_failure"),
        "source": source["id"],
        "status": "available" if ripe <= state.now() else "pending",
        "type": kind,
    }
    return state.add(owner, "balance_transaction", transaction)


def ripen(state: State) -> None:
    """Let what has waited long enough be available."""
    for owner in (PLATFORM, *state.owners()):
        for transaction in state.all(owner, "balance_transaction"):
            if transaction["status"] == "pending" and transaction["available_on"] <= state.now():
                transaction["status"] = "available"


def available(state: State, owner: str, code: str) -> int:
    """What an account can spend in one currency, in minor units; below zero it owes."""
    return totals(state, owner, "available")[code]


def totals(state: State, owner: str, status: str | None = None) -> Counter[str]:
    """What an account holds, by currency: all of it, or what is available or pending."""
    sums: Counter[str] = Counter()
    for transaction in state.all(owner, "balance_transaction"):
        if status in (None, transaction["status"]):
            sums[transaction["currency"]] += transaction["net"]
    return sums


def require(state: State, owner: str, code: str, amount: int) -> None:
    """Refuse what the balance does not cover. :raises StripeError: balance_insufficient."""
    if available(state, owner, code) < amount:
        raise insufficient_balance(
            "your Stripe account" if owner == PLATFORM else f"the connected account {owner}"
        )


def fund(state: State, amount: int, code: str) -> None:
    """Put money on the platform's balance, as card or Vipps sales through Stripe would."""
    source: Resource = {"id": new_id("tu"), "currency": code, "description": "Sandbox funds"}
    record(state, PLATFORM, "topup", source, amount)


def _retrieve(call: Call) -> Resource:
    codes = sorted(totals(call.state, call.owner)) or [DEFAULT_CURRENCY]

    def shown(status: str) -> list[Resource]:
        sums = totals(call.state, call.owner, status)
        return [
            {"amount": sums[code], "currency": code, "source_types": {"card": sums[code]}}
            for code in codes
        ]

    balance: Resource = {
        "object": "balance",
        "available": shown("available"),
        "livemode": call.state.livemode,
        "pending": shown("pending"),
    }
    if not call.connected:
        balance["connect_reserved"] = [{"amount": 0, "currency": code} for code in codes]
    return balance


def _transaction(call: Call) -> Resource:
    return call.state.get(call.owner, "balance_transaction", call.ids["id"])


def _transactions(call: Call) -> Resource:
    members = _paid_out_with(call)
    everything = call.state.all(call.owner, "balance_transaction")
    chosen = [
        item
        for item in matching(everything, call.params, "type", "currency", "source")
        if members is None or item["id"] in members
    ]
    url = "/v1/balance_transactions"
    return page(chosen, call.params, url=url, kind="balance_transaction")


def _paid_out_with(call: Call) -> set[str] | None:
    """The transactions of an automatic payout, itself among them; None: no payout was asked for."""
    if "payout" not in call.params:
        return None
    payout = call.state.get(call.owner, "payout", call.params["payout"], "payout")
    if not payout["automatic"]:
        raise StripeError(
            "Balance transaction history can only be filtered on automatic payouts, not manual.",
            param="payout",
        )
    return {*call.state.notes[payout["id"]]["members"], payout["balance_transaction"]}


OPERATIONS = (
    Operation("GET", "/v1/balance", _retrieve),
    Operation("GET", "/v1/balance_transactions/{id}", _transaction, {}, ("source",)),
    Operation(
        "GET",
        "/v1/balance_transactions",
        _transactions,
        {
            **PAGING,
            "currency": currency(),
            "payout": text(),
            "source": text(),
            "type": enum(*TYPES),
        },
        ("data.source",),
    ),
)

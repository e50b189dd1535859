"""Balances: every movement is a balance transaction, and a balance is what they add up to."""

from collections import Counter

from sandbox.simulators.stripe.errors import insufficient_balance
from sandbox.simulators.stripe.listing import PAGING, page
from sandbox.simulators.stripe.operation import Call, Operation
from sandbox.simulators.stripe.params import currency, enum, text
from sandbox.simulators.stripe.state import PLATFORM, Resource, State, new_id

TYPES = (
    "payment",
    "payment_refund",
    "payout",
    "payout_cancel",
    "payout_failure",
    "topup",
    "transfer",
    "transfer_refund",
)
DEFAULT_CURRENCY = "nok"


def record(state: State, owner: str, kind: str, source: Resource, amount: int) -> Resource:
    """Book `amount` (signed, minor units) of the source's currency; available at once."""
    transaction = {
        "id": new_id("txn"),
        "object": "balance_transaction",
        "amount": amount,
        "available_on": state.now(),
        "balance_type": "payments",
        "created": state.now(),
        "currency": source["currency"],
        "description": source.get("description"),
        "exchange_rate": None,
        "fee": 0,
        "fee_details": [],
        "net": amount,
        "reporting_category": kind.removesuffix("_cancel").removesuffix("_failure"),
        "source": source["id"],
        "status": "available",
        "type": kind,
    }
    return state.add(owner, "balance_transaction", transaction)


def available(state: State, owner: str, code: str) -> int:
    """What an account can spend in one currency, in minor units."""
    return totals(state, owner)[code]


def totals(state: State, owner: str) -> Counter[str]:
    """What an account can spend, by currency."""
    sums: Counter[str] = Counter()
    for transaction in state.all(owner, "balance_transaction"):
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
    sums = totals(call.state, call.owner) or Counter({DEFAULT_CURRENCY: 0})
    shown = [
        {"amount": amount, "currency": code, "source_types": {"card": amount}}
        for code, amount in sorted(sums.items())
    ]
    pending = [
        {"amount": 0, "currency": code, "source_types": {"card": 0}} for code in sorted(sums)
    ]
    balance: Resource = {
        "object": "balance",
        "available": shown,
        "livemode": False,
        "pending": pending,
    }
    if not call.connected:
        balance["connect_reserved"] = [{"amount": 0, "currency": code} for code in sorted(sums)]
    return balance


def _transaction(call: Call) -> Resource:
    return call.state.get(call.owner, "balance_transaction", call.ids["id"])


def _transactions(call: Call) -> Resource:
    filters: tuple[str, ...] = ("type", "currency", "source")
    wanted = {name: call.params[name] for name in filters if name in call.params}
    if "payout" in call.params:
        payout = call.state.get(call.owner, "payout", call.params["payout"], "payout")
        wanted["source"] = payout["id"]
    chosen = [
        item
        for item in call.state.all(call.owner, "balance_transaction")
        if all(item[name] == value for name, value in wanted.items())
    ]
    url = "/v1/balance_transactions"
    return page(chosen, call.params, url=url, kind="balance_transaction")


OPERATIONS = (
    Operation("GET", "/v1/balance", _retrieve),
    Operation("GET", "/v1/balance_transactions/{id}", _transaction),
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
    ),
)

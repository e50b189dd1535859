"""What the local world may do to Stripe: fund the platform, act for account holders and banks.

What can be done to payments stands in payment_control.py.
"""

from collections.abc import Callable
from typing import Any

from sandbox.simulators.faults import Faults
from sandbox.simulators.kit import RefusedError, Request, Response, Route, control_fields
from sandbox.simulators.stripe import account_object, balance, events, payouts
from sandbox.simulators.stripe.accounts import Change, change, connected_account
from sandbox.simulators.stripe.errors import StripeError
from sandbox.simulators.stripe.state import PLATFORM, Resource, State, new_id

HAPPENINGS: dict[str, Change] = {
    "complete_onboarding": account_object.complete_onboarding,
    "await_verification": account_object.await_verification,
    "require_action": account_object.require_action,
    "restrict": account_object.restrict,
    "reject": account_object.reject,
}


def control_routes(state: State, crashes: Faults) -> tuple[Route, ...]:
    """The routes below /_sandbox/ that only Stripe has."""

    def crash(request: Request) -> Resource:
        crashes.order({"kind": "fail", "status": 500, **control_fields(request)})
        return {}

    def without_crashes(_request: Request) -> Resource:
        crashes.clear()
        return {}

    return (
        _route("POST", "balance", lambda request: _fund(state, request)),
        _route("GET", "accounts/{id}", lambda request: _account(state, request)),
        _route("POST", "accounts/{id}", lambda request: _happen(state, request)),
        _route("POST", "payouts/{id}", lambda request: _bank(state, request)),
        _route("POST", "crashes", crash),
        _route("DELETE", "crashes", without_crashes),
    )


def _route(method: str, path: str, act: Callable[[Request], Resource]) -> Route:
    def action(request: Request) -> Response:
        try:
            return Response.json(200, act(request))
        except StripeError as error:
            return Response.json(404, {"error": error.message})
        except ValueError as error:
            return Response.json(400, {"error": str(error)})

    return Route(method, f"/_sandbox/{path}", action)


def _fund(state: State, request: Request) -> Resource:
    fields = control_fields(request)
    amount, currency = fields.get("amount"), fields.get("currency", balance.DEFAULT_CURRENCY)
    if not isinstance(amount, int) or isinstance(amount, bool) or not isinstance(currency, str):
        raise _refused("amount is an integer (minor units), currency a code such as nok")
    balance.fund(state, amount, currency.lower())
    return {"available": dict(balance.totals(state, PLATFORM))}


def _account(state: State, request: Request) -> Resource:
    return _shown(state, connected_account(state, request.params["id"]))


def _shown(state: State, account: Resource) -> Resource:
    """The account with its money, in minor units.

    `balance` is in the account's own currency, split as GET /v1/balance splits it; `balances` and
    `paid_out` (what its bank was sent) are by currency.
    """
    sums = balance.totals(state, account["id"])
    sent: dict[str, int] = {}
    for payout in state.all(account["id"], "payout"):
        if payout["status"] == "paid":
            sent[payout["currency"]] = sent.get(payout["currency"], 0) + payout["amount"]
    return {
        "account": account,
        # Transfers are available at once: nothing is ever pending here.
        "balance": {"available": sums[account["default_currency"]], "pending": 0},
        "balances": dict(sums),
        "paid_out": sent,
        "payouts": state.all(account["id"], "payout"),
    }


def _happen(state: State, request: Request) -> Resource:
    account = connected_account(state, request.params["id"])
    action: Any = control_fields(request).get("action")
    if action == "deauthorize":
        return _deauthorize(state, account)
    if action not in HAPPENINGS:
        raise _refused(f"action is deauthorize or one of {', '.join(HAPPENINGS)}")
    change(state, account, HAPPENINGS[action])
    return _shown(state, account)


def _deauthorize(state: State, account: Resource) -> Resource:
    shown = _shown(state, account)
    application: Resource = {
        "id": new_id("ca"),
        "object": "application",
        "name": "MIN MENTOR",
    }
    events.emit(state, account["id"], "account.application.deauthorized", application)
    state.remove(PLATFORM, "account", account["id"])
    return shown


def _bank(state: State, request: Request) -> Resource:
    for owner in [PLATFORM, *state.owners()]:
        for payout in state.all(owner, "payout"):
            if payout["id"] == request.params["id"]:
                return _move(state, owner, payout, control_fields(request).get("action"))
    raise _refused("no such payout", status=404)


def _move(state: State, owner: str, payout: Resource, action: object) -> Resource:
    if action == "pay" and payout["status"] in payouts.MOVING:
        payouts.arrive(state, owner, payout)
    elif action == "fail" and payout["status"] in (*payouts.MOVING, "paid"):
        payouts.fail(state, owner, payout)
    else:
        raise _refused(f"action is pay or fail; the payout is {payout['status']}")
    return payout


def _refused(detail: str, status: int = 400) -> RefusedError:
    return RefusedError(Response.json(status, {"error": detail}))

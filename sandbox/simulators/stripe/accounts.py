"""Connected accounts: made by the platform, filled in by their holders."""

from collections.abc import Callable

from sandbox.simulators.stripe import account_object, balance, events
from sandbox.simulators.stripe.account_object import requirements
from sandbox.simulators.stripe.errors import StripeError, no_access
from sandbox.simulators.stripe.listing import PAGING, page
from sandbox.simulators.stripe.operation import Call, Operation
from sandbox.simulators.stripe.params import (
    Parameters,
    Specification,
    boolean,
    currency,
    enum,
    integer,
    merge_metadata,
    metadata,
    nested,
    text,
    unmodelled,
)
from sandbox.simulators.stripe.state import PLATFORM, Resource, State, new_id, snapshot

CAPABILITIES = ("card_payments", "transfers")
LEGACY_DASHBOARDS = {"standard": "full", "express": "express", "custom": "none"}

type Change = Callable[[Resource, int], None]
"""Something that happens to an account, at a moment in seconds."""


def change(state: State, account: Resource, happening: Change) -> None:
    """Let something happen to an account, and tell the Connect endpoints what it changed."""
    before = snapshot(account)
    happening(account, state.now())
    if account == before:
        return
    identifier = account["id"]
    if len(account["external_accounts"]["data"]) > len(before["external_accounts"]["data"]):
        bank = account["external_accounts"]["data"][-1]
        events.emit(state, identifier, "account.external_account.created", bank)
    for name, status in account["capabilities"].items():
        if before["capabilities"].get(name, status) != status:
            events.emit(state, identifier, "capability.updated", _capability(account, name))
    events.emit(state, identifier, "account.updated", account, before)


def _capability(account: Resource, name: str) -> Resource:
    return {
        "id": name,
        "object": "capability",
        "account": account["id"],
        "future_requirements": requirements(),
        "requested": True,
        "requested_at": account["created"],
        "requirements": account["requirements"],
        "status": account["capabilities"][name],
    }


def connected_account(state: State, identifier: str) -> Resource:
    """An account of the platform. :raises StripeError: there is none, or no longer (403)."""
    for account in state.all(PLATFORM, "account"):
        if account["id"] == identifier:
            return account
    raise no_access(identifier)


def _create(call: Call) -> Resource:
    params = call.params
    if "type" in params and "controller" in params:
        raise StripeError(
            "You may not provide the `type` parameter and `controller` parameters simultaneously. "
            "They are mutually exclusive."
        )
    account = account_object.new_account(
        new_id("acct"), country=params.get("country", "NO").upper(), now=call.state.now()
    )
    account["controller"] = _controller(params)
    account["type"] = params.get("type", "none" if "controller" in params else "standard")
    _apply(account, params)
    dashboard = account["controller"]["stripe_dashboard"]["type"]
    if dashboard == "none" and not account["capabilities"]:
        raise StripeError("Missing required param: capabilities.", param="capabilities")
    return call.state.add(PLATFORM, "account", account)


def _controller(params: Parameters) -> Resource:
    given = params.get("controller", {})
    legacy = params.get("type")
    custom, express = legacy == "custom", legacy == "express"
    payer = given.get("fees", {}).get("payer", "application" if custom or express else "account")
    losses = given.get("losses", {}).get(
        "payments", "application" if custom or express else "stripe"
    )
    collection = given.get("requirement_collection", "application" if custom else "stripe")
    dashboard = given.get("stripe_dashboard", {}).get(
        "type", LEGACY_DASHBOARDS.get(legacy or "standard", "full")
    )
    if losses == "application" and payer != "application":
        raise StripeError(
            "controller[losses][payments]=application requires "
            "controller[fees][payer]=application.",
            param="controller[fees][payer]",
        )
    if collection == "application" and dashboard != "none":
        raise StripeError(
            "controller[requirement_collection]=application requires "
            "controller[stripe_dashboard][type]=none.",
            param="controller[stripe_dashboard][type]",
        )
    return {
        "fees": {"payer": payer},
        "is_controller": True,
        "losses": {"payments": losses},
        "requirement_collection": collection,
        "stripe_dashboard": {"type": dashboard},
        "type": "application",
    }


def _apply(account: Resource, params: Parameters) -> None:
    # First, because it is the one part that may refuse.
    account["metadata"] = merge_metadata(
        account["metadata"], params.get("metadata"), given="metadata" in params
    )
    for name in ("business_type", "default_currency", "email"):
        if name in params:
            account[name] = params[name]
    account["business_profile"].update(params.get("business_profile", {}))
    for name, wish in params.get("capabilities", {}).items():
        if wish["requested"]:
            started = "active" if account["payouts_enabled"] else "inactive"
            account["capabilities"].setdefault(name, started)
        else:
            account["capabilities"].pop(name, None)
    payouts = params.get("settings", {}).get("payouts", {})
    account["settings"]["payouts"]["schedule"].update(payouts.get("schedule", {}))
    account["settings"]["payouts"].update(
        {name: value for name, value in payouts.items() if name != "schedule"}
    )


def _update(call: Call) -> Resource:
    account = _retrieve(call)
    change(call.state, account, lambda found, _now: _apply(found, call.params))
    return account


def _retrieve(call: Call) -> Resource:
    identifier = call.ids.get("id", call.owner)
    if identifier == PLATFORM and not call.connected:
        return _platform(call.state)
    if call.connected and identifier != call.owner:
        raise no_access(identifier)
    return connected_account(call.state, identifier)


def _platform(state: State) -> Resource:
    account = account_object.new_account(PLATFORM, country="NO", now=state.now())
    account_object.complete_onboarding(account, state.now())
    return {**account, "controller": {"type": "account"}, "type": "standard", "created": 0}


def _list(call: Call) -> Resource:
    accounts = [] if call.connected else call.state.all(PLATFORM, "account")
    return page(accounts, call.params, url="/v1/accounts", kind="account")


def _delete(call: Call) -> Resource:
    account = connected_account(call.state, call.ids["id"])
    if any(balance.totals(call.state, account["id"]).values()):
        raise StripeError(
            f"Cannot delete account {account['id']}: its balance is not zero.",
            code="account_invalid",
        )
    call.state.remove(PLATFORM, "account", account["id"])
    return {"id": account["id"], "object": "account", "deleted": True}


_SCHEDULE: Specification = {
    "delay_days": integer(most=31),
    "interval": enum("daily", "manual"),
    "monthly_anchor": unmodelled(),
    "monthly_payout_days": unmodelled(),
    "weekly_anchor": unmodelled(),
    "weekly_payout_days": unmodelled(),
}
_PROFILE_NAMES = ("mcc", "name", "product_description", "support_email", "support_phone")
_CHANGEABLE: Specification = {
    **dict.fromkeys(
        (
            "account_token",
            "company",
            "documents",
            "external_account",
            "groups",
            "individual",
            "tos_acceptance",
        ),
        unmodelled(),
    ),
    "business_profile": nested(
        {
            **{name: text() for name in _PROFILE_NAMES},
            "support_url": text(unset=True),
            "url": text(),
        }
    ),
    "business_type": enum("company", "government_entity", "individual", "non_profit"),
    "capabilities": nested(
        {name: nested({"requested": boolean(required=True)}) for name in CAPABILITIES}
    ),
    "default_currency": currency(),
    "email": text(),
    "metadata": metadata(),
    "settings": nested(
        {
            "payouts": nested(
                {
                    "debit_negative_balances": boolean(),
                    "schedule": nested(_SCHEDULE),
                    "statement_descriptor": text(),
                }
            )
        }
    ),
}
_CONTROLLER: Specification = {
    "fees": nested({"payer": enum("account", "application")}),
    "losses": nested({"payments": enum("application", "stripe")}),
    "requirement_collection": enum("application", "stripe"),
    "stripe_dashboard": nested({"type": enum("express", "full", "none")}),
}

OPERATIONS = (
    Operation("GET", "/v1/account", _retrieve),
    Operation(
        "POST",
        "/v1/accounts",
        _create,
        {
            **_CHANGEABLE,
            "controller": nested(_CONTROLLER),
            "country": text(longest=2),
            "type": enum("custom", "express", "standard"),
        },
    ),
    Operation("GET", "/v1/accounts", _list, PAGING),
    Operation("GET", "/v1/accounts/{id}", _retrieve),
    Operation("POST", "/v1/accounts/{id}", _update, _CHANGEABLE),
    Operation("DELETE", "/v1/accounts/{id}", _delete),
)

"""What the Stripe simulator answers has the shape that Stripe publishes for each resource.

The folder named by PROVIDER_SPECS holds Stripe's own example objects, one for each resource.
Both ways: nothing published is missing, and nothing is there that is not published or named below.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox.clock import Clock
from sandbox.simulators.stripe import StripeSimulator
from tests.sandbox.receiver import Receiver
from tests.sandbox.stripe_client import Platform

SPECS = os.environ.get("PROVIDER_SPECS")
pytestmark = pytest.mark.skipif(
    SPECS is None, reason="PROVIDER_SPECS names no folder with the providers' descriptions"
)

# Properties that the API documents and the published examples leave out.
DOCUMENTED = {
    "account.controller": {
        "fees",
        "is_controller",
        "losses",
        "requirement_collection",
        "stripe_dashboard",
    },
    "bank_account": {"account", "available_payout_methods", "default_for_currency"},
    "charge.payment_method_details.card": {"capture_before"},
    "checkout.session": {"allowed_payment_method_types"},
    "event": {"account"},
    "event.data": {"previous_attributes"},
    "payment_intent.last_payment_error": {"charge", "code", "decline_code", "message"},
    "refund": {"failure_balance_transaction", "failure_reason", "pending_reason"},
    "refund.destination_details.card": {"reference", "reference_status"},
    "webhook_endpoint": {"secret"},
}
# Properties of one owner only: connect_reserved is the platform's, a bank account belongs to a
# customer or, here, to an account. A charge shows its refunds only where they are expanded.
OPTIONAL = {
    "balance": {"connect_reserved"},
    "bank_account": {"customer"},
    "charge": {"refunds"},
}
# Hashes whose keys are not part of the shape.
FREE = {"metadata", "capabilities", "object", "previous_attributes", "source_types"}


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    with StripeSimulator(Clock(tmp_path / "clock")) as simulator:
        yield Platform(simulator)


@pytest.fixture(scope="module")
def examples() -> dict[str, Any]:
    path = Path(SPECS or "") / "stripe-fixtures3.json"
    resources: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["resources"]
    return resources


def differences(kind: str, path: str, ours: object, theirs: object) -> Iterator[str]:
    """What a resource has too much, too little, or of another type; null fits everything."""
    if ours is None or theirs is None:
        return
    if type(ours) is not type(theirs):
        yield f"{path}: {type(ours).__name__}, not {type(theirs).__name__}"
    elif isinstance(ours, dict) and isinstance(theirs, dict):
        extra = ours.keys() - theirs.keys() - DOCUMENTED.get(path, set())
        lacking = theirs.keys() - ours.keys() - OPTIONAL.get(path, set())
        yield from (f"{path}.{name}: not published" for name in sorted(extra))
        yield from (f"{path}.{name}: missing" for name in sorted(lacking))
        for name in ours.keys() & theirs.keys() - FREE:
            yield from differences(kind, f"{path}.{name}", ours[name], theirs[name])
    elif isinstance(ours, list) and isinstance(theirs, list) and theirs:
        for item in ours:
            yield from differences(kind, f"{path}[]", item, theirs[0])


def _application(platform: Platform) -> dict[str, Any]:
    """The object of a deauthorization; only a webhook still shows it."""
    with Receiver() as receiver:
        hook = {"url": receiver.url, "enabled_events[]": "*", "connect": "true"}
        endpoint = platform.raw("POST", "/v1/webhook_endpoints", hook).json()["id"]
        mentor = platform.mentor(ready=False)
        platform.control("POST", f"accounts/{mentor}", {"action": "deauthorize"})
        application: dict[str, Any] = receiver.wait(1)[0].json()["data"]["object"]
        platform.raw("DELETE", f"/v1/webhook_endpoints/{endpoint}")
    return application


def _answers(platform: Platform) -> dict[str, list[Any]]:
    """Every kind of resource that the simulator answers, in the states that it can have."""
    platform.fund(10_000)
    fresh, mentor = platform.mentor(ready=False), platform.mentor()
    links = {"refresh_url": "http://localhost/r", "return_url": "http://localhost/d"}
    hook = {"url": "http://127.0.0.1:9/", "enabled_events[]": "*"}
    endpoint = platform.raw("POST", "/v1/webhook_endpoints", hook).json()
    transfer = platform.transfer(mentor, 1000, "k").json()
    reversal = platform.raw("POST", f"/v1/transfers/{transfer['id']}/reversals").json()
    platform.transfer(mentor, 1000, "k2")
    wish = {"amount": "10", "currency": "nok"}
    payout = platform.raw("POST", "/v1/payouts", wish, Stripe_Account=mentor).json()
    failed = platform.raw("POST", "/v1/payouts", wish, Stripe_Account=mentor).json()
    failed = platform.control("POST", f"payouts/{failed['id']}", {"action": "fail"})
    theirs = platform.raw("GET", "/v1/events", Stripe_Account=mentor).json()["data"]
    events = [*platform.raw("GET", "/v1/events").json()["data"], *theirs]
    account = platform.raw("GET", f"/v1/accounts/{mentor}").json()
    link = {"account": fresh, "type": "account_onboarding", **links}
    return {
        "account": [account, platform.raw("GET", f"/v1/accounts/{fresh}").json()],
        "account_link": [platform.raw("POST", "/v1/account_links", link).json()],
        "application": [_application(platform)],
        "balance": [
            platform.raw("GET", "/v1/balance").json(),
            platform.raw("GET", "/v1/balance", Stripe_Account=mentor).json(),
        ],
        "balance_transaction": platform.raw("GET", "/v1/balance_transactions").json()["data"],
        "bank_account": account["external_accounts"]["data"],
        "capability": [
            event["data"]["object"] for event in events if event["type"] == "capability.updated"
        ],
        "event": events,
        "login_link": [platform.raw("POST", f"/v1/accounts/{mentor}/login_links").json()],
        "payout": [payout, failed],
        "transfer": [transfer, platform.raw("GET", f"/v1/transfers/{transfer['id']}").json()],
        "transfer_reversal": [reversal],
        "webhook_endpoint": [
            endpoint,
            platform.raw("GET", f"/v1/webhook_endpoints/{endpoint['id']}").json(),
        ],
        "deleted_account": [platform.raw("DELETE", f"/v1/accounts/{fresh}").json()],
        "deleted_webhook_endpoint": [
            platform.raw("DELETE", f"/v1/webhook_endpoints/{endpoint['id']}").json()
        ],
    }


def _payments(platform: Platform) -> dict[str, list[Any]]:
    """Every kind of resource of payments, in the states that it can have."""
    platform.fund(100_000)
    platform.checkout(locale="nb", metadata={"a": "b"})
    platform.sdk.v1.checkout.sessions.expire(platform.checkout().id)
    platform.reserved()
    cancelled = platform.reserved()
    platform.sdk.v1.payment_intents.cancel(cancelled)
    refused = platform.raw("POST", f"/v1/payment_intents/{cancelled}/capture").json()["error"]
    captured, contested = platform.captured(), platform.captured()
    declined = platform.checkout()
    url = f"{platform.simulator.base_url}/_sandbox/checkout/{declined.id}"
    requests.post(url, json={"action": "pay", "card": "4000000000009995"}, timeout=10)
    platform.control("POST", "disputes", {"payment_intent": contested})
    for outcome in ("succeed", "pend", "fail_later"):
        platform.control("POST", "settings", {"refund_outcome": outcome})
        platform.sdk.v1.refunds.create({"payment_intent": captured, "amount": 1_000})
    failed = platform.sdk.v1.refunds.list().data[0].id
    platform.control("POST", f"refunds/{failed}", {"action": "fail"})
    platform.control("POST", "payouts", {})
    return {
        "checkout.session": _listed(platform, "checkout/sessions"),
        "payment_intent": [*_listed(platform, "payment_intents"), refused["payment_intent"]],
        "charge": [
            *_listed(platform, "charges"),
            platform.charge(captured, "refunds").to_dict(),
        ],
        "refund": _listed(platform, "refunds"),
        "dispute": _listed(platform, "disputes"),
        "balance_transaction": _listed(platform, "balance_transactions"),
        "event": _listed(platform, "events"),
        "payout": _listed(platform, "payouts"),
    }


def _listed(platform: Platform, kind: str) -> list[Any]:
    found: list[Any] = platform.raw("GET", f"/v1/{kind}?limit=100").json()["data"]
    return found


def test_every_resource_has_the_published_shape(
    platform: Platform, examples: dict[str, Any]
) -> None:
    found = [
        difference
        for made in (_answers(platform), _payments(platform))
        for kind, answers in made.items()
        for answer in answers
        for difference in differences(kind, kind, answer, examples[kind])
    ]
    assert found == []


def test_every_kind_of_resource_was_compared(platform: Platform) -> None:
    for made in (_answers(platform), _payments(platform)):
        assert [kind for kind, answers in made.items() if not answers] == []


def test_the_comparison_sees_what_is_wrong() -> None:
    theirs = {"id": "tr_1", "amount": 1, "reversals": {"data": []}, "group": None}
    ours = {"id": 1, "reversals": {"data": [], "count": 0}, "group": "g"}
    assert sorted(differences("x", "x", ours, theirs)) == [
        "x.amount: missing",
        "x.id: int, not str",
        "x.reversals.count: not published",
    ]

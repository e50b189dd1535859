"""Checkout at Stripe: a session, somebody who pays it, and money that is reserved."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
import stripe

from sandbox.clock import Clock
from sandbox.simulators.stripe import StripeSimulator
from tests.sandbox.stripe_client import TIMEOUT, Platform

VIPPS = "2026-10-28.endive; vipps_preview=v1"
FORM = {
    "mode": "payment",
    "success_url": "https://app.example.no/done",
    "line_items[0][quantity]": "1",
    "line_items[0][price_data][currency]": "nok",
    "line_items[0][price_data][unit_amount]": "90000",
    "line_items[0][price_data][product_data][name]": "En time",
    "payment_intent_data[capture_method]": "manual",
}


def seconds(clock: Clock, **later: float) -> int:
    return int((clock.now() + timedelta(**later)).timestamp())


def refused(platform: Platform, form: dict[str, str], **headers: str) -> dict[str, Any]:
    answer = platform.raw("POST", "/v1/checkout/sessions", form, **headers)
    assert answer.status_code == 400, answer.text
    error: dict[str, Any] = answer.json()["error"]
    return error


def test_a_session_is_open_and_has_no_intent_until_somebody_tries_to_pay(
    platform: Platform, clock: Clock
) -> None:
    end = seconds(clock, minutes=40)
    made = platform.checkout(expires_at=end, metadata={"purchase_id": "pur_1"}, locale="nb")
    assert made.id.startswith("cs_test_")
    assert (made.status, made.payment_status) == ("open", "unpaid")
    assert (made.amount_total, made.currency, made.expires_at) == (90_000, "nok", end)
    assert made.payment_intent is None
    assert made.client_reference_id == "pur_1"
    assert made.payment_method_types == ["card"]
    assert str(made.url).startswith(platform.simulator.base_url)
    assert not made.livemode


def test_who_pays_has_the_money_reserved_and_nothing_is_ours_yet(
    platform: Platform, clock: Clock
) -> None:
    made = platform.checkout()
    shown = platform.pay(made.id, email="kari@example.no")
    assert shown["redirect_to"] == f"https://app.example.no/done?session={made.id}"
    session = platform.sdk.v1.checkout.sessions.retrieve(
        made.id, {"expand": ["payment_intent.latest_charge"]}
    )
    assert (session.status, session.payment_status, session.url) == ("complete", "unpaid", None)
    assert session.customer_details is not None
    assert session.customer_details.email == "kari@example.no"
    intent = session.payment_intent
    assert isinstance(intent, stripe.PaymentIntent)
    assert (intent.status, intent.amount_capturable) == ("requires_capture", 90_000)
    assert intent.transfer_group == "pur_1"
    charge = intent.latest_charge
    assert isinstance(charge, stripe.Charge)
    assert (charge.captured, charge.paid, charge.amount) == (False, True, 90_000)
    assert charge.payment_method_details is not None
    assert charge.payment_method_details.card is not None
    assert charge.payment_method_details.card.capture_before == pytest.approx(
        seconds(clock, days=7), abs=5
    )
    assert platform.sdk.v1.balance_transactions.list().data == []
    assert platform.events("payment_intent.*", "charge.*", "checkout.*") == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.amount_capturable_updated",
        "checkout.session.completed",
    ]


def test_a_person_pays_on_the_page_or_turns_back(platform: Platform) -> None:
    made = platform.checkout()
    url = str(made.url)
    page = requests.get(url, timeout=TIMEOUT)
    assert page.status_code == 200
    assert "En time om ledelse" in page.text
    assert "900,00 NOK" in page.text
    assert "Vipps" not in page.text
    back = requests.post(url, {"choice": "back"}, timeout=TIMEOUT, allow_redirects=False)
    assert (back.status_code, back.headers["location"]) == (303, "https://app.example.no/back")
    assert platform.sdk.v1.checkout.sessions.retrieve(made.id).status == "open"
    card = {"method": "card", "number": "4242 4242 4242 4242", "email": "kari@example.no"}
    paid = requests.post(url, card, timeout=TIMEOUT, allow_redirects=False)
    assert paid.headers["location"] == f"https://app.example.no/done?session={made.id}"
    assert requests.get(url, timeout=TIMEOUT).status_code == 404


def test_a_card_that_is_turned_down_can_be_followed_by_one_that_is_not(platform: Platform) -> None:
    made = platform.checkout()
    url = str(made.url)
    bad = {"method": "card", "number": "4000000000009995", "email": "kari@example.no"}
    page = requests.post(url, bad, timeout=TIMEOUT)
    assert page.status_code == 200
    assert re.search(r'role="alert".*declined', page.text)
    intent = platform.sdk.v1.payment_intents.list().data[0]
    assert intent.status == "requires_payment_method"
    assert intent.last_payment_error is not None
    assert intent.last_payment_error.decline_code == "insufficient_funds"
    assert platform.charge(intent.id).status == "failed"
    with pytest.raises(stripe.InvalidRequestError) as too_soon:
        platform.sdk.v1.payment_intents.cancel(intent.id)
    assert too_soon.value.code == "payment_intent_unexpected_state"
    assert platform.pay(made.id)["payment_intent"]["id"] == intent.id
    assert platform.charge(intent.id).status == "succeeded"
    assert platform.events("payment_intent.payment_failed", "charge.failed") == [
        "charge.failed",
        "payment_intent.payment_failed",
    ]


def test_a_session_ends_when_its_time_is_over_or_when_it_is_made_to(
    platform: Platform, clock: Clock
) -> None:
    sessions = platform.sdk.v1.checkout.sessions
    first = platform.checkout(expires_at=seconds(clock, minutes=31))
    second, third = platform.checkout(), platform.checkout()
    platform.pay(third.id)
    assert sessions.expire(second.id).status == "expired"
    clock.advance(timedelta(minutes=32))
    assert sessions.retrieve(first.id).status == "expired"
    assert sessions.retrieve(first.id).url is None
    assert sessions.retrieve(third.id).status == "complete"
    for identifier in (first.id, second.id, third.id):
        with pytest.raises(stripe.InvalidRequestError):
            sessions.expire(identifier)
    assert platform.events("checkout.session.expired") == ["checkout.session.expired"] * 2
    assert requests.get(str(first.url), timeout=TIMEOUT).status_code == 404


@pytest.mark.parametrize("minutes", [29, 24 * 60 + 1])
def test_a_session_lasts_half_an_hour_at_least_and_a_day_at_most(
    platform: Platform, clock: Clock, minutes: int
) -> None:
    end = str(seconds(clock, minutes=minutes))
    assert refused(platform, {**FORM, "expires_at": end})["param"] == "expires_at"


@pytest.mark.parametrize(
    ("change", "code", "param"),
    [
        ({"mode": "setup"}, "sandbox_unmodelled", "mode"),
        ({"colour": "red"}, "parameter_unknown", "colour"),
        ({"success_url": "nowhere"}, "url_invalid", "success_url"),
        ({"locale": "no"}, None, "locale"),
        (
            {"line_items[0][price_data][unit_amount]": "900.5"},
            "parameter_invalid_integer",
            "line_items[0][price_data][unit_amount]",
        ),
        ({"line_items[0][price_data][unit_amount]": "299"}, "amount_too_small", None),
        ({"line_items[0][quantity]": "100000"}, "amount_too_large", None),
        ({"payment_intent_data[capture_method]": "later"}, None, None),
        (
            {"payment_method_types[]": "card"},
            "payment_method_types_no_longer_supported",
            "payment_method_types",
        ),
        ({"allowed_payment_method_types[]": "cash"}, None, "allowed_payment_method_types[0]"),
    ],
)
def test_a_session_that_stripe_would_not_make_is_refused(
    platform: Platform, change: dict[str, str], code: str | None, param: str | None
) -> None:
    error = refused(platform, {**FORM, **change})
    assert error.get("code") == code
    if param:
        assert error["param"] == param
    assert platform.sdk.v1.checkout.sessions.list().data == []


def test_vipps_is_offered_where_it_is_on_trial_named_and_allowed(platform: Platform) -> None:
    both = {
        **FORM,
        "allowed_payment_method_types[0]": "card",
        "allowed_payment_method_types[1]": "vipps",
    }
    assert "must be one of card" in refused(platform, both)["message"]
    made = platform.raw("POST", "/v1/checkout/sessions", both, Stripe_Version=VIPPS).json()
    assert made["payment_method_types"] == ["card", "vipps"]
    shown = platform.pay(made["id"], method="vipps")
    assert shown["charge"]["payment_method_details"] == {"type": "vipps", "vipps": {}}
    taken = platform.sdk.v1.payment_intents.capture(shown["payment_intent"]["id"])
    assert taken.status == "succeeded"
    platform.control("POST", "settings", {"vipps": False})
    without = platform.raw("POST", "/v1/checkout/sessions", both, Stripe_Version=VIPPS).json()
    assert without["payment_method_types"] == ["card"]
    only = {**FORM, "allowed_payment_method_types[0]": "vipps"}
    assert "suits" in refused(platform, only, Stripe_Version=VIPPS)["message"]


def test_a_version_with_something_else_behind_it_is_refused(platform: Platform) -> None:
    assert platform.raw("GET", "/v1/balance", Stripe_Version=VIPPS).status_code == 200
    odd = "2026-10-28.endive; vipps"
    assert platform.raw("GET", "/v1/balance", Stripe_Version=odd).status_code == 400


def test_a_capture_takes_a_part_once_and_lets_go_of_the_rest(platform: Platform) -> None:
    identifier = platform.reserved(90_000)
    intents = platform.sdk.v1.payment_intents
    with pytest.raises(stripe.InvalidRequestError) as too_much:
        intents.capture(identifier, {"amount_to_capture": 90_001})
    assert too_much.value.code == "amount_too_large"
    taken = intents.capture(identifier, {"amount_to_capture": 50_000})
    assert (taken.status, taken.amount, taken.amount_received) == ("succeeded", 90_000, 50_000)
    assert taken.amount_capturable == 0
    charge = platform.charge(identifier, "balance_transaction", "refunds")
    assert (charge.amount_captured, charge.amount_refunded, charge.refunded) == (50_000, 0, False)
    assert charge.refunds is not None
    assert charge.refunds.data == []
    booked = charge.balance_transaction
    assert isinstance(booked, stripe.BalanceTransaction)
    assert (booked.amount, booked.fee, booked.net) == (50_000, 1_400, 48_600)
    assert booked.fee_details[0].type == "stripe_fee"
    with pytest.raises(stripe.InvalidRequestError) as again:
        intents.capture(identifier)
    assert again.value.code == "payment_intent_unexpected_state"
    assert again.value.error is not None
    assert again.value.error.payment_intent is not None
    with pytest.raises(stripe.InvalidRequestError):
        intents.cancel(identifier)
    assert platform.events("charge.captured", "charge.refunded", "payment_intent.succeeded") == [
        "charge.captured",
        "payment_intent.succeeded",
    ]
    (session,) = platform.sdk.v1.checkout.sessions.list({"payment_intent": identifier}).data
    assert session.payment_status == "paid"


def test_what_is_cancelled_is_the_payers_again(platform: Platform) -> None:
    identifier = platform.reserved()
    gone = platform.sdk.v1.payment_intents.cancel(
        identifier, {"cancellation_reason": "requested_by_customer"}
    )
    assert (gone.status, gone.amount_capturable) == ("canceled", 0)
    assert gone.cancellation_reason == "requested_by_customer"
    assert gone.canceled_at is not None
    with pytest.raises(stripe.InvalidRequestError):
        platform.sdk.v1.payment_intents.capture(identifier)
    assert platform.sdk.v1.balance_transactions.list().data == []
    assert platform.events("payment_intent.canceled", "charge.*") == [
        "charge.succeeded",
        "payment_intent.canceled",
    ]


def test_what_nobody_captures_in_seven_days_lapses(platform: Platform, clock: Clock) -> None:
    identifier = platform.reserved()
    clock.advance(timedelta(days=6, hours=23))
    assert platform.sdk.v1.payment_intents.retrieve(identifier).status == "requires_capture"
    clock.advance(timedelta(hours=1))
    lapsed = platform.sdk.v1.payment_intents.retrieve(identifier)
    assert (lapsed.status, lapsed.cancellation_reason) == ("canceled", "expired")
    assert platform.events("charge.expired", "payment_intent.canceled") == [
        "charge.expired",
        "payment_intent.canceled",
    ]
    sooner = platform.reserved()
    platform.control("POST", f"payment_intents/{sooner}", {"action": "lapse"})
    assert platform.sdk.v1.payment_intents.retrieve(sooner).status == "canceled"


def test_a_capture_can_be_made_to_fail_once_and_its_key_remembers(platform: Platform) -> None:
    identifier = platform.reserved()
    platform.control("POST", f"payment_intents/{identifier}", {"action": "fail_capture"})
    path = f"/v1/payment_intents/{identifier}/capture"
    first = platform.raw("POST", path, {}, Idempotency_Key="op_1")
    assert first.json()["error"]["code"] == "charge_expired_for_capture"
    again = platform.raw("POST", path, {}, Idempotency_Key="op_1")
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.json() == first.json()
    assert platform.raw("POST", path, {}, Idempotency_Key="op_2").json()["status"] == "succeeded"


def test_a_key_answers_as_it_did_for_a_day_and_acts_anew_after(
    platform: Platform, clock: Clock
) -> None:
    first = platform.raw("POST", "/v1/checkout/sessions", FORM, Idempotency_Key="op_1").json()
    platform.pay(first["id"])
    again = platform.raw("POST", "/v1/checkout/sessions", FORM, Idempotency_Key="op_1")
    assert again.json() == first
    other = {**FORM, "client_reference_id": "pur_2"}
    misused = platform.raw("POST", "/v1/checkout/sessions", other, Idempotency_Key="op_1")
    assert (misused.status_code, misused.json()["error"]["type"]) == (400, "idempotency_error")
    clock.advance(timedelta(hours=24))
    later = platform.raw("POST", "/v1/checkout/sessions", FORM, Idempotency_Key="op_1").json()
    assert later["id"] != first["id"]


def test_money_without_waiting_for_a_capture_is_taken_at_once(platform: Platform) -> None:
    made = platform.checkout(payment_intent_data={"capture_method": "automatic"})
    shown = platform.pay(made.id)
    assert shown["session"]["payment_status"] == "paid"
    assert shown["payment_intent"]["amount_received"] == 90_000


def test_a_live_key_makes_live_objects(tmp_path: Path) -> None:
    key = "sk_live_sandbox"
    with StripeSimulator(Clock(tmp_path / "live-clock"), secret_key=key) as simulator:
        live = Platform(simulator)
        made = live.checkout()
        assert made.id.startswith("cs_live_")
        assert made.livemode
        live.pay(made.id)
        assert all(event.livemode for event in live.sdk.v1.events.list().data)
        assert live.sdk.v1.balance.retrieve().livemode


@pytest.mark.parametrize(
    ("wish", "status"),
    [
        ({"action": "pay", "card": "4000000000000002"}, 409),
        ({"action": "pay", "card": "1"}, 400),
        ({"action": "pay", "method": "vipps"}, 400),
        ({"action": "dance"}, 400),
    ],
)
def test_the_control_says_what_it_cannot_do(
    platform: Platform, wish: dict[str, str], status: int
) -> None:
    made = platform.checkout()
    url = f"{platform.simulator.base_url}/_sandbox/checkout/{made.id}"
    assert requests.post(url, json=wish, timeout=TIMEOUT).status_code == status
    gone = f"{platform.simulator.base_url}/_sandbox/checkout/cs_none"
    assert requests.post(gone, json=wish, timeout=TIMEOUT).status_code == 404


@pytest.mark.parametrize("wish", [{"fee": 1}, {"vipps": "yes"}, {"refund_outcome": "vanish"}])
def test_a_setting_that_is_none_is_refused(platform: Platform, wish: dict[str, object]) -> None:
    url = f"{platform.simulator.base_url}/_sandbox/settings"
    assert requests.post(url, json=wish, timeout=TIMEOUT).status_code == 400

"""Money given back at Stripe: in parts, now or later, and sometimes in vain."""

from datetime import timedelta

import pytest
import stripe

from sandbox.clock import Clock
from tests.sandbox.stripe_client import Platform

# What Stripe keeps of a payment of 900 kroner: without it there is too little to give all back.
FEE = 2_360


def give_back(platform: Platform, intent: str, amount: int, key: str) -> stripe.Refund:
    return platform.sdk.v1.refunds.create(
        {"payment_intent": intent, "amount": amount, "metadata": {"operation_id": key}},
        {"idempotency_key": key},
    )


def test_captured_money_is_given_back_in_parts_and_never_more(platform: Platform) -> None:
    platform.fund(FEE)
    intent = platform.captured(90_000)
    first = give_back(platform, intent, 30_000, "op_1")
    assert (first.status, first.amount, first.payment_intent) == ("succeeded", 30_000, intent)
    assert give_back(platform, intent, 30_000, "op_1").id == first.id
    with pytest.raises(stripe.InvalidRequestError) as over:
        give_back(platform, intent, 60_001, "op_2")
    assert (over.value.http_status, over.value.code) == (400, None)
    second = give_back(platform, intent, 60_000, "op_3")
    with pytest.raises(stripe.InvalidRequestError) as empty:
        give_back(platform, intent, 1, "op_4")
    assert empty.value.code == "charge_already_refunded"
    charge = platform.charge(intent, "refunds")
    assert (charge.amount_refunded, charge.refunded) == (90_000, True)
    assert charge.refunds is not None
    assert [each.id for each in charge.refunds.data] == [second.id, first.id]
    listed = platform.sdk.v1.refunds.list({"payment_intent": intent}).data
    assert [each.id for each in listed] == [second.id, first.id]
    assert (
        platform.events("charge.refunded", "refund.*")
        == [
            "refund.created",
            "charge.refunded",
        ]
        * 2
    )
    # Stripe keeps its fee.
    nets = [each.net for each in platform.sdk.v1.balance_transactions.list().data]
    assert nets == [-60_000, -30_000, 90_000 - FEE, FEE]


def test_what_was_captured_in_part_is_all_that_can_be_given_back(platform: Platform) -> None:
    intent = platform.reserved(90_000)
    platform.sdk.v1.payment_intents.capture(intent, {"amount_to_capture": 50_000})
    with pytest.raises(stripe.InvalidRequestError):
        give_back(platform, intent, 50_001, "op_1")
    give_back(platform, intent, 50_000, "op_2")
    assert platform.charge(intent).refunded


def test_reserved_money_is_no_refund_to_give(platform: Platform) -> None:
    intent = platform.reserved()
    with pytest.raises(stripe.InvalidRequestError) as refused:
        give_back(platform, intent, 100, "op_1")
    assert "uncaptured" in str(refused.value.user_message)
    assert platform.sdk.v1.refunds.list().data == []


def test_a_refund_names_a_payment_and_only_one(platform: Platform) -> None:
    intent = platform.captured()
    charge = platform.charge(intent).id
    for form in (
        {"amount": "1"},
        {"amount": "1", "payment_intent": intent, "charge": charge},
    ):
        assert platform.raw("POST", "/v1/refunds", form).status_code == 400
    gone = platform.raw("POST", "/v1/refunds", {"payment_intent": "pi_none"})
    assert gone.json()["error"]["code"] == "resource_missing"
    unknown = platform.raw("POST", "/v1/refunds", {"payment_intent": intent, "colour": "red"})
    assert unknown.json()["error"]["code"] == "parameter_unknown"
    by_charge = platform.raw("POST", "/v1/refunds", {"charge": charge})
    assert by_charge.json()["amount"] == 90_000


def test_a_bank_may_take_its_time(platform: Platform, clock: Clock) -> None:
    platform.fund(FEE)
    intent = platform.captured(card="4000000000007726")
    made = give_back(platform, intent, 90_000, "op_1")
    assert (made.status, made.pending_reason) == ("pending", "processing")
    assert made.balance_transaction is None
    with pytest.raises(stripe.InvalidRequestError) as again:
        give_back(platform, intent, 1, "op_2")
    assert again.value.code == "charge_already_refunded"
    clock.advance(timedelta(minutes=2))
    assert platform.sdk.v1.refunds.retrieve(made.id).status == "succeeded"
    assert platform.events("refund.updated") == ["refund.updated"]


def test_a_refund_may_fail_later_and_the_money_is_ours_again(
    platform: Platform, clock: Clock
) -> None:
    platform.fund(FEE)
    intent = platform.captured(card="4000000000005126")
    made = give_back(platform, intent, 90_000, "op_1")
    assert made.status == "succeeded"
    clock.advance(timedelta(minutes=2))
    failed = platform.sdk.v1.refunds.retrieve(
        made.id, {"expand": ["balance_transaction", "failure_balance_transaction"]}
    )
    assert (failed.status, failed.failure_reason) == ("failed", "expired_or_canceled_card")
    back = failed.failure_balance_transaction
    assert isinstance(back, stripe.BalanceTransaction)
    assert (back.net, back.type) == (90_000, "refund_failure")
    assert not platform.charge(intent).refunded
    assert platform.events("refund.*", "charge.refund*")[2:] == [
        "refund.updated",
        "charge.refund.updated",
        "refund.failed",
    ]


def test_a_refund_fails_or_succeeds_when_it_is_told_to(platform: Platform) -> None:
    intent = platform.captured()
    made = give_back(platform, intent, 40_000, "op_1")
    failed = platform.control("POST", f"refunds/{made.id}", {"action": "fail"})
    assert failed["status"] == "failed"
    platform.control("POST", "settings", {"refund_outcome": "pend"})
    slow = give_back(platform, intent, 40_000, "op_2")
    assert slow.status == "pending"
    done = platform.control("POST", f"refunds/{slow.id}", {"action": "succeed"})
    assert done["status"] == "succeeded"
    url = f"refunds/{slow.id}"
    with pytest.raises(AssertionError, match="the refund is succeeded"):
        platform.control("POST", url, {"action": "succeed"})


def test_a_refund_waits_for_money_that_is_not_there(platform: Platform, clock: Clock) -> None:
    intent = platform.captured(90_000)
    clock.advance(timedelta(days=4))
    platform.control("POST", "payouts", {})
    made = give_back(platform, intent, 90_000, "op_1")
    assert (made.status, made.pending_reason) == ("pending", "insufficient_funds")
    clock.advance(timedelta(days=1))
    assert platform.sdk.v1.refunds.retrieve(made.id).status == "pending"
    platform.fund(90_000)
    assert platform.sdk.v1.refunds.retrieve(made.id).status == "succeeded"


def test_what_is_not_yet_available_can_be_set_not_to_cover_refunds(
    platform: Platform, clock: Clock
) -> None:
    platform.control("POST", "settings", {"refund_from_pending": False})
    platform.fund(100_000)
    intent = platform.captured(90_000)
    assert give_back(platform, intent, 50_000, "op_1").status == "succeeded"
    platform.captured(500_000)
    clock.advance(timedelta(days=2))
    (late,) = [give_back(platform, platform.captured(80_000), 80_000, "op_2")]
    assert late.pending_reason == "insufficient_funds"
    clock.advance(timedelta(days=1, minutes=1))
    assert platform.sdk.v1.refunds.retrieve(late.id).status == "succeeded"

"""The platform's balance at Stripe: what waits, what can be sent on, what left for the bank."""

from datetime import timedelta

import pytest
import stripe

from sandbox.clock import Clock
from tests.sandbox.stripe_client import Platform


def shown(platform: Platform) -> tuple[int, int]:
    found = platform.sdk.v1.balance.retrieve()
    return found.available[0].amount, found.pending[0].amount


def test_what_a_charge_brings_waits_before_it_can_be_sent_on(
    platform: Platform, clock: Clock
) -> None:
    platform.captured(90_000)
    mentor = platform.mentor()
    assert shown(platform) == (0, 87_640)
    refused = platform.transfer(mentor, 50_000, "op_1")
    assert refused.json()["error"]["code"] == "balance_insufficient"
    clock.advance(timedelta(days=3))
    assert shown(platform) == (87_640, 0)
    assert platform.transfer(mentor, 50_000, "op_2").status_code == 200
    assert shown(platform) == (37_640, 0)
    assert platform.available(mentor) == 50_000


def test_the_terms_can_be_set_and_are_the_usual_again_after_a_reset(platform: Platform) -> None:
    terms = {"fee_basis_points": 100, "fee_fixed": 0, "pending_days": 0}
    platform.control("POST", "settings", terms)
    platform.captured(90_000)
    assert shown(platform) == (89_100, 0)
    platform.control("POST", "reset")
    platform.captured(90_000)
    assert shown(platform) == (0, 87_640)


def test_a_card_can_skip_the_wait(platform: Platform) -> None:
    platform.captured(90_000, card="4000000000000077")
    assert shown(platform) == (87_640, 0)


def test_a_payout_to_the_bank_says_what_it_is_made_up_of(platform: Platform, clock: Clock) -> None:
    intent = platform.captured(90_000)
    clock.advance(timedelta(days=3))
    late = platform.captured(50_000)
    platform.sdk.v1.refunds.create({"payment_intent": intent, "amount": 10_000})
    payout = platform.control("POST", "payouts", {})
    assert (payout["amount"], payout["automatic"]) == (77_640, True)
    transactions = platform.sdk.v1.balance_transactions
    members = transactions.list({"payout": payout["id"], "expand": ["data.source"]}).data
    assert [each.net for each in members] == [-77_640, -10_000, 87_640]
    assert sum(each.net for each in members) == 0
    assert isinstance(members[2].source, stripe.Charge)
    assert members[2].source.payment_intent == intent
    assert shown(platform)[0] == 0
    clock.advance(timedelta(days=4))
    assert platform.sdk.v1.payouts.retrieve(payout["id"]).status == "paid"
    second = platform.control("POST", "payouts", {})
    members = transactions.list({"payout": second["id"], "expand": ["data.source"]}).data
    assert isinstance(members[1].source, stripe.Charge)
    assert members[1].source.payment_intent == late
    assert len(members) == 2


def test_a_payout_by_hand_does_not_say_what_it_is_made_up_of(platform: Platform) -> None:
    platform.fund(1000)
    payout = platform.sdk.v1.payouts.create({"amount": 1000, "currency": "nok"})
    with pytest.raises(stripe.InvalidRequestError):
        platform.sdk.v1.balance_transactions.list({"payout": payout.id})


def test_a_payout_of_ours_that_the_bank_sends_back_is_ours_again(platform: Platform) -> None:
    platform.fund(1000)
    payout = platform.sdk.v1.payouts.create({"amount": 1000, "currency": "nok"})
    platform.control("POST", f"payouts/{payout.id}", {"action": "pay"})
    platform.control("POST", f"payouts/{payout.id}", {"action": "fail"})
    assert shown(platform) == (1000, 0)
    assert platform.events("payout.*") == ["payout.created", "payout.paid", "payout.failed"]


def test_a_reversal_takes_no_more_than_the_mentor_has(platform: Platform) -> None:
    platform.fund(1000)
    mentor = platform.mentor()
    transfer = platform.transfer(mentor, 1000, "op_1").json()["id"]
    context = stripe.RequestOptions(stripe_account=mentor)
    platform.sdk.v1.payouts.create({"amount": 600, "currency": "nok"}, context)
    reversals = platform.sdk.v1.transfers.reversals
    with pytest.raises(stripe.InvalidRequestError) as refused:
        reversals.create(transfer, {"amount": 401})
    assert refused.value.code == "balance_insufficient"
    made = reversals.create(transfer, {"amount": 400})
    assert reversals.retrieve(transfer, made.id).amount == 400
    assert [each.id for each in reversals.list(transfer).data] == [made.id]
    assert shown(platform) == (400, 0)


def test_movements_are_listed_by_time_kind_and_source(platform: Platform, clock: Clock) -> None:
    first = platform.captured(90_000)
    clock.advance(timedelta(hours=1))
    moment = int(clock.now().timestamp())
    platform.captured(50_000)
    platform.fund(100)
    transactions = platform.sdk.v1.balance_transactions
    assert [each.amount for each in transactions.list({"created": {"lt": moment}}).data] == [90_000]
    assert [each.amount for each in transactions.list({"type": "topup"}).data] == [100]
    charge = platform.charge(first).id
    assert [each.amount for each in transactions.list({"source": charge}).data] == [90_000]
    assert transactions.list({"currency": "eur"}).data == []

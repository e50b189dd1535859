"""Contested payments at Stripe: money that the payer's bank takes back, with a fee."""

import pytest
import stripe

from tests.sandbox.stripe_client import Platform


def contest(platform: Platform, intent: str, **how: object) -> str:
    wish = {"payment_intent": intent, **how}
    return str(platform.control("POST", "disputes", wish)["id"])


def settled(platform: Platform) -> int:
    """What all movements add up to, pending ones among them."""
    return sum(each.net for each in platform.sdk.v1.balance_transactions.list().data)


def test_a_dispute_takes_the_money_and_a_fee(platform: Platform) -> None:
    intent = platform.captured(90_000)
    before = settled(platform)
    dispute = platform.sdk.v1.disputes.retrieve(contest(platform, intent))
    assert (dispute.status, dispute.amount, dispute.payment_intent) == (
        "needs_response",
        90_000,
        intent,
    )
    (taken,) = dispute.balance_transactions
    assert (taken.amount, taken.fee, taken.net) == (-90_000, 15_000, -105_000)
    assert (taken.type, taken.reporting_category) == ("adjustment", "dispute")
    assert settled(platform) == before - 105_000
    assert platform.charge(intent).disputed
    with pytest.raises(stripe.InvalidRequestError) as refused:
        platform.sdk.v1.refunds.create({"payment_intent": intent})
    assert refused.value.code == "charge_disputed"
    assert platform.events("charge.dispute.*") == [
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
    ]


def test_a_dispute_that_is_won_gives_the_money_back_without_the_fee(platform: Platform) -> None:
    intent = platform.captured(90_000)
    before = settled(platform)
    identifier = contest(platform, intent, reason="fraudulent")
    platform.control("POST", f"disputes/{identifier}", {"action": "review"})
    assert platform.sdk.v1.disputes.retrieve(identifier).status == "under_review"
    platform.control("POST", f"disputes/{identifier}", {"action": "win"})
    won = platform.sdk.v1.disputes.retrieve(identifier)
    assert (won.status, won.reason) == ("won", "fraudulent")
    assert [each.net for each in won.balance_transactions] == [-105_000, 90_000]
    assert won.balance_transactions[1].reporting_category == "dispute_reversal"
    assert settled(platform) == before - 15_000
    assert platform.events("charge.dispute.*")[2:] == [
        "charge.dispute.updated",
        "charge.dispute.funds_reinstated",
        "charge.dispute.closed",
    ]


def test_a_dispute_that_is_lost_or_accepted_is_over(platform: Platform) -> None:
    lost = contest(platform, platform.captured(), amount=10_000)
    platform.control("POST", f"disputes/{lost}", {"action": "lose"})
    assert platform.sdk.v1.disputes.retrieve(lost).amount == 10_000
    accepted = contest(platform, platform.captured())
    assert platform.sdk.v1.disputes.close(accepted).status == "lost"
    with pytest.raises(stripe.InvalidRequestError):
        platform.sdk.v1.disputes.close(accepted)
    with pytest.raises(AssertionError, match="the dispute is lost"):
        platform.control("POST", f"disputes/{lost}", {"action": "win"})


def test_a_card_that_is_contested_at_once_is_contested_when_it_is_captured(
    platform: Platform,
) -> None:
    intent = platform.reserved(card="4000000000000259")
    assert platform.sdk.v1.disputes.list().data == []
    platform.sdk.v1.payment_intents.capture(intent)
    (dispute,) = platform.sdk.v1.disputes.list({"payment_intent": intent}).data
    assert dispute.reason == "fraudulent"


def test_only_captured_money_can_be_contested(platform: Platform) -> None:
    with pytest.raises(AssertionError, match="a part of what was captured"):
        contest(platform, platform.reserved())

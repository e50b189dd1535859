"""Our client for refunds and disputes against Stripe as the sandbox plays it, over HTTP."""

from datetime import timedelta

import pytest

from lib.providers.http import ProviderRefusedError
from lib.providers.refusal import Meaning
from lib.providers.stripe import checkout, client, disputes, refunds
from tests.lib.providers.stripe_unit import FEE_ORE, PRICE_ORE, Account


@pytest.fixture
def intent(account: Account) -> str:
    account.fund(100_000)
    return account.taken()


def test_money_is_given_back_in_parts_that_are_found_again(account: Account, intent: str) -> None:
    first = refunds.refund(intent, amount_ore=30_000, operation_id="op_1")
    assert (first.intent_id, first.amount_ore, first.status) == (intent, 30_000, "succeeded")
    assert (first.operation_id, first.reason) == ("op_1", "")
    assert abs(first.created_at - account.now()) < timedelta(seconds=10)
    assert refunds.refund(intent, amount_ore=30_000, operation_id="op_1") == first
    second = refunds.refund(intent, amount_ore=20_000, operation_id="op_2")
    assert refunds.find(second.id) == second
    assert list(refunds.of_payment(intent)) == [second, first]
    found = checkout.find_by_intent(intent)
    assert (found.captured_ore, found.refunded_ore, found.fee_ore) == (PRICE_ORE, 50_000, FEE_ORE)


def test_more_refunds_than_a_charge_shows_are_all_counted(account: Account, intent: str) -> None:
    assert account.events("refund.created") == []
    for number in range(12):
        refunds.refund(intent, amount_ore=1_000, operation_id=f"op_{number}")
    assert checkout.find_by_intent(intent).refunded_ore == 12_000


def test_more_than_is_left_is_looked_at(intent: str) -> None:
    refunds.refund(intent, amount_ore=PRICE_ORE - 1, operation_id="op_1")
    with pytest.raises(ProviderRefusedError) as over:
        refunds.refund(intent, amount_ore=2, operation_id="op_2")
    assert client.meaning(over.value.code) is Meaning.NEVER
    refunds.refund(intent, amount_ore=1, operation_id="op_3")
    with pytest.raises(ProviderRefusedError) as done:
        refunds.refund(intent, amount_ore=1, operation_id="op_4")
    assert done.value.code == client.ALREADY_REFUNDED
    assert client.meaning(done.value.code) is Meaning.NEVER


def test_a_refund_waits_succeeds_and_may_fail_after_all(account: Account, intent: str) -> None:
    account.control("POST", "settings", {"refund_outcome": "pend"})
    waiting = refunds.refund(intent, amount_ore=30_000, operation_id="op_1")
    assert (waiting.status, waiting.reason) == ("pending", "processing")
    assert checkout.find_by_intent(intent).refunded_ore == 30_000
    account.pass_time(minutes=2)
    assert refunds.find(waiting.id).status == "succeeded"
    account.control("POST", f"refunds/{waiting.id}", {"action": "fail"})
    failed = refunds.find(waiting.id)
    assert (failed.status, failed.reason) == ("failed", "expired_or_canceled_card")
    assert checkout.find_by_intent(intent).refunded_ore == 0


def test_a_dispute_says_what_it_took_and_whether_it_came_back(
    account: Account, intent: str
) -> None:
    since = account.now() - timedelta(minutes=1)
    identifier = account.control("POST", "disputes", {"payment_intent": intent})["id"]
    opened = disputes.find(identifier)
    assert (opened.intent_id, opened.amount_ore, opened.outcome) == (intent, PRICE_ORE, "open")
    assert (opened.withdrawn_ore, opened.fee_ore) == (PRICE_ORE + 15_000, 15_000)
    assert opened.answer_by is not None
    assert opened.answer_by > account.now()
    assert opened.reason == "product_not_received"
    assert list(disputes.raised(since=since, until=since + timedelta(hours=1))) == [opened]
    assert list(disputes.raised(since=since - timedelta(hours=1), until=since)) == []
    account.control("POST", f"disputes/{identifier}", {"action": "win"})
    won = disputes.find(identifier)
    assert (won.outcome, won.withdrawn_ore) == ("won", 15_000)
    with pytest.raises(ProviderRefusedError) as refused:
        disputes.find("dp_none")
    assert refused.value.code == client.NO_SUCH


def test_contested_money_is_not_given_back_as_well(account: Account, intent: str) -> None:
    account.control("POST", "disputes", {"payment_intent": intent})
    with pytest.raises(ProviderRefusedError) as refused:
        refunds.refund(intent, amount_ore=100, operation_id="op_1")
    assert refused.value.code == client.DISPUTED
    assert client.meaning(refused.value.code) is Meaning.NEVER

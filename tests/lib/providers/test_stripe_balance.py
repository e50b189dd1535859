"""Our client for balances, transfers and events against Stripe as the sandbox plays it."""

from datetime import datetime, timedelta
from typing import TypedDict

import pytest

from lib.providers.http import ProviderRefusedError
from lib.providers.stripe import balance, checkout, client, events, refunds, transfers
from lib.providers.stripe.balance import Kind
from tests.lib.providers.stripe_unit import FEE_ORE, PRICE_ORE, Account
from tests.sandbox.receiver import Receiver


class _Day(TypedDict):
    since: datetime
    until: datetime


def today(account: Account) -> _Day:
    """The day before now and the one after."""
    now = account.now()
    return {"since": now - timedelta(days=1), "until": now + timedelta(days=1)}


def test_the_balance_is_what_can_be_sent_on_and_what_will_be(account: Account) -> None:
    account.fund(1_000)
    account.taken()
    mentor = account.mentor()
    assert balance.balance() == balance.Balance(1_000, PRICE_ORE - FEE_ORE)
    account.pass_time(days=3)
    assert balance.balance() == balance.Balance(1_000 + PRICE_ORE - FEE_ORE, 0)
    account.transfer(mentor, 400, "op_1")
    assert balance.balance(mentor) == balance.Balance(400, 0)


def test_every_movement_says_what_it_was_and_whose(account: Account) -> None:
    account.fund(100_000)
    intent = account.taken()
    refunds.refund(intent, amount_ore=10_000, operation_id="op_1")
    dispute = account.control("POST", "disputes", {"payment_intent": intent, "amount": 5_000})
    account.control("POST", f"disputes/{dispute['id']}", {"action": "win"})
    sent = client.transfer(
        amount_ore=2_000, destination=account.mentor(), group="pyt_1", operation_id="op_2"
    )
    account.raw("POST", f"/v1/transfers/{sent}/reversals", {"amount": "500"})
    found = list(balance.movements(**today(account)))
    assert [each.kind for each in found] == [
        Kind.TRANSFER_REVERSED,
        Kind.TRANSFER,
        Kind.DISPUTE_RETURNED,
        Kind.DISPUTE,
        Kind.REFUND,
        Kind.CHARGE,
        Kind.TOP_UP,
    ]
    assert [each.net_ore for each in found] == [
        500,
        -2_000,
        5_000,
        -20_000,
        -10_000,
        PRICE_ORE - FEE_ORE,
        100_000,
    ]
    charge = found[5]
    assert (charge.amount_ore, charge.fee_ore, charge.intent_id) == (PRICE_ORE, FEE_ORE, intent)
    assert charge.group == "pur_1"
    assert not charge.is_available
    assert (charge.available_at - charge.created_at).days == 3
    assert {each.intent_id for each in found[2:5]} == {intent}
    assert (found[1].source_id, found[1].group) == (sent, "pyt_1")
    assert list(balance.movements(since=account.now(), until=account.now())) == []


def test_movements_come_a_page_at_a_time_and_all_of_them_come(account: Account) -> None:
    for number in range(103):
        account.fund(number + 1)
    found = [each.amount_ore for each in balance.movements(**today(account))]
    assert found == list(range(103, 0, -1))


def test_a_mentors_movements_are_asked_for_in_their_name(account: Account) -> None:
    account.fund(1_000)
    mentor = account.mentor()
    for number in range(101):
        account.transfer(mentor, 1, f"op_{number}")
    found = list(balance.movements(**today(account), account=mentor))
    assert {each.said for each in found} == {"payment"}
    assert len(found) == 101


def test_a_payout_of_ours_is_found_as_it_is_now(account: Account) -> None:
    account.taken()
    account.pass_time(days=3)
    made = account.control("POST", "payouts", {})["id"]
    payout = balance.find_payout(made)
    assert (payout.amount_ore, payout.status, payout.is_automatic) == (87_640, "pending", True)
    account.control("POST", f"payouts/{made}", {"action": "fail"})
    failed = balance.find_payout(made)
    assert (failed.status, failed.failure_code) == ("failed", "account_closed")


def test_a_mentors_payout_is_found_in_their_name_alone(account: Account) -> None:
    account.fund(1_000)
    mentor = account.mentor()
    account.transfer(mentor, 1_000, "op_1")
    context = {"Stripe_Account": mentor}
    wish = {"amount": "1000", "currency": "nok"}
    made = account.raw("POST", "/v1/payouts", wish, **context).json()["id"]
    assert not balance.find_payout(made, mentor).is_automatic
    with pytest.raises(ProviderRefusedError) as ours:
        balance.find_payout(made)
    assert ours.value.code == client.NO_SUCH


def test_a_transfer_says_where_it_went_and_how_much_of_it_came_back(account: Account) -> None:
    account.fund(10_000)
    mentor = account.mentor()
    sent = client.transfer(amount_ore=2_000, destination=mentor, group="pyt_1", operation_id="op_1")
    for _ in range(2):
        account.raw("POST", f"/v1/transfers/{sent}/reversals", {"amount": "250"})
    found = transfers.find(sent)
    assert (found.amount_ore, found.reversed_ore) == (2_000, 500)
    assert (found.destination, found.group) == (mentor, "pyt_1")


def test_an_event_that_never_came_is_found_in_the_form_in_which_it_would_have_come(
    account: Account,
) -> None:
    with Receiver() as receiver:
        for connect in ("false", "true"):
            hook = {"url": receiver.url, "enabled_events[]": "*", "connect": connect}
            account.raw("POST", "/v1/webhook_endpoints", hook)
        session = account.created()
        account.control("POST", "webhooks", {"mode": "lose"})
        account.pay(str(session.session_id))
        mentor = account.mentor()
        account.control("POST", "webhooks/settle")
        kinds = ["checkout.session.completed", "checkout.session.expired"]
        (missed,) = events.undelivered(**today(account), kinds=kinds)
        assert missed.type == "checkout.session.completed"
        assert missed.data.object.id == session.session_id
        assert missed.data.object.client_reference_id == "pur_1"
        assert missed.data.object.payment_intent == checkout.find(missed.data.object.id).intent_id
        assert (missed.account, missed.livemode) == (None, False)
        theirs = list(
            events.undelivered(**today(account), kinds=["account.updated"], account=mentor)
        )
        assert [each.account for each in theirs] == [mentor]

"""Payouts at Stripe: from a mentor's balance to the bank, asked for or by schedule."""

import time
from datetime import UTC, datetime, timedelta

import pytest
import stripe

from sandbox.clock import Clock
from tests.sandbox.stripe_client import Platform

# Payouts move at midnight (UTC): the tests begin far from it.
NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)


def _await_status(platform: Platform, account: str, payout: str, status: str) -> stripe.Payout:
    deadline = time.monotonic() + 5
    while True:
        found = platform.sdk.v1.payouts.retrieve(payout, None, {"stripe_account": account})
        if found.status == status:
            return found
        assert time.monotonic() < deadline, f"the payout is {found.status}, not {status}"
        time.sleep(0.02)


def test_a_payout_travels_to_the_bank_and_arrives(platform: Platform, clock: Clock) -> None:
    clock.set_to(NOON)
    platform.fund(1000)
    mentor = platform.mentor()
    platform.transfer(mentor, 1000, "k")
    payout = platform.sdk.v1.payouts.create(
        {"amount": 600, "currency": "nok"}, {"stripe_account": mentor}
    )
    assert (payout.status, payout.automatic) == ("pending", False)
    clock.advance(timedelta(days=1))
    _await_status(platform, mentor, payout.id, "in_transit")
    clock.advance(timedelta(days=1))
    _await_status(platform, mentor, payout.id, "paid")
    shown = platform.control("GET", f"accounts/{mentor}")
    assert (shown["balance"]["available"], shown["paid_out"]) == (400, {"nok": 600})


def test_a_paid_payout_may_still_fail_and_the_money_is_back(platform: Platform) -> None:
    platform.fund(1000)
    mentor = platform.mentor()
    platform.transfer(mentor, 1000, "k")
    payout = platform.sdk.v1.payouts.create(
        {"amount": 600, "currency": "nok"}, {"stripe_account": mentor}
    )
    assert platform.control("POST", f"payouts/{payout.id}", {"action": "pay"})["status"] == "paid"
    failed = platform.control("POST", f"payouts/{payout.id}", {"action": "fail"})
    assert (failed["status"], failed["failure_code"]) == ("failed", "account_closed")
    assert failed["failure_balance_transaction"]
    assert platform.available(mentor) == 1000


def test_a_pending_payout_can_be_cancelled_and_a_paid_one_not(platform: Platform) -> None:
    platform.fund(1000)
    mentor = platform.mentor()
    platform.transfer(mentor, 1000, "k")
    payouts, context = platform.sdk.v1.payouts, stripe.RequestOptions(stripe_account=mentor)
    payout = payouts.create({"amount": 600, "currency": "nok"}, context)
    assert payouts.cancel(payout.id, None, context).status == "canceled"
    assert platform.available(mentor) == 1000
    with pytest.raises(stripe.InvalidRequestError):
        payouts.cancel(payout.id, None, context)


def test_payouts_need_funds_a_bank_and_permission(platform: Platform) -> None:
    mentor, stranger = platform.mentor(), platform.mentor(ready=False)
    for account, currency, code in (
        (mentor, "nok", "balance_insufficient"),
        (mentor, "eur", None),
        (stranger, "nok", "payouts_not_allowed"),
    ):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            platform.sdk.v1.payouts.create(
                {"amount": 1, "currency": currency}, {"stripe_account": account}
            )
        assert refused.value.code == code


def test_the_daily_schedule_pays_out_by_itself_after_the_delay(
    platform: Platform, clock: Clock
) -> None:
    clock.set_to(NOON)
    platform.fund(1000)
    mentor = platform.mentor()
    platform.transfer(mentor, 1000, "k")
    clock.advance(timedelta(days=7))
    time.sleep(0.3)
    context = stripe.RequestOptions(stripe_account=mentor)
    assert platform.sdk.v1.payouts.list(None, context).data == []
    clock.advance(timedelta(days=1))
    deadline = time.monotonic() + 5
    while not (made := platform.sdk.v1.payouts.list(None, context).data):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert (made[0].automatic, made[0].amount) == (True, 1000)
    assert platform.available(mentor) == 0


def test_a_manual_schedule_waits_to_be_asked(platform: Platform, clock: Clock) -> None:
    clock.set_to(NOON)
    platform.fund(1000)
    mentor = platform.mentor()
    platform.sdk.v1.accounts.update(
        mentor, {"settings": {"payouts": {"schedule": {"interval": "manual"}}}}
    )
    platform.transfer(mentor, 1000, "k")
    clock.advance(timedelta(days=60))
    time.sleep(0.3)
    assert platform.available(mentor) == 1000

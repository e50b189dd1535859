"""Money at Stripe: transfers, reversals and the balances that they leave."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import requests
import stripe

from sandbox.clock import Clock
from tests.sandbox.stripe_client import Platform


def test_a_transfer_moves_money_to_the_mentor(platform: Platform) -> None:
    platform.fund(100_000)
    mentor = platform.mentor()
    transfer = platform.sdk.v1.transfers.create(
        {
            "amount": 85_000,
            "currency": "nok",
            "destination": mentor,
            "transfer_group": "pyt_1",
            "metadata": {"payout_id": "pyt_1"},
        },
        {"idempotency_key": "pyt_1"},
    )
    assert transfer.id.startswith("tr_")
    assert not transfer.reversed
    assert platform.available() == 15_000
    assert platform.available(mentor) == 85_000
    shown = platform.control("GET", f"accounts/{mentor}")
    assert shown["balance"] == {"available": 85_000, "pending": 0}
    assert shown["account"]["id"] == mentor


def test_a_transfer_without_funds_is_refused_and_moves_nothing(platform: Platform) -> None:
    platform.fund(99)
    mentor = platform.mentor()
    with pytest.raises(stripe.InvalidRequestError) as refused:
        platform.sdk.v1.transfers.create({"amount": 100, "currency": "nok", "destination": mentor})
    assert refused.value.http_status == 400
    assert refused.value.code == "balance_insufficient"
    assert platform.available() == 99
    assert platform.sdk.v1.transfers.list().data == []


def test_funds_in_one_currency_do_not_cover_another(platform: Platform) -> None:
    platform.fund(1000)
    form = {"amount": "100", "currency": "EUR", "destination": platform.mentor()}
    answer = platform.raw("POST", "/v1/transfers", form)
    assert answer.json()["error"]["code"] == "balance_insufficient"


def test_an_account_that_is_not_ready_receives_nothing(platform: Platform) -> None:
    platform.fund(1000)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        platform.sdk.v1.transfers.create(
            {"amount": 100, "currency": "nok", "destination": platform.mentor(ready=False)}
        )
    assert refused.value.code == "insufficient_capabilities_for_transfer"


def test_parallel_transfers_never_spend_more_than_there_is(platform: Platform) -> None:
    platform.fund(1000)
    mentor = platform.mentor()
    with ThreadPoolExecutor(20) as pool:
        statuses = list(
            pool.map(lambda n: platform.transfer(mentor, 100, f"k{n}").status_code, range(20))
        )
    assert statuses.count(200) == 10
    assert platform.available() == 0
    assert platform.available(mentor) == 1000


def test_parallel_requests_with_one_key_pay_once(platform: Platform) -> None:
    platform.fund(1000)
    mentor = platform.mentor()
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: platform.transfer(mentor, 100, "same"), range(20)))
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert platform.available(mentor) == 100


def test_transfers_are_found_by_group_and_destination_and_paged_by_key(
    platform: Platform,
) -> None:
    platform.fund(10_000)
    first, second = platform.mentor(), platform.mentor()
    made = [
        platform.transfer(first, 100 + number, f"k{number}", transfer_group="g").json()["id"]
        for number in range(5)
    ]
    platform.transfer(second, 100, "other", transfer_group="g")
    platform.transfer(first, 100, "ungrouped")
    transfers = platform.sdk.v1.transfers
    found = transfers.list({"transfer_group": "g", "destination": first, "limit": 2})
    assert [item.id for item in found.data] == [made[4], made[3]]
    assert found.has_more
    rest = transfers.list({"transfer_group": "g", "destination": first, "starting_after": made[3]})
    assert [item.id for item in rest.data] == [made[2], made[1], made[0]]
    assert not rest.has_more
    newer = transfers.list({"transfer_group": "g", "destination": first, "ending_before": made[1]})
    assert [item.id for item in newer.data] == [made[4], made[3], made[2]]
    nearest = transfers.list(
        {"transfer_group": "g", "destination": first, "ending_before": made[1], "limit": 1}
    )
    assert [item.id for item in nearest.data] == [made[2]]
    assert nearest.has_more
    everything = transfers.list({"limit": 3}).auto_paging_iter()
    assert len(list(everything)) == 7
    for bad in (
        "limit=0",
        "limit=101",
        "starting_after=tr_none",
        "starting_after=a&ending_before=b",
    ):
        assert platform.raw("GET", f"/v1/transfers?{bad}").status_code == 400


def test_transfers_are_listed_by_the_time_they_were_made(platform: Platform, clock: Clock) -> None:
    platform.fund(1000)
    mentor = platform.mentor()
    old = platform.transfer(mentor, 100, "old").json()
    clock.advance(timedelta(hours=1))
    new = platform.transfer(mentor, 100, "new").json()
    transfers = platform.sdk.v1.transfers
    recent = transfers.list({"created": {"gt": old["created"]}})
    assert [item.id for item in recent.data] == [new["id"]]
    exact = transfers.list({"created": old["created"]})
    assert [item.id for item in exact.data] == [old["id"]]
    assert len(transfers.list({"created": {"gte": old["created"]}}).data) == 2
    assert transfers.list({"created": {"lt": old["created"]}}).data == []


def test_a_transfer_is_retrieved_expanded_and_labelled(platform: Platform) -> None:
    platform.fund(1000)
    identifier = platform.transfer(platform.mentor(), 100, "k").json()["id"]
    expanded = platform.sdk.v1.transfers.retrieve(identifier, {"expand": ["balance_transaction"]})
    assert isinstance(expanded.balance_transaction, stripe.BalanceTransaction)
    assert expanded.balance_transaction.net == -100
    platform.sdk.v1.transfers.update(identifier, {"metadata": {"seen": "yes"}})
    assert platform.sdk.v1.transfers.retrieve(identifier).to_dict()["metadata"] == {"seen": "yes"}
    with pytest.raises(stripe.InvalidRequestError) as missing:
        platform.sdk.v1.transfers.retrieve("tr_none")
    assert missing.value.http_status == 404
    assert missing.value.code == "resource_missing"


def test_a_transfer_comes_back_in_parts_and_never_more_than_it_was(platform: Platform) -> None:
    platform.fund(1500)
    mentor = platform.mentor()
    # A second transfer, so that the balance would cover more than the first one allows.
    platform.transfer(mentor, 500, "other")
    identifier = platform.transfer(mentor, 1000, "k").json()["id"]
    reversals = platform.sdk.v1.transfers.reversals
    part = reversals.create(identifier, {"amount": 400, "metadata": {"why": "refund"}})
    assert part.transfer == identifier
    transfer = platform.sdk.v1.transfers.retrieve(identifier)
    assert (transfer.amount_reversed, transfer.reversed) == (400, False)
    assert [item.id for item in transfer.reversals.data] == [part.id]
    with pytest.raises(stripe.InvalidRequestError, match="greater than the unreversed amount"):
        reversals.create(identifier, {"amount": 601})
    reversals.create(identifier)
    assert platform.sdk.v1.transfers.retrieve(identifier).reversed
    with pytest.raises(stripe.InvalidRequestError, match="already been fully reversed"):
        reversals.create(identifier)
    assert platform.available() == 1000
    assert platform.available(mentor) == 500
    assert len(reversals.list(identifier).data) == 2
    assert reversals.retrieve(identifier, part.id).amount == 400
    assert reversals.update(identifier, part.id, {"metadata": {"a": "b"}}).id == part.id


def test_money_that_left_the_mentors_account_can_not_come_back(platform: Platform) -> None:
    platform.fund(1000)
    mentor = platform.mentor()
    identifier = platform.transfer(mentor, 1000, "k").json()["id"]
    platform.sdk.v1.payouts.create({"amount": 900, "currency": "nok"}, {"stripe_account": mentor})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        platform.sdk.v1.transfers.reversals.create(identifier, {"amount": 200})
    assert refused.value.code == "balance_insufficient"


def test_balance_transactions_add_up_to_the_balance(platform: Platform) -> None:
    platform.fund(1000)
    mentor = platform.mentor()
    transfer = platform.transfer(mentor, 700, "k").json()
    platform.sdk.v1.transfers.reversals.create(transfer["id"], {"amount": 200})
    for account in (None, mentor):
        context = stripe.RequestOptions(stripe_account=account) if account else None
        booked = platform.sdk.v1.balance_transactions.list({"limit": 100}, context).data
        assert sum(item.net for item in booked) == platform.available(account)
    found = platform.sdk.v1.balance_transactions.list({"source": transfer["id"]}).data
    assert [item.net for item in found] == [-700]
    one = platform.sdk.v1.balance_transactions.retrieve(transfer["balance_transaction"])
    assert one.type == "transfer"


def test_a_connected_account_sees_nothing_of_the_platforms_transfers(platform: Platform) -> None:
    platform.fund(1000)
    mentor = platform.mentor()
    platform.transfer(mentor, 100, "k")
    theirs = platform.raw("GET", "/v1/transfers", Stripe_Account=mentor).json()
    assert theirs["data"] == []


@pytest.mark.parametrize("amount", [1.5, "100", None, True])
def test_only_whole_amounts_of_money_can_be_put_on_the_platform(
    platform: Platform, amount: object
) -> None:
    url = platform.simulator.base_url + "/_sandbox/balance"
    assert requests.post(url, json={"amount": amount}, timeout=5).status_code == 400
    assert platform.available() == 0

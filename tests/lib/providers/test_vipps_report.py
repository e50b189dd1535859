"""Our client of Vipps' Report API against the sandbox's: what is owed, charged and paid out."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from lib.core.errors import ProviderUnavailableError
from lib.providers.http import ProviderRefusedError
from lib.providers.vipps import report
from lib.providers.vipps.report import DayNotClosedError, Entry, Kind, Topic
from tests.lib.providers.vipps_unit import sales_unit
from tests.sandbox.vipps_merchant import Merchant

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
DAY = date(2026, 12, 1)
LEDGER = "302321"


@pytest.fixture
def merchant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Merchant]:
    with sales_unit(tmp_path, monkeypatch) as found:
        found.simulator.clock.set_to(NOON)
        yield found


def read(merchant: Merchant, topic: Topic = "funds", day: date = DAY) -> list[Entry]:
    return list(report.entries(LEDGER, topic, day, now=merchant.simulator.clock.now()))


def settle(merchant: Merchant, action: str = "pay_out", **more: object) -> None:
    answer = merchant.control("settlement", {"action": action, **more})
    assert answer.status_code == 200, answer.text


def test_the_ledger_of_our_sales_unit_is_found(merchant: Merchant) -> None:
    assert report.ledger_id(merchant.simulator.clock.now()) == LEDGER


def test_a_day_tells_captures_refunds_fees_and_the_payout(merchant: Merchant) -> None:
    reference = merchant.authorized()
    merchant.modify(reference, "capture", 30_000)
    merchant.modify(reference, "capture", 10_000)
    merchant.modify(reference, "refund", 5_000)
    settle(merchant)
    funds = read(merchant)
    assert [(one.kind, one.reference, one.amount_ore, one.balance_ore) for one in funds] == [
        (Kind.CAPTURE, reference, 30_000, 30_000),
        (Kind.CAPTURE, reference, 10_000, 40_000),
        (Kind.REFUND, reference, -5_000, 35_000),
        (Kind.FEES_RETAINED, "", -1_396, 33_604),
        (Kind.PAYOUT, "", -33_604, 0),
    ]
    fees = read(merchant, "fees")
    assert [(one.kind, one.amount_ore, one.balance_ore) for one in fees] == [
        (Kind.FEE, -997, -997),
        (Kind.FEE, -399, -1_396),
        (Kind.FEES_RETAINED, 1_396, 0),
    ]
    assert [one.psp_reference for one in fees[:2]] == [one.psp_reference for one in funds[:2]]
    events = {one["pspReference"] for one in merchant.get(f"/payments/{reference}/events").json()}
    assert {one.psp_reference for one in funds[:3]} <= events
    assert all(abs(one.at - NOON) < timedelta(minutes=1) for one in funds)


def test_a_day_that_is_not_closed_is_asked_for_again(merchant: Merchant) -> None:
    reference = merchant.authorized()
    merchant.modify(reference, "capture", 30_000)
    for day in (DAY, DAY + timedelta(days=400)):
        with pytest.raises(DayNotClosedError):
            read(merchant, day=day)
    merchant.simulator.clock.set_to(datetime(2026, 12, 1, 22, 59, tzinfo=UTC))
    with pytest.raises(DayNotClosedError):
        read(merchant)
    merchant.simulator.clock.set_to(datetime(2026, 12, 1, 23, 1, tzinfo=UTC))  # midnight in Norway
    assert [one.kind for one in read(merchant)] == [Kind.CAPTURE]
    assert read(merchant, day=DAY - timedelta(days=1)) == []


def test_what_comes_after_a_payout_belongs_to_the_next_day(merchant: Merchant) -> None:
    reference = merchant.authorized()
    merchant.modify(reference, "capture", 30_000)
    settle(merchant)
    merchant.modify(reference, "refund", 30_000)
    assert [one.kind for one in read(merchant)][-1] == Kind.PAYOUT
    settle(merchant)
    following = read(merchant, day=DAY + timedelta(days=1))
    # There is nothing to pay out: what is owed is carried on.
    assert [(one.kind, one.balance_ore) for one in following] == [(Kind.REFUND, -30_000)]


def test_a_long_day_comes_in_pages(merchant: Merchant) -> None:
    references = [merchant.authorized() for _ in range(7)]
    for reference in references:
        merchant.modify(reference, "capture", 10_000)
    settle(merchant)
    merchant.control("report", {"page": 3})
    assert [one.reference for one in read(merchant)][:7] == references
    pages = [one for one in merchant.simulator.requests if "/report/" in one["path"]]
    assert [bool(one["query"]) for one in pages if one["status"] == 200] == [False, True, True]


def test_money_that_is_contested_leaves_and_may_return(merchant: Merchant) -> None:
    reference = merchant.authorized()
    merchant.modify(reference, "capture", 30_000)
    settle(merchant, "dispute", reference=reference)
    settle(merchant, "return", reference=reference)
    settle(merchant, "correct", kind="brand-new-kind", amount=-7)
    settle(merchant)
    settle(merchant, "abort")
    settle(merchant)
    kinds = [(one.kind, one.said, one.amount_ore) for one in read(merchant)[1:4]]
    assert kinds == [
        (Kind.DISPUTE_TAKEN, "retained-disputed-capture", -30_000),
        (Kind.DISPUTE_RETURNED, "returned-disputed-capture", 30_000),
        (Kind.OTHER, "brand-new-kind", -7),
    ]
    following = read(merchant, day=DAY + timedelta(days=1))
    assert [one.kind for one in following] == [Kind.PAYOUT_ABORTED, Kind.PAYOUT]


def test_a_ledger_that_is_not_ours_shows_nothing(merchant: Merchant) -> None:
    with pytest.raises(DayNotClosedError):
        list(report.entries("999999", "funds", DAY, now=merchant.simulator.clock.now()))


@pytest.mark.parametrize(
    ("status", "error"),
    [(503, ProviderUnavailableError), (401, ProviderUnavailableError), (403, ProviderRefusedError)],
)
def test_an_answer_that_is_none_is_no_empty_day(
    merchant: Merchant, status: int, error: type[Exception]
) -> None:
    fault = {"kind": "fail", "path": "/report/.*", "status": status, "times": 2}
    merchant.control("faults", fault)
    with pytest.raises(error):
        read(merchant)

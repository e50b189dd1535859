"""/v1/purchases: beginning to pay, asking what became of it, and what goes wrong in between."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from lib.accounts.rules import TERMS_VERSION
from tests.cast import refusal
from tests.stage import PRICE_ORE, Stage, rows

CREATE = "/epayment/v1/payments"


def test_a_payment_is_begun_with_the_price_of_the_booking_and_a_way_to_pay(stage: Stage) -> None:
    session = stage.book()
    answer = session.start_payment()
    assert answer.status == 201
    session.purchase_id = answer.json["id"]
    assert (answer.json["amount_ore"], answer.json["currency"]) == (PRICE_ORE, "NOK")
    assert answer.json["state"] == "created"
    assert answer.json["redirect_url"].startswith(f"{stage.vipps.url}/")
    assert session.payment["amount"] == {"currency": "NOK", "value": PRICE_ORE}
    assert session.states == ("awaiting_payment", "created")
    sent = stage.vipps.requests("POST", CREATE)[0]["body"]
    assert stage.mentee.person_id not in sent  # Vipps is told what, not who
    read = session.mentee.get(f"/v1/purchases/{session.purchase_id}")
    assert (read.status, read.json) == (200, answer.json)


def test_the_time_to_pay_is_kept_for_as_long_as_vipps_gives(stage: Stage) -> None:
    session = stage.book().ask_to_pay()
    kept = session.booking["hold_expires_at"] - session.purchase["created_at"]
    assert kept == timedelta(minutes=12)


def test_a_purchase_is_the_payers_alone(stage: Stage) -> None:
    session = stage.book()
    wanted = {"booking_id": session.booking_id, "terms": TERMS_VERSION, "early_start": True}
    for person in (stage.stranger, stage.mentor):
        assert refusal(person.post("/v1/purchases", wanted)) == (404, "not_found")
    session.ask_to_pay()
    for person in (stage.stranger, stage.mentor):
        path = f"/v1/purchases/{session.purchase_id}"
        assert refusal(person.get(path)) == (404, "not_found")
    assert len(rows("SELECT id FROM purchase")) == 1
    assert len(stage.vipps.requests("POST", CREATE)) == 1


@pytest.mark.parametrize("purchase_id", ["pur_" + "0" * 26, "x", "pay_nothing"])
def test_an_unknown_purchase_is_not_found(stage: Stage, purchase_id: str) -> None:
    assert refusal(stage.mentee.get(f"/v1/purchases/{purchase_id}")) == (404, "not_found")


def test_what_can_not_be_paid_for_is_refused_before_vipps_is_asked(stage: Stage) -> None:
    session = stage.book()
    old = {"booking_id": session.booking_id, "terms": "2020-01-01"}
    answer = stage.mentee.post("/v1/purchases", old)
    assert (*refusal(answer), answer.json["terms"]) == (409, "terms_outdated", TERMS_VERSION)
    unknown = {"booking_id": "bkg_" + "0" * 26, "terms": TERMS_VERSION}
    assert refusal(stage.mentee.post("/v1/purchases", unknown)) == (404, "not_found")
    for wrong in ({}, {"booking_id": 1, "terms": TERMS_VERSION}, {**unknown, "amount_ore": 1}):
        assert refusal(stage.mentee.post("/v1/purchases", wrong)) == (422, "invalid")
    stage.jump(timedelta(minutes=11))
    assert refusal(session.start_payment()) == (409, "booking_not_payable")
    assert stage.vipps.requests("POST", CREATE) == []


def test_a_booking_is_paid_for_once(stage: Stage) -> None:
    session = stage.book().ask_to_pay()
    again = session.start_payment()  # another tap, with a key of its own
    assert (again.status, again.json["id"]) == (201, session.purchase_id)
    session.act("approve")
    stage.settle()
    assert refusal(session.start_payment()) == (409, "booking_not_payable")
    assert len(stage.vipps.requests("POST", CREATE)) == 1


def test_two_taps_at_once_make_one_payment(stage: Stage) -> None:
    session = stage.book()
    stage.vipps.order("delay", "POST", CREATE, seconds=0.2)
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: session.start_payment(), range(6)))
    assert {answer.status for answer in answers} == {201}
    assert len({answer.json["id"] for answer in answers}) == 1
    assert len({answer.json["redirect_url"] for answer in answers}) == 1
    assert len(rows("SELECT id FROM purchase")) == 1
    keys = {each["headers"]["idempotency-key"] for each in stage.vipps.requests("POST", CREATE)}
    assert len(keys) == 1


@pytest.mark.parametrize("fault", ["hang_up_after", "fail_after", "hang_up_before", "fail"])
def test_a_payment_whose_making_was_not_answered_is_asked_for_again_with_the_same_key(
    stage: Stage, fault: str
) -> None:
    session = stage.book()
    stage.vipps.order(fault, "POST", CREATE)
    silent = session.start_payment(key="one-tap-of-the-button")
    assert refusal(silent) == (503, "provider_unavailable")
    answer = session.start_payment(key="one-tap-of-the-button")
    assert (answer.status, answer.json["state"]) == (201, "created")
    session.purchase_id = answer.json["id"]
    assert len(rows("SELECT id FROM purchase")) == 1
    tried = stage.vipps.requests("POST", CREATE)
    assert len(tried) == 2
    assert len({each["headers"]["idempotency-key"] for each in tried}) == 1
    assert len({each["body"] for each in tried}) == 1
    session.act("approve")
    stage.settle()
    assert session.states == ("confirmed", "authorised")


def test_a_refusal_sticks_to_its_purchase_and_another_may_be_begun(stage: Stage) -> None:
    session = stage.book()
    stage.vipps.order("fail", "POST", CREATE, status=400)
    refused = session.start_payment(key="one-tap-of-the-button")
    assert refusal(refused) == (502, "payment_refused")
    again = session.start_payment(key="one-tap-of-the-button")
    assert (again.status, again.json["state"], again.json["redirect_url"]) == (201, "failed", None)
    assert len(stage.vipps.requests("POST", CREATE)) == 1
    session.pay()
    keys = [each["headers"]["idempotency-key"] for each in stage.vipps.requests("POST", CREATE)]
    assert len(set(keys)) == 2


def test_a_look_at_a_purchase_asks_vipps_not_more_than_every_other_second(stage: Stage) -> None:
    stage.vipps.webhooks("lose")
    session = stage.book().ask_to_pay()
    path = f"/v1/purchases/{session.purchase_id}"
    for _ in range(3):
        session.mentee.get(path)
    looks = rf"{CREATE}/{session.reference}"
    assert stage.vipps.requests("GET", looks) == []
    stage.world.clock.advance(timedelta(seconds=2))
    for _ in range(3):
        session.mentee.get(path)
    assert len(stage.vipps.requests("GET", looks)) == 1


def test_a_look_while_vipps_is_silent_says_so_and_changes_nothing(stage: Stage) -> None:
    stage.vipps.webhooks("lose")
    session = stage.book().ask_to_pay()
    stage.world.clock.advance(timedelta(seconds=2))
    path = f"/v1/purchases/{session.purchase_id}"
    for status in (500, 403):
        stage.vipps.order("fail", "GET", rf"{CREATE}/.*", status=status)
        assert refusal(session.mentee.get(path)) == (503, "provider_unavailable")
    assert session.states == ("awaiting_payment", "created")
    assert session.mentee.get(path).json["state"] == "created"

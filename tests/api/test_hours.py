"""Hours of packs over HTTP: bought, drawn by the quarter hour, given back, expired."""

from datetime import timedelta

import pytest

from lib.accounts.rules import TERMS_VERSION
from lib.core import ids
from tests.cast import refusal
from tests.packs import PACK_ORE, ask_for_pack, booking_of, buy_pack, offer_pack
from tests.stage import Stage, change, rows, until

FEE_ORE = PACK_ORE * 15 // 100
FEE_VAT_ORE = FEE_ORE // 5


def entries(purchase_id: str) -> list[tuple[str, int]]:
    found = rows(
        "SELECT kind, quarters FROM hour_entry WHERE purchase_id = %(id)s"
        " ORDER BY created_at, quarters",
        {"id": purchase_id},
    )
    return [(each["kind"], each["quarters"]) for each in found]


def test_hours_are_issued_when_the_pack_is_paid_for(stage: Stage) -> None:
    pack = buy_pack(stage)
    assert pack.sums == {"captured": PACK_ORE, "refunded": 0}
    assert entries(pack.purchase_id) == [("issued", 40)]
    shown = stage.mentee.get("/v1/hours").json["packs"]
    assert [(each["minutes"], each["minutes_left"]) for each in shown] == [(600, 600)]
    assert stage.books() == {"prepaid": PACK_ORE, "vipps_receivable": -PACK_ORE}
    bought = stage.mentee.get(f"/v1/purchases/{pack.purchase_id}").json
    assert (bought["state"], bought["captured_ore"]) == ("captured", PACK_ORE)
    assert bought["hours_expire_at"] is not None


def test_hours_pay_for_a_session_at_once_and_the_mentor_earns_it_once_it_was_held(
    stage: Stage,
) -> None:
    pack = buy_pack(stage)
    booking_id = pack.book(0)
    assert booking_of(booking_id)["state"] == "confirmed"
    assert (pack.left, pack.prepaid) == (540, PACK_ORE)
    pack.hold(booking_id)
    assert stage.books() == {
        "mentor_payable": (PACK_ORE - FEE_ORE) // 10,
        "platform_income": (FEE_ORE - FEE_VAT_ORE) // 10,
        "prepaid": PACK_ORE * 9 // 10,
        "vat": FEE_VAT_ORE // 10,
        "vipps_receivable": -PACK_ORE,
    }
    assert rows("SELECT id FROM purchase WHERE booking_id = %(id)s", {"id": booking_id}) == []
    earned = stage.mentor.get("/v1/earnings").json["earnings"]
    assert [(each["cause_id"], each["gross_ore"]) for each in earned] == [
        (booking_id, PACK_ORE // 10)
    ]


def test_a_session_may_draw_the_rest_of_one_pack_and_the_beginning_of_the_next(
    stage: Stage,
) -> None:
    small = offer_pack(stage, minutes=75, price_ore=75_000, valid_days=60)
    first = buy_pack(stage, small)
    second = buy_pack(stage)
    booked = [first.book(0), first.book(2)]
    assert (entries(first.purchase_id), entries(second.purchase_id)) == (
        [("issued", 5), ("drawn", -4), ("drawn", -1)],
        [("issued", 40), ("drawn", -3)],
    )
    first.hold(booked[0])
    first.hold(booked[1])
    earned = rows("SELECT purchase_id, SUM(gross_ore) AS ore FROM earning GROUP BY purchase_id")
    assert {each["purchase_id"]: int(each["ore"]) for each in earned} == {
        first.purchase_id: 75_000,
        second.purchase_id: PACK_ORE * 3 // 40,
    }
    assert first.prepaid == 0


def test_hours_come_back_when_the_mentor_calls_off_however_late(stage: Stage) -> None:
    pack = buy_pack(stage)
    stage.jump(timedelta(days=20))
    booking_id = pack.book(24 * 20)
    stage.jump_to(booking_of(booking_id)["starts_at"] - timedelta(minutes=1))
    cancelled = stage.mentor.post(f"/v1/bookings/{booking_id}/cancel", {"reason": "Syk"})
    assert cancelled.status == 200
    until(lambda: pack.left == 600)
    assert rows("SELECT id FROM earning") == []


@pytest.mark.parametrize(("days", "left"), [(3, 600), (20, 570)])
def test_a_late_cancellation_costs_half_once_the_purchase_can_no_longer_be_withdrawn_from(
    stage: Stage, days: int, left: int
) -> None:
    pack = buy_pack(stage)
    stage.jump(timedelta(days=days))
    booking_id = pack.book(24 * days + 4)
    stage.jump_to(booking_of(booking_id)["starts_at"] - timedelta(hours=2))
    assert stage.mentee.post(f"/v1/bookings/{booking_id}/cancel", {"reason": "Syk"}).status == 200
    until(lambda: pack.left == left)
    stage.settle()
    earned = sum(each["quarters"] for each in rows("SELECT quarters FROM earning"))
    assert earned == (600 - left) // 15
    assert pack.prepaid == PACK_ORE - PACK_ORE * earned // 40


def test_hours_of_a_session_that_was_not_held_come_back(stage: Stage) -> None:
    pack = buy_pack(stage)
    pack.miss(pack.book(0))
    until(lambda: pack.left == 600)
    assert pack.prepaid == PACK_ORE


def test_the_same_call_again_draws_nothing_more(stage: Stage) -> None:
    pack = buy_pack(stage)
    session = stage.book()
    key = ids.new("key")
    path = f"/v1/bookings/{session.booking_id}/hours"
    answers = [stage.mentee.post(path, {}, key=key) for _ in range(2)]
    assert [answer.status for answer in answers] == [200, 200]
    assert answers[0].json == answers[1].json
    assert pack.left == 540
    assert refusal(pack.draw(session.booking_id)) == (409, "booking_not_payable")


def test_hours_can_not_pay_while_money_is_on_its_way(stage: Stage) -> None:
    pack = buy_pack(stage)
    session = stage.book().ask_to_pay()
    assert refusal(pack.draw(session.booking_id)) == (409, "booking_not_payable")
    assert pack.left == 600


def test_too_few_hours_pay_for_nothing(stage: Stage) -> None:
    pack = buy_pack(stage, offer_pack(stage, minutes=60, price_ore=60_000))
    pack.book(0)
    other = stage.book(2)
    answer = pack.draw(other.booking_id)
    assert refusal(answer) == (409, "not_enough_hours")
    assert (answer.json["minutes_needed"], answer.json["minutes_left"]) == (60, 0)
    assert booking_of(other.booking_id)["state"] == "held"


def test_an_offer_that_takes_no_hours_is_paid_with_money(stage: Stage) -> None:
    pack = buy_pack(stage)
    offer = stage.mentor.patch(f"/v1/offers/{stage.stall.offer_id}", {"accepts_hours": False})
    assert offer.status == 200
    assert refusal(pack.draw(stage.book().booking_id)) == (409, "hours_not_accepted")
    assert pack.left == 600


def test_hours_that_expire_before_the_session_ends_do_not_pay_for_it(stage: Stage) -> None:
    pack = buy_pack(stage)
    session = stage.book()
    change(
        "UPDATE purchase SET hours_expire_at = %(at)s WHERE pack_id IS NOT NULL",
        {"at": session.ends_at - timedelta(microseconds=1)},
    )
    assert refusal(pack.draw(session.booking_id)) == (409, "not_enough_hours")
    change(
        "UPDATE purchase SET hours_expire_at = %(at)s WHERE pack_id IS NOT NULL",
        {"at": session.ends_at},
    )
    assert pack.draw(session.booking_id).status == 200


def test_a_session_so_soon_takes_an_express_request(stage: Stage) -> None:
    pack = buy_pack(stage, early_start=False)
    session = stage.book()
    assert refusal(pack.draw(session.booking_id)) == (409, "early_start_required")
    assert pack.draw(session.booking_id, early_start=True).status == 200
    assert pack.purchase["early_start_at"] is not None


def test_nobody_draws_another_s_hours_or_pays_for_another_s_booking(stage: Stage) -> None:
    pack = buy_pack(stage)
    session = stage.book()
    path = f"/v1/bookings/{session.booking_id}/hours"
    for person in (stage.stranger, stage.mentor):
        assert refusal(person.post(path, {})) == (404, "not_found")
    theirs = stage.book(2, stage.stranger)
    answer = stage.stranger.post(f"/v1/bookings/{theirs.booking_id}/hours", {})
    assert refusal(answer) == (409, "not_enough_hours")
    assert stage.stranger.get("/v1/hours").json == {"packs": [], "next": None}
    assert pack.left == 600


def test_a_pack_is_bought_once_while_its_payment_is_under_way(stage: Stage) -> None:
    pack_id = offer_pack(stage)
    first, second = (ask_for_pack(pack_id, stage.mentee) for _ in range(2))
    assert (first.status, second.status) == (201, 201)
    assert first.json["id"] == second.json["id"]
    assert first.json["redirect_url"] == second.json["redirect_url"]


def test_what_can_not_be_bought_is_refused_in_words(stage: Stage) -> None:
    pack_id = offer_pack(stage)
    assert refusal(ask_for_pack(pack_id, stage.mentor)) == (409, "own_pack")
    unknown = "pck_" + "0" * 26
    assert refusal(ask_for_pack(unknown, stage.mentee)) == (404, "not_found")
    assert stage.mentor.patch("/v1/mentors/me", {"state": "paused"}).status == 200
    assert refusal(ask_for_pack(pack_id, stage.mentee)) == (409, "pack_not_for_sale")
    assert stage.mentor.delete(f"/v1/packs/{pack_id}").status == 204
    assert refusal(ask_for_pack(pack_id, stage.mentee)) == (404, "not_found")
    booking_id = "bkg_" + "0" * 26
    for wrong in (
        {"terms": TERMS_VERSION},
        {"terms": TERMS_VERSION, "pack_id": pack_id, "booking_id": booking_id},
        {"terms": TERMS_VERSION, "pack_id": pack_id, "method": "cash"},
        {"terms": TERMS_VERSION, "pack_id": pack_id, "amount_ore": 1},
        {"terms": TERMS_VERSION, "pack_id": pack_id, "currency": "SEK"},
    ):
        assert refusal(stage.mentee.post("/v1/purchases", wrong)) == (422, "invalid")
    assert rows("SELECT id FROM purchase") == []


def test_what_is_not_used_in_time_is_paid_back(stage: Stage) -> None:
    pack = buy_pack(stage, offer_pack(stage, valid_days=30))
    pack.hold(pack.book(0))
    stage.jump_to(pack.purchase["hours_expire_at"] - timedelta(seconds=1))
    assert stage.cron("purchases")["expired"] == 0
    stage.jump(timedelta(seconds=1))
    assert stage.cron("purchases")["expired"] == 1
    until(lambda: pack.sums["refunded"] == PACK_ORE * 9 // 10)
    stage.settle()
    assert (pack.left, pack.prepaid) == (0, 0)
    assert entries(pack.purchase_id)[-1] == ("expired", -36)
    assert stage.cron("purchases")["expired"] == 0
    refunds = stage.mentee.get(f"/v1/purchases/{pack.purchase_id}").json["refunds"]
    assert [(each["ground"], each["state"]) for each in refunds] == [("expired", "done")]
    assert stage.books()["refund_clearing"] == 0


def test_hours_that_come_back_after_the_end_are_paid_back_too(stage: Stage) -> None:
    pack = buy_pack(stage, offer_pack(stage, valid_days=30))
    booking_id = pack.book(0)
    ends_at = booking_of(booking_id)["ends_at"]
    change("UPDATE purchase SET hours_expire_at = %(at)s", {"at": ends_at})
    stage.jump_to(ends_at + timedelta(minutes=1))
    assert stage.cron("purchases")["expired"] == 1
    until(lambda: pack.sums["refunded"] == PACK_ORE * 9 // 10)
    pack.miss(booking_id)
    assert stage.cron("purchases")["expired"] == 1
    until(lambda: pack.sums["refunded"] == PACK_ORE)
    stage.settle()
    assert pack.prepaid == 0


def test_hours_are_a_persons_and_not_an_addresss(stage: Stage) -> None:
    pack = buy_pack(stage)
    changed = {"email": "ny.adresse@example.no", "phone": "4799887766"}
    assert stage.mentee.patch("/v1/profile", changed).status == 200
    assert pack.left == 600
    pack.hold(pack.book(0))
    assert pack.left == 540

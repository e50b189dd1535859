"""Withdrawing from a purchase: told in words, confirmed to the øre, carried out once."""

import json
from datetime import timedelta

from lib.core import ids
from tests.cast import refusal
from tests.packs import PACK_ORE, BoughtPack, booking_of, buy_pack
from tests.stage import PRICE_ORE, Stage, at_once, rows, until

NINE_TENTHS = PACK_ORE * 9 // 10


def refunds(pack: BoughtPack) -> list[tuple[int, str, str]]:
    found = rows(
        "SELECT amount_ore, ground, state FROM refund WHERE purchase_id = %(id)s ORDER BY id",
        {"id": pack.purchase_id},
    )
    return [(each["amount_ore"], each["ground"], each["state"]) for each in found]


def test_who_has_used_nothing_gets_everything_back(stage: Stage) -> None:
    pack = buy_pack(stage)
    quote = pack.quote().json
    assert (quote["refund_ore"], quote["ground"], quote["calls_off"]) == (
        PACK_ORE,
        "withdrawal",
        [],
    )
    assert quote["text"]["nb"] == "Ingen timer er gitt. Du får tilbake alt: 6000,00 kr."
    assert quote["text"]["en"].startswith("No hours have been given.")
    answer = pack.withdraw(PACK_ORE)
    assert answer.status == 200
    until(lambda: pack.sums["refunded"] == PACK_ORE)
    stage.settle()
    assert (pack.left, pack.prepaid) == (0, 0)
    assert refunds(pack) == [(PACK_ORE, "withdrawal", "done")]
    assert stage.books()["vipps_receivable"] == 0
    assert refusal(pack.withdraw(PACK_ORE)) == (409, "not_withdrawable")


def test_who_has_used_an_hour_pays_for_that_hour(stage: Stage) -> None:
    pack = buy_pack(stage)
    pack.hold(pack.book(0))
    quote = pack.quote().json
    assert quote["refund_ore"] == NINE_TENTHS
    assert "Av 600 minutter er 60 gitt, og de koster 600,00 kr." in quote["text"]["nb"]
    assert pack.withdraw(NINE_TENTHS).status == 200
    until(lambda: pack.sums["refunded"] == NINE_TENTHS)
    stage.settle()
    assert stage.books()["mentor_payable"] == PACK_ORE * 85 // 1000  # untouched
    evidence = json.loads(rows("SELECT evidence FROM refund")[0]["evidence"])
    assert (evidence["rule"], evidence["given"], evidence["quarters"]) == (2, 4, 40)


def test_sessions_to_come_are_called_off_with_it(stage: Stage) -> None:
    pack = buy_pack(stage)
    held, to_come = pack.book(0), pack.book(24 * 3)
    pack.hold(held)
    quote = pack.quote().json
    assert (quote["refund_ore"], quote["calls_off"]) == (NINE_TENTHS, [to_come])
    assert booking_of(to_come)["state"] == "confirmed"  # asking changes nothing
    assert pack.withdraw(NINE_TENTHS).status == 200
    assert booking_of(to_come)["state"] == "cancelled"
    until(lambda: pack.sums["refunded"] == NINE_TENTHS)
    stage.settle()
    assert pack.left == 0


def test_a_session_that_is_not_decided_on_is_kept_back_and_follows_later(stage: Stage) -> None:
    pack = buy_pack(stage)
    booking_id = pack.book(0)
    stage.jump_to(booking_of(booking_id)["starts_at"] + timedelta(minutes=1))
    quote = pack.quote().json
    assert (quote["refund_ore"], quote["calls_off"]) == (NINE_TENTHS, [])
    assert "60 er det ikke avgjort ennå" in quote["text"]["nb"]
    assert pack.withdraw(NINE_TENTHS).status == 200
    until(lambda: pack.sums["refunded"] == NINE_TENTHS)
    pack.miss(booking_id)
    assert stage.cron("purchases")["expired"] == 1
    until(lambda: pack.sums["refunded"] == PACK_ORE)
    stage.settle()
    assert pack.prepaid == 0


def test_a_reserved_session_is_called_off_and_its_money_let_go(stage: Stage) -> None:
    session = stage.book().pay()
    path = f"/v1/purchases/{session.purchase_id}/withdrawal"
    quote = stage.mentee.get(path).json
    assert (quote["refund_ore"], quote["calls_off"]) == (PRICE_ORE, [session.booking_id])
    answer = stage.mentee.post(path, {"refund_ore": PRICE_ORE})
    assert answer.status == 200
    until(lambda: session.states == ("cancelled", "released"))
    assert session.sums == {"authorized": PRICE_ORE, "captured": 0, "cancelled": PRICE_ORE}


def test_a_session_that_was_held_as_asked_can_not_be_withdrawn_from(stage: Stage) -> None:
    session = stage.book().pay().capture()
    path = f"/v1/purchases/{session.purchase_id}/withdrawal"
    quote = stage.mentee.get(path).json
    assert (quote["refund_ore"], quote["ground"]) == (0, "all_given")
    answer = stage.mentee.post(path, {"refund_ore": PRICE_ORE})
    assert (*refusal(answer), answer.json["ground"]) == (409, "not_withdrawable", "all_given")


def test_after_the_period_of_withdrawal_nothing_is_withdrawn_from(stage: Stage) -> None:
    pack = buy_pack(stage)
    stage.jump(timedelta(days=25))
    quote = pack.quote().json
    assert (quote["refund_ore"], quote["ground"]) == (0, "too_late")
    assert quote["text"]["nb"].startswith("Angrefristen gikk ut ")
    assert refusal(pack.withdraw(PACK_ORE)) == (409, "not_withdrawable")
    assert pack.left == 600


def test_what_has_changed_since_it_was_told_is_told_anew(stage: Stage) -> None:
    pack = buy_pack(stage)
    quoted = pack.quote().json["refund_ore"]
    pack.hold(pack.book(0))
    answer = pack.withdraw(quoted)
    assert (*refusal(answer), answer.json["refund_ore"]) == (409, "withdrawal_changed", NINE_TENTHS)
    assert (pack.left, refunds(pack)) == (540, [])


def test_nothing_is_withdrawn_from_that_is_not_paid_yet(stage: Stage) -> None:
    session = stage.book().ask_to_pay()
    path = f"/v1/purchases/{session.purchase_id}/withdrawal"
    answer = stage.mentee.get(path)
    assert (*refusal(answer), answer.json["state"]) == (409, "purchase_under_way", "created")
    assert refusal(stage.mentee.post(path, {"refund_ore": 1})) == (409, "purchase_under_way")


def test_nobody_withdraws_from_another_s_purchase(stage: Stage) -> None:
    pack = buy_pack(stage)
    path = f"/v1/purchases/{pack.purchase_id}/withdrawal"
    for person in (stage.stranger, stage.mentor):
        assert refusal(person.get(path)) == (404, "not_found")
        assert refusal(person.post(path, {"refund_ore": PACK_ORE})) == (404, "not_found")
    assert pack.left == 600


def test_amounts_that_are_none_are_refused(stage: Stage) -> None:
    pack = buy_pack(stage)
    path = f"/v1/purchases/{pack.purchase_id}/withdrawal"
    for wrong in (0, -1, 1.5, "600000", 2**31, None, True):
        answer = stage.mentee.post(path, {"refund_ore": wrong})
        assert refusal(answer) == (422, "invalid"), wrong
    for wrong_field in ({}, {"refund_ore": PACK_ORE, "currency": "SEK"}):
        assert refusal(stage.mentee.post(path, wrong_field)) == (422, "invalid")
    assert refunds(pack) == []


def test_fifty_who_withdraw_at_once_get_the_money_once(stage: Stage) -> None:
    pack = buy_pack(stage)
    answers = at_once(lambda: pack.withdraw(PACK_ORE), 50)
    statuses = sorted(getattr(each, "status", 0) for each in answers)
    assert statuses.count(200) == 1
    assert set(statuses) <= {200, 409, 503}
    stage.settle()
    until(lambda: pack.sums["refunded"] == PACK_ORE)
    stage.settle()
    assert refunds(pack) == [(PACK_ORE, "withdrawal", "done")]


def test_the_same_key_gives_the_same_answer(stage: Stage) -> None:
    pack = buy_pack(stage)
    key = ids.new("key")
    answers = [pack.withdraw(PACK_ORE, key=key) for _ in range(3)]
    assert [answer.status for answer in answers] == [200, 200, 200]
    assert answers[0].json == answers[1].json == answers[2].json
    assert len(refunds(pack)) == 1


def test_of_one_who_leaves_every_hour_that_is_left_is_paid_back(stage: Stage) -> None:
    pack = buy_pack(stage)
    assert stage.mentee.post("/v1/privacy/erasure").status == 202
    until(lambda: pack.sums["refunded"] == PACK_ORE)
    stage.settle()
    assert refunds(pack) == [(PACK_ORE, "leaving", "done")]
    stage.cron("privacy")
    erased = rows("SELECT erased_at FROM person WHERE id = %(id)s", {"id": stage.mentee.person_id})
    assert erased[0]["erased_at"] is not None


def test_of_a_mentor_who_leaves_the_hours_sold_are_paid_back_to_who_bought_them(
    stage: Stage,
) -> None:
    pack = buy_pack(stage)
    assert stage.mentor.post("/v1/privacy/erasure").status == 202
    until(lambda: pack.sums["refunded"] == PACK_ORE)
    stage.settle()
    assert stage.mentee.get("/v1/hours").json["packs"][0]["minutes_left"] == 0

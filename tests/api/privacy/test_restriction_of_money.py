"""Who has processing restricted, and their money: what a deal has made due is paid, both ways.

Refunds, payouts and papers go on: they are claims, and what bookkeeping demands (Art. 18(2)). Hours
of a pack buy nothing new meanwhile, and come back in money.
"""

from datetime import timedelta
from typing import Any

from sandbox.app import App
from tests.acting import operator
from tests.cast import refusal
from tests.market import open_stall
from tests.packs import PACK_ORE, BoughtPack, ask_for_pack, booking_of, buy_pack, offer_pack
from tests.rails import STRIPE
from tests.stage import PRICE_ORE, Session, Stage, change, rows, until

HOLD = timedelta(hours=49)


def restrict(*people: App) -> None:
    for app in people:
        answer = app.call("PUT", "/v1/privacy/restriction", {"restricted": True})
        assert answer.status == 200, answer.json


def papers_of(person: App) -> list[dict[str, Any]]:
    answer = person.get("/v1/papers")
    assert answer.status == 200, answer.json
    found: list[dict[str, Any]] = answer.json["papers"]
    return found


def issued(kind: str) -> bool:
    return bool(rows("SELECT id FROM paper WHERE kind = %(kind)s", {"kind": kind}))


# ── papers ───────────────────────────────────────────────────────────────────────────────────────


def test_papers_are_issued_and_both_read_them(stage: Stage) -> None:
    stage.onboard()
    session = stage.book().pay()
    stage.settle()
    restrict(stage.mentor, session.mentee)
    session.capture()
    until(lambda: issued("receipt"))
    stage.fund(1_000_000)
    stage.jump(HOLD)
    stage.cron("payouts")
    until(lambda: issued("statement"))
    for person, kinds in ((stage.mentor, {"receipt", "statement"}), (session.mentee, {"receipt"})):
        found = papers_of(person)
        assert {each["kind"] for each in found} == kinds
        assert person.get(f"/v1/papers/{found[0]['id']}").status == 200
        assert person.get(f"/v1/papers/{found[0]['id']}/pdf").status == 200
    (earned,) = stage.mentor.get("/v1/earnings").json["earnings"]
    assert earned["payout_id"] is not None


def test_what_comes_back_of_a_payout_has_its_paper(stage: Stage) -> None:
    stage.onboard()
    stage.book().pay().capture()
    stage.fund(1_000_000)
    stage.jump(HOLD)
    stage.cron("payouts")
    until(lambda: issued("statement"))
    restrict(stage.mentor)
    (payout,) = rows("SELECT provider_id FROM payout")
    stage.at_stripe(f"/v1/transfers/{payout['provider_id']}/reversals", amount=10_000)
    stage.settle()
    until(lambda: issued("statement_credit"))


def test_a_paper_that_is_missing_is_issued_by_cron(stage: Stage) -> None:
    session = stage.book().pay().capture()
    until(lambda: issued("receipt"))
    restrict(stage.mentor, session.mentee)
    change("DELETE FROM paper")
    change("DELETE FROM paper_series")
    stage.cron("books")
    assert issued("receipt")


# ── packs and hours ──────────────────────────────────────────────────────────────────────────────


def test_a_pack_that_was_being_paid_has_its_hours_and_they_go_back_in_money(stage: Stage) -> None:
    pack_id = offer_pack(stage)
    begun = ask_for_pack(pack_id, stage.mentee, early_start=True)
    pack = BoughtPack(stage, stage.mentee, begun.json["id"])
    restrict(stage.mentor, stage.mentee)
    stage.vipps.control("POST", f"payments/{pack.reference}", {"action": "approve"})
    until(lambda: pack.purchase["state"] == "captured")
    assert pack.left == 600
    assert stage.mentee.get("/v1/purchases").json["purchases"][0]["id"] == pack.purchase_id
    assert pack.quote().json["refund_ore"] == PACK_ORE
    assert pack.withdraw(PACK_ORE).status == 200
    until(lambda: pack.sums["refunded"] == PACK_ORE)
    stage.settle()
    assert (pack.left, pack.prepaid) == (0, 0)
    until(lambda: issued("repayment"))


def test_a_session_that_hours_have_paid_for_is_held_and_earned(stage: Stage) -> None:
    pack = buy_pack(stage)
    booking_id = pack.book(0)
    restrict(stage.mentor, stage.mentee)
    pack.hold(booking_id)
    assert booking_of(booking_id)["state"] == "completed"
    until(lambda: issued("receipt"))


def test_hours_buy_nothing_new_of_who_is_restricted_and_come_back_when_they_expire(
    stage: Stage,
) -> None:
    pack = buy_pack(stage, offer_pack(stage, valid_days=30))
    held = stage.book(0)
    restrict(stage.mentor)
    assert refusal(pack.draw(held.booking_id)) == (409, "booking_not_payable")
    assert pack.left == 600
    pack_id = str(pack.purchase["pack_id"])
    assert refusal(ask_for_pack(pack_id, stage.mentee)) == (409, "pack_not_for_sale")
    stage.jump_to(pack.purchase["hours_expire_at"] + timedelta(minutes=1))
    assert stage.cron("purchases")["expired"] == 1
    until(lambda: pack.sums["refunded"] == PACK_ORE)


def test_who_is_restricted_buys_nothing_with_money_or_hours(stage: Stage) -> None:
    pack = buy_pack(stage)
    held = stage.book(0)
    restrict(stage.mentee)
    for answer in (
        pack.draw(held.booking_id),
        held.start_payment(),
        ask_for_pack(str(pack.purchase["pack_id"]), stage.mentee),
        open_stall(stage.world, stage.mentor).book(stage.mentee),
    ):
        assert refusal(answer) == (409, "processing_restricted")
    assert pack.left == 600


# ── what is owed ─────────────────────────────────────────────────────────────────────────────────


def test_a_session_that_is_paid_is_withdrawn_from(stage: Stage) -> None:
    session = stage.book(40).pay()
    stage.settle()
    restrict(session.mentee)
    path = f"/v1/purchases/{session.purchase_id}/withdrawal"
    quote = session.mentee.get(path).json
    assert (quote["refund_ore"], quote["calls_off"]) == (PRICE_ORE, [session.booking_id])
    assert session.mentee.post(path, {"refund_ore": PRICE_ORE}).status == 200
    until(lambda: session.states == ("cancelled", "released"))


def test_an_operator_gives_back_what_is_owed_and_both_see_it(stage: Stage) -> None:
    session = stage.book().pay().capture()
    stage.settle()
    henrik = operator(stage.cast)
    restrict(stage.mentor, session.mentee)
    body = {"amount_ore": 10_000, "borne_by": "mentor", "reason": "Lyden var borte"}
    path = f"/v1/operator/purchases/{session.purchase_id}"
    assert henrik.post(f"{path}/refunds", body).status == 201
    until(lambda: session.refunded == 10_000)
    until(lambda: issued("credit_note"))
    assert henrik.get(f"{path}?reason=Klage").status == 200
    for person in (stage.mentor, session.mentee):
        actions = {each["action"] for each in person.get("/v1/privacy/readings").json["readings"]}
        assert "give_refund" in actions


def test_a_mentor_opens_an_account_to_be_paid_what_a_deal_has_earned(stage: Stage) -> None:
    session = stage.book().pay()
    restrict(stage.mentor)
    stage.onboard()
    session.capture()
    stage.fund(1_000_000)
    stage.jump(HOLD)
    stage.cron("payouts")
    assert [each["state"] for each in stage.payouts] == ["paid"]


def test_a_payment_that_its_bank_contests_is_followed_by_cron(stage: Stage) -> None:
    stage.rail = STRIPE
    session: Session = stage.book().pay().capture()
    restrict(stage.mentor, session.mentee)
    stage.stripe.webhooks("lose")
    found = stage.stripe.control("GET", f"checkout/{session.purchase['provider_id']}")
    stage.stripe.control("POST", "disputes", {"payment_intent": found["payment_intent"]["id"]})
    assert rows("SELECT id FROM dispute") == []
    stage.jump(timedelta(minutes=1))
    stage.cron("sweeps")
    assert [each["state"] for each in rows("SELECT state FROM dispute")] == ["open"]


def test_the_books_of_a_year_are_made_into_a_file(stage: Stage) -> None:
    session = stage.book().pay().capture()
    restrict(stage.mentor, session.mentee)
    stage.jump(timedelta(minutes=5))
    henrik = operator(stage.cast)
    wanted = {"year": stage.now.year, "format": "csv", "reason": "Årsoppgjør"}
    export_id = henrik.post("/v1/operator/accounting", wanted).json["id"]
    path = f"/v1/operator/accounting/{export_id}"
    until(lambda: henrik.get(path).json["state"] == "ready")
    assert henrik.get(path).json["entries_done"] > 0

"""Refunds that operators decide on: alone up to a limit, with a second one beyond it."""

from datetime import timedelta
from typing import Any

import pytest

from sandbox.app import Answer, App
from tests.acting import operator, second_operator
from tests.cast import refusal
from tests.packs import buy_pack
from tests.stage import PRICE_ORE, SHARE_ORE, Session, Stage, at_once, rows, until

READ = "?reason=Klage%20fra%20kunden"
REFUND = r"/epayment/v1/payments/[^/]+/refund"
ALONE_ORE = 50_000


@pytest.fixture
def session(stage: Stage) -> Session:
    session = stage.book().pay().capture()
    stage.settle()
    return session


@pytest.fixture
def henrik(stage: Stage) -> App:
    return operator(stage.cast)


@pytest.fixture
def marit(stage: Stage) -> App:
    return second_operator(stage.cast)


def give(
    person: App, session: Session, amount_ore: object, borne_by: str = "platform", **more: object
) -> Answer:
    body = {"amount_ore": amount_ore, "borne_by": borne_by, "reason": "Lyden var borte", **more}
    return person.post(f"/v1/operator/purchases/{session.purchase_id}/refunds", body)


def approve(person: App, approval_id: str, decision: str = "approve") -> Answer:
    return person.post(f"/v1/operator/approvals/{approval_id}/{decision}", {"reason": "Enig"})


def test_a_small_sum_is_given_by_one_operator_and_both_parties_see_that(
    stage: Stage, session: Session, henrik: App
) -> None:
    answer = give(henrik, session, ALONE_ORE)
    assert answer.status == 201
    assert answer.json["approval_id"] is None
    assert (answer.json["refund"]["amount_ore"], answer.json["refund"]["ground"]) == (
        ALONE_ORE,
        "goodwill",
    )
    until(lambda: session.refunded == ALONE_ORE)
    stage.settle()
    assert stage.books()["goodwill"] == -ALONE_ORE
    for person in (stage.mentee, stage.mentor):
        (reading,) = person.get("/v1/privacy/readings").json["readings"]
        assert (reading["action"], reading["reason"]) == ("give_refund", "Lyden var borte")


def test_what_the_mentor_bears_is_taken_back_of_what_they_earned(
    stage: Stage, session: Session, henrik: App
) -> None:
    assert give(henrik, session, 30_000, "mentor").status == 201
    until(lambda: session.refunded == 30_000)
    stage.settle()
    assert stage.books()["mentor_payable"] == SHARE_ORE - 25_500  # our fee goes back with it


def test_a_large_sum_takes_a_second_operator_and_is_then_given_to_the_ore(
    session: Session, henrik: App, marit: App
) -> None:
    asked = give(henrik, session, ALONE_ORE + 1)
    assert (asked.status, asked.json["refund"]) == (201, None)
    approval_id = asked.json["approval_id"]
    assert rows("SELECT id FROM refund") == []
    (waiting,) = marit.get("/v1/operator/approvals").json["approvals"]
    assert (waiting["id"], waiting["action"]) == (approval_id, "give_refund")
    assert waiting["given"] == {"amount_ore": ALONE_ORE + 1, "borne_by": "platform"}
    assert refusal(approve(henrik, approval_id)) == (403, "four_eyes")
    decided = approve(marit, approval_id)
    assert (decided.status, decided.json["state"]) == (200, "approved")
    until(lambda: session.refunded == ALONE_ORE + 1)
    (refund,) = rows("SELECT id, asked_by, amount_ore FROM refund")
    assert (refund["id"], refund["asked_by"]) == (decided.json["done_id"], henrik.person_id)
    assert refusal(approve(marit, approval_id)) == (409, "approval_state")
    assert marit.get("/v1/operator/approvals").json["approvals"] == []


def test_what_is_refused_or_not_answered_for_two_weeks_is_not_given(
    stage: Stage, session: Session, henrik: App, marit: App
) -> None:
    refused = give(henrik, session, 60_000).json["approval_id"]
    assert approve(marit, refused, "refuse").json["state"] == "refused"
    late = give(henrik, session, 60_000).json["approval_id"]
    stage.jump(timedelta(days=14))
    marit.sign_in("marit")
    answer = approve(marit, late)
    assert refusal(answer) == (409, "approval_state")
    assert rows("SELECT id FROM refund") == []
    assert marit.get("/v1/operator/approvals").json["approvals"] == []


def test_a_large_sum_is_not_cut_into_small_ones(session: Session, henrik: App) -> None:
    assert give(henrik, session, 30_000).json["refund"] is not None
    assert give(henrik, session, 20_000).json["refund"] is not None
    assert give(henrik, session, 1).json["refund"] is None  # beyond the limit, all in all
    assert give(henrik, session, 1).json["approval_id"] is not None


def test_what_the_rule_itself_would_give_takes_no_second_operator(
    stage: Stage, henrik: App
) -> None:
    pack = buy_pack(stage)
    wanted = {"amount_ore": 600_000, "borne_by": "platform", "reason": "Angret på telefon"}
    path = f"/v1/operator/purchases/{pack.purchase_id}/refunds"
    assert henrik.post(path, wanted).json["refund"]["amount_ore"] == 600_000


def test_no_more_is_given_or_asked_for_than_is_left(
    session: Session, henrik: App, marit: App
) -> None:
    assert refusal(give(henrik, session, PRICE_ORE + 1)) == (409, "not_refundable")
    first = give(henrik, session, 60_000).json["approval_id"]
    answer = give(henrik, session, 30_001)
    assert refusal(answer) == (409, "not_refundable")
    assert answer.json["left_ore"] == 30_000
    second = give(henrik, session, 30_000).json["approval_id"]
    assert approve(marit, first).status == approve(marit, second).status == 200
    assert refusal(give(henrik, session, 1)) == (409, "not_refundable")
    assert session.purchase["refunded_ore"] == PRICE_ORE


def test_ten_who_approve_at_once_give_it_once(session: Session, henrik: App, marit: App) -> None:
    approval_id = give(henrik, session, 60_000).json["approval_id"]
    answers = at_once(lambda: approve(marit, approval_id), 10)
    assert sorted(each.status for each in answers if isinstance(each, Answer)) == [200] + [409] * 9
    assert len(rows("SELECT id FROM refund")) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount_ore": 0},
        {"amount_ore": -100},
        {"amount_ore": 0.5},
        {"amount_ore": "100"},
        {"amount_ore": 2**31},
        {"amount_ore": None},
        {"currency": "SEK"},
        {"currency": "nok"},
        {"borne_by": "mentee"},
        {"reason": " "},
        {"reason": "x" * 501},
        {"surprise": True},
    ],
)
@pytest.mark.parametrize("where", ["refunds", "portal-refunds"])
def test_a_sum_that_can_t_be_is_refused_and_the_books_are_unchanged(
    stage: Stage, session: Session, henrik: App, wrong: dict[str, Any], where: str
) -> None:
    before = stage.books()
    body = {"amount_ore": 100, "borne_by": "platform", "reason": "Lyden var borte", **wrong}
    path = f"/v1/operator/purchases/{session.purchase_id}/{where}"
    assert refusal(henrik.post(path, body)) == (422, "invalid")
    assert stage.books() == before


def test_what_is_not_there_is_not_found(stage: Stage, session: Session, henrik: App) -> None:
    body = {"amount_ore": 100, "borne_by": "platform", "reason": "Lyden var borte"}
    nobody = "0" * 26
    for purchase_id in (f"pur_{nobody}", session.booking_id, stage.mentee.person_id):
        for where in ("refunds", "portal-refunds"):
            answer = henrik.post(f"/v1/operator/purchases/{purchase_id}/{where}", body)
            assert refusal(answer) == (404, "not_found")
        answer = henrik.get(f"/v1/operator/purchases/{purchase_id}{READ}")
        assert refusal(answer) == (404, "not_found")
    for path in (f"refunds/rfd_{nobody}/retry", f"refunds/rfd_{nobody}/bank"):
        assert refusal(henrik.post(f"/v1/operator/{path}", {"reason": "Prøver"})) == (
            404,
            "not_found",
        )
    assert refusal(approve(henrik, f"apr_{nobody}")) == (404, "not_found")


def held(stage: Stage, session: Session, henrik: App) -> str:
    """A refund that Vipps refuses."""
    stage.vipps.order("fail", "POST", REFUND, status=400)
    refund_id = str(give(henrik, session, 10_000).json["refund"]["id"])
    until(lambda: rows("SELECT id FROM refund WHERE state = 'held'"))
    stage.settle()
    return refund_id


def test_a_held_refund_is_listed_and_tried_again(
    stage: Stage, session: Session, henrik: App
) -> None:
    refund_id = held(stage, session, henrik)
    (found,) = henrik.get(f"/v1/operator/refunds{READ}").json["refunds"]
    assert (found["id"], found["purchase_id"]) == (refund_id, session.purchase_id)
    assert found["error_code"]
    answer = henrik.post(f"/v1/operator/refunds/{refund_id}/retry", {"reason": "Rettet hos Vipps"})
    assert answer.status == 200
    stage.jump(timedelta(seconds=10))
    stage.cron("outbox")
    assert session.refunded == 10_000
    assert henrik.get(f"/v1/operator/refunds{READ}").json["refunds"] == []
    again = henrik.post(f"/v1/operator/refunds/{refund_id}/retry", {"reason": "Igjen"})
    assert refusal(again) == (404, "not_found")


def test_a_held_refund_that_was_paid_by_bank_is_done(
    stage: Stage, session: Session, henrik: App
) -> None:
    refund_id = held(stage, session, henrik)
    path = f"/v1/operator/refunds/{refund_id}/bank"
    answer = henrik.post(path, {"reason": "Betalt fra nettbanken"})
    assert (answer.status, answer.json["state"]) == (200, "done")
    books = stage.books()
    assert (books["bank"], books["goodwill"], books["refund_clearing"]) == (10_000, -10_000, 0)
    assert session.refunded == 0
    assert refusal(henrik.post(path, {"reason": "Igjen"})) == (404, "not_found")
    assert stage.cron("books")["differences"] == 0  # the rail was not to give it back


def note(henrik: App, session: Session, amount_ore: int, key: str | None = None) -> Answer:
    body = {"amount_ore": amount_ore, "borne_by": "platform", "reason": "Gjort i portalen"}
    path = f"/v1/operator/purchases/{session.purchase_id}/portal-refunds"
    return henrik.post(path, body, key=key)


def test_a_refund_by_hand_is_noted_once_the_rail_says_so_and_the_difference_is_gone(
    stage: Stage, session: Session, henrik: App
) -> None:
    assert refusal(note(henrik, session, 12_300)) == (409, "not_refunded_there")
    session.act("portal_refund", amount=12_300)
    stage.settle()
    assert stage.cron("books")["differences"] == 1
    assert refusal(note(henrik, session, 12_301)) == (409, "not_refunded_there")
    for _ in range(2):
        answer = note(henrik, session, 12_300, key="the-same-key")
        assert (answer.status, answer.json["state"]) == (201, "done")
    assert len(rows("SELECT id FROM refund")) == 1
    assert refusal(note(henrik, session, 12_300)) == (409, "not_refunded_there")
    stage.settle()
    books = stage.books()
    assert (books["goodwill"], books["refund_clearing"]) == (-12_300, 0)
    assert session.refunded == 12_300  # nothing was asked for
    stage.jump(timedelta(hours=1))
    assert stage.cron("books")["differences"] == 0


def test_a_rail_that_is_silent_notes_nothing_yet(
    stage: Stage, session: Session, henrik: App
) -> None:
    session.act("portal_refund", amount=12_300)
    stage.settle()
    stage.vipps.order("fail", "GET", r"/epayment/v1/payments/[^/]+", status=500)
    key = "the-same-key"
    assert refusal(note(henrik, session, 12_300, key=key)) == (503, "provider_unavailable")
    assert rows("SELECT id FROM refund") == []
    assert note(henrik, session, 12_300, key=key).status == 201
    assert len(rows("SELECT id FROM refund")) == 1


def test_an_operator_reads_a_purchase_with_all_that_is_known_of_its_money(
    stage: Stage, session: Session, henrik: App
) -> None:
    give(henrik, session, 10_000, "mentor")
    until(lambda: session.refunded == 10_000)
    stage.settle()
    found = henrik.get(f"/v1/operator/purchases/{session.purchase_id}{READ}").json
    assert (found["state"], found["captured_ore"], found["refunded_ore"]) == (
        "captured",
        PRICE_ORE,
        10_000,
    )
    assert [each["kind"] for each in found["operations"]] == [
        "vipps.create",
        "vipps.capture",
        "vipps.refund",
    ]
    steps = {each["cause_id"]: [e["step"] for e in each["entries"]] for each in found["entries"]}
    assert steps[session.purchase_id] == ["reserve"]
    assert sorted(step for found in steps.values() for step in found) == sorted(
        ["reserve", "share", "fee", "fee_vat", "share", "fee", "fee_vat", "refund", "paid"]
    )
    assert [each["gross_ore"] for each in found["earnings"]] == [PRICE_ORE, -10_000]
    assert {each["kind"] for each in found["papers"]} == {"receipt", "credit_note"}
    assert (found["disputes"], found["hours"], found["rule_ore"]) == ([], [], 0)
    readings = stage.mentee.get("/v1/privacy/readings").json["readings"]
    assert [each["action"] for each in readings] == ["read_purchase", "give_refund"]
    without = henrik.get(f"/v1/operator/purchases/{session.purchase_id}")
    assert refusal(without) == (422, "invalid")


def test_who_is_no_operator_gives_reads_and_approves_nothing(
    stage: Stage, session: Session, henrik: App
) -> None:
    approval_id = give(henrik, session, 60_000).json["approval_id"]
    for person in (stage.mentee, stage.mentor, stage.stranger):
        assert refusal(give(person, session, 100)) == (403, "not_an_operator")
        assert refusal(approve(person, approval_id)) == (403, "not_an_operator")
        assert refusal(note(person, session, 100)) == (403, "not_an_operator")
        answer = person.get(f"/v1/operator/purchases/{session.purchase_id}{READ}")
        assert refusal(answer) == (403, "not_an_operator")
        for path in (f"refunds{READ}", "approvals", f"disputes{READ}"):
            assert refusal(person.get(f"/v1/operator/{path}")) == (403, "not_an_operator")
    assert rows("SELECT id FROM refund") == []

"""What an operator sees and does of payouts that wait, our own money, what was given up."""

from datetime import timedelta
from typing import Any

import pytest

from lib.core import ids
from sandbox.app import App
from tests.acting import operator
from tests.cast import refusal
from tests.stage import PRICE_ORE, SHARE_ORE, Session, Stage, change, rows, until

WHY = "Daglig gjennomgang"
READ = "?reason=Daglig%20gjennomgang"
TRANSFERS = "/v1/transfers"


@pytest.fixture
def earned(stage: Stage) -> Session:
    """An hour that was earned, by a mentor with an account, whose hold is over."""
    stage.onboard()
    session = stage.book().pay().capture()
    stage.jump_to(session.ends_at + timedelta(hours=49))
    stage.settle()
    return session


@pytest.fixture
def henrik(stage: Stage) -> App:
    return operator(stage.cast)


def logged() -> list[tuple[str, str | None, str]]:
    found = rows("SELECT action, person_id, reason FROM operator_log ORDER BY id")
    return [
        (each["action"], each["person_id"], each["reason"])
        for each in found
        if each["action"] != "grant_operator"
    ]


def held(stage: Stage) -> str:
    """A payout that Stripe refuses, and that waits for an operator."""
    stage.fund(PRICE_ORE)
    stage.stripe.order("fail", "POST", TRANSFERS, status=400)
    assert stage.cron("payouts")["waiting"] == 1
    (payout,) = stage.payouts
    assert payout["state"] == "held"
    return str(payout["id"])


@pytest.mark.usefixtures("earned")
def test_a_payout_that_waits_is_seen_with_since_when(stage: Stage, henrik: App) -> None:
    assert stage.cron("payouts")["waiting"] == 1
    answer = henrik.get(f"/v1/operator/payouts{READ}")
    (payout,) = answer.json["payouts"]
    assert (payout["state"], payout["amount_ore"]) == ("awaiting_platform_funds", SHARE_ORE)
    assert payout["waiting_since"] is not None
    assert logged() == [("read_payouts", None, WHY)]


@pytest.mark.usefixtures("earned")
def test_a_held_payout_is_tried_again_by_the_next_run(stage: Stage, henrik: App) -> None:
    payout_id = held(stage)
    path = f"/v1/operator/payouts/{payout_id}/retry"
    answer = henrik.post(path, {"reason": "Kontoen er i orden"})
    assert (answer.status, answer.json["state"]) == (200, "pending")
    assert refusal(henrik.post(path, {"reason": "En gang til"})) == (404, "not_found")
    assert stage.cron("payouts")["paid"] == 1
    assert logged() == [("retry_payout", stage.mentor.person_id, "Kontoen er i orden")]
    readings = stage.mentor.get("/v1/privacy/readings").json["readings"]
    assert [each["action"] for each in readings] == ["retry_payout"]


@pytest.mark.usefixtures("earned")
def test_a_held_payout_is_called_off_and_what_it_was_to_settle_is_owed_again(
    stage: Stage, henrik: App
) -> None:
    payout_id = held(stage)
    key = ids.new("key")
    path = f"/v1/operator/payouts/{payout_id}/call-off"
    for _ in range(2):  # the answer may be lost: the same key gives it again
        answer = henrik.post(path, {"reason": "Feil konto"}, key=key)
        assert (answer.status, answer.json["state"]) == (200, "called_off")
    assert rows("SELECT id FROM earning WHERE payout_id IS NOT NULL") == []
    assert stage.books()["mentor_payable"] == SHARE_ORE
    assert stage.cron("payouts")["paid"] == 1  # with the next one
    assert refusal(henrik.post(path, {"reason": "Igjen"})) == (404, "not_found")


@pytest.mark.usefixtures("earned")
def test_a_payout_that_stripe_has_moved_after_all_is_not_called_off(
    stage: Stage, henrik: App
) -> None:
    stage.fund(PRICE_ORE)
    stage.stripe.order("hang_up_after", "POST", TRANSFERS)
    stage.cron("payouts")
    change("UPDATE payout SET state = 'held'")
    payout_id = stage.payouts[0]["id"]
    answer = henrik.post(f"/v1/operator/payouts/{payout_id}/call-off", {"reason": "Henger"})
    assert refusal(answer) == (409, "payout_moved")
    assert stage.payouts[0]["state"] == "paid"


def move(**changes: object) -> dict[str, object]:
    wanted = {
        "kind": "bank_to_stripe",
        "amount_ore": 500_000,
        "fee_ore": 0,
        "reference": "DNB-4711",
        "happened_on": "2026-11-23",
        "reason": "Til utbetalinger",
    }
    return {**wanted, **changes}


@pytest.mark.usefixtures("earned")
def test_the_treasury_says_what_must_be_moved_to_stripe_and_since_when_who_waits(
    stage: Stage, henrik: App
) -> None:
    before = henrik.get(f"/v1/operator/treasury{READ}").json
    assert (before["vipps_owes_ore"], before["bank_ore"]) == (PRICE_ORE, 0)
    assert (before["waiting"], before["due_ore"]) == ([], SHARE_ORE)
    assert (before["stripe_available_ore"], before["must_move_ore"]) == (0, SHARE_ORE)
    stage.cron("payouts")
    waits = henrik.get(f"/v1/operator/treasury{READ}").json
    (waiting,) = waits["waiting"]
    assert (waiting["state"], waiting["amount_ore"]) == ("awaiting_platform_funds", SHARE_ORE)
    assert (waits["due_ore"], waits["must_move_ore"]) == (0, SHARE_ORE)
    stage.fund(50_000)
    part = henrik.get(f"/v1/operator/treasury{READ}").json
    assert (part["stripe_available_ore"], part["must_move_ore"]) == (50_000, SHARE_ORE - 50_000)


@pytest.mark.usefixtures("earned")
def test_without_an_answer_of_stripe_the_treasury_says_what_our_books_know(
    stage: Stage, henrik: App
) -> None:
    stage.stripe.order("fail", "GET", "/v1/balance", status=500)
    found = henrik.get(f"/v1/operator/treasury{READ}").json
    assert found["stripe_available_ore"] is None
    assert (found["vipps_owes_ore"], found["must_move_ore"]) == (PRICE_ORE, SHARE_ORE)


def test_moves_are_noted_once_and_booked(stage: Stage, henrik: App) -> None:
    path = "/v1/operator/treasury/moves"
    settled = move(
        kind="vipps_settlement", amount_ore=87_209, fee_ore=2_791, reference="302321-2000001"
    )
    assert henrik.post(path, settled).status == 201
    made = henrik.post(path, move())
    assert (made.status, made.json["by_report"]) == (201, False)
    again = henrik.post(path, move())
    assert (again.status, again.json["id"]) == (201, made.json["id"])
    other = henrik.post(path, move(amount_ore=500_001))
    assert refusal(other) == (409, "move_noted_otherwise")
    assert other.json["amount_ore"] == 500_000
    back = move(kind="stripe_to_bank", amount_ore=1_000, fee_ore=50, reference="po_1")
    assert henrik.post(path, back).status == 201
    assert stage.books() == {
        "bank": 500_000 - 87_209 - 1_000,
        "provider_fees": -2_791 - 50,
        "stripe_balance": -500_000 + 1_050,
        "vipps_receivable": 90_000,
    }
    found = henrik.get(f"/v1/operator/treasury{READ}&limit=2").json
    assert [each["kind"] for each in found["moves"]] == ["stripe_to_bank", "bank_to_stripe"]
    rest = henrik.get(f"/v1/operator/treasury{READ}&after={found['next']}").json
    assert [each["kind"] for each in rest["moves"]] == ["vipps_settlement"]
    assert refusal(henrik.get(f"/v1/operator/treasury{READ}&after=x")) == (422, "invalid")


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount_ore": 0},
        {"amount_ore": -1},
        {"amount_ore": 10.5},
        {"amount_ore": "500000"},
        {"amount_ore": 10_000_000_001},
        {"fee_ore": -1},
        {"kind": "stripe_fee"},
        {"kind": "under_the_table"},
        {"reference": ""},
        {"reference": "æ"},
        {"happened_on": "2099-01-01"},
        {"happened_on": "yesterday"},
        {"reason": ""},
        {"currency": "NOK"},
    ],
)
def test_a_move_that_can_t_be_is_refused_and_the_books_are_unchanged(
    stage: Stage, henrik: App, wrong: dict[str, Any]
) -> None:
    answer = henrik.post("/v1/operator/treasury/moves", move(**wrong))
    assert refusal(answer) == (422, "invalid")
    assert stage.books() == {}


def test_two_operators_who_note_the_same_move_at_once_note_one(stage: Stage, henrik: App) -> None:
    from tests.stage import at_once

    path = "/v1/operator/treasury/moves"
    answers = at_once(lambda: henrik.post(path, move()), 10)
    made = [each for each in answers if not isinstance(each, Exception)]
    assert {each.status for each in made} == {201}
    assert len({each.json["id"] for each in made}) == 1
    assert stage.books() == {"bank": 500_000, "stripe_balance": -500_000}


def test_what_was_given_up_is_seen_and_delivered_again(stage: Stage, henrik: App) -> None:
    session = stage.book().pay().meet().deliver()
    change(
        "UPDATE outbox SET parked_at = %(now)s, last_error = 'vipps_6260'"
        " WHERE topic = 'purchases.capture'",
        {"now": stage.now},
    )
    henrik.sign_in("henrik")
    (message,) = henrik.get(f"/v1/operator/messages{READ}").json["messages"]
    assert (message["topic"], message["last_error"]) == ("purchases.capture", "vipps_6260")
    path = f"/v1/operator/messages/{message['id']}/retry"
    assert henrik.post(path, {"reason": "Vipps er oppe"}).status == 200
    until(lambda: session.states == ("completed", "captured"))
    assert henrik.get(f"/v1/operator/messages{READ}").json["messages"] == []
    assert refusal(henrik.post(path, {"reason": "Igjen"})) == (404, "not_found")
    assert [each[0] for each in logged()] == ["read_parked", "retry_message", "read_parked"]


@pytest.mark.usefixtures("earned")
def test_who_is_no_operator_does_and_sees_nothing(stage: Stage) -> None:
    payout_id = held(stage)
    for app in (stage.mentor, stage.mentee, stage.stranger):
        for path in ("payouts", "treasury", "messages"):
            answer = app.get(f"/v1/operator/{path}{READ}")
            assert refusal(answer) == (403, "not_an_operator")
        for path in (f"payouts/{payout_id}/retry", f"payouts/{payout_id}/call-off"):
            answer = app.post(f"/v1/operator/{path}", {"reason": "Min egen"})
            assert refusal(answer) == (403, "not_an_operator")
        assert refusal(app.post("/v1/operator/treasury/moves", move())) == (403, "not_an_operator")
    assert stage.payouts[0]["state"] == "held"
    assert logged() == []

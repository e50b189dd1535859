"""Payments that a payer's bank contests: what is taken, kept back, returned, and borne by whom."""

from datetime import timedelta
from typing import Any

import pytest

from lib.core import ids
from lib.core.db import transact
from lib.purchases import disputes, refunds, service
from sandbox.app import App
from tests.acting import operator
from tests.cast import refusal
from tests.packs import PACK_ORE, ask_for_pack, offer_pack
from tests.rails import STRIPE
from tests.stage import FEE_ORE, FEE_VAT_ORE, PRICE_ORE, SHARE_ORE, Session, Stage, rows, until

HOLD = timedelta(hours=48)
FUNDED = {"top_up_unknown", "stripe_balance"}


@pytest.fixture
def session(stage: Stage) -> Session:
    """An hour that was given, paid for by card, and earned."""
    stage.rail = STRIPE
    stage.onboard()
    session = stage.book().pay().capture()
    stage.fund(10 * PRICE_ORE)
    stage.settle()
    return session


@pytest.fixture
def henrik(stage: Stage) -> App:
    return operator(stage.cast)


def intent(stage: Stage, purchase: dict[str, Any]) -> str:
    found = stage.stripe.control("GET", f"checkout/{purchase['provider_id']}")
    return str(found["payment_intent"]["id"])


def contest(stage: Stage, session: Session, **more: object) -> str:
    """Have the payer's bank contest the payment; return what Stripe calls the dispute."""
    wanted = {"payment_intent": intent(stage, session.purchase), **more}
    raised = str(stage.stripe.control("POST", "disputes", wanted)["id"])
    stage.settle()
    return raised


def decide(stage: Stage, provider_id: str, action: str) -> None:
    """Have the payer's bank decide."""
    stage.stripe.control("POST", f"disputes/{provider_id}", {"action": action})
    stage.settle()


def dispute() -> dict[str, Any]:
    return rows("SELECT * FROM dispute")[0]


def off(stage: Stage) -> list[str]:
    """Check the books; return which invariants do not hold, but for the money of `fund`."""
    stage.cron("books")
    found = rows("SELECT kind FROM book_difference WHERE closed_at IS NULL ORDER BY kind")
    return [each["kind"] for each in found if each["kind"] not in FUNDED]


def bear(henrik: App, borne_by: str) -> Any:  # noqa: ANN401 (an answer)
    wanted = {"borne_by": borne_by, "reason": "Banken ga betaleren rett"}
    return henrik.post(f"/v1/operator/disputes/{dispute()['id']}/decide", wanted)


def test_what_a_bank_takes_is_booked_with_its_fee_and_what_was_earned_is_kept_back(
    stage: Stage, session: Session
) -> None:
    fees = stage.books()["provider_fees"]
    contest(stage, session)
    found = dispute()
    assert (found["state"], found["amount_ore"], found["taken_ore"]) == (
        "open",
        PRICE_ORE,
        PRICE_ORE,
    )
    assert found["answer_by"] > stage.now
    books = stage.books()
    assert books["disputed"] == -PRICE_ORE
    assert books["provider_fees"] == fees - found["fee_ore"] < fees
    stage.jump_to(session.ends_at + HOLD + timedelta(hours=1))
    assert stage.cron("payouts")["made"] == 0
    assert stage.mentor.get("/v1/payouts").json["balance"]["pending_ore"] == SHARE_ORE
    assert off(stage) == []
    # It stays kept back for as long as it takes, if cron runs.
    for _ in range(3):
        stage.jump(timedelta(days=20))
        stage.cron("sweeps")
        assert stage.cron("payouts")["made"] == 0


def test_what_is_won_comes_back_and_is_paid_out(stage: Stage, session: Session) -> None:
    raised = contest(stage, session)
    decide(stage, raised, "review")
    assert dispute()["state"] == "open"
    decide(stage, raised, "win")
    found = dispute()
    assert (found["state"], found["returned_ore"]) == ("won", PRICE_ORE)
    assert found["closed_at"] is not None
    assert stage.books()["disputed"] == 0
    assert stage.books()["provider_fees"] < -found["fee_ore"]  # the fee is never given back
    stage.jump_to(session.ends_at + HOLD + timedelta(hours=1))
    assert stage.cron("payouts")["paid"] == 1
    assert off(stage) == []


def test_what_is_lost_at_the_mentors_expense_is_taken_back_of_what_they_earned(
    stage: Stage, session: Session, henrik: App
) -> None:
    raised = contest(stage, session)
    assert refusal(bear(henrik, "mentor")) == (409, "dispute_not_decidable")
    decide(stage, raised, "lose")
    assert (dispute()["state"], dispute()["closed_at"]) == ("lost", None)
    assert off(stage) == []
    answer = bear(henrik, "mentor")
    assert answer.status == 200, answer.json
    assert (answer.json["borne_by"], answer.json["state"]) == ("mentor", "lost")
    books = stage.books()
    assert books["disputed"] == books["refund_clearing"] == books["prepaid"] == 0
    assert books["mentor_payable"] == books["platform_income"] == books["vat"] == 0
    refund = rows("SELECT * FROM refund")[0]
    assert (refund["ground"], refund["state"], refund["borne_by"]) == ("dispute", "done", "mentor")
    assert session.purchase["refunded_ore"] == PRICE_ORE
    assert session.refunded == 0  # the bank has it: Stripe gives nothing back
    stage.settle()
    assert len(rows("SELECT id FROM paper WHERE kind = 'credit_note'")) == 1
    assert off(stage) == []
    assert refusal(bear(henrik, "platform")) == (409, "dispute_not_decidable")


def test_what_is_lost_after_it_was_paid_out_the_mentor_owes(
    stage: Stage, session: Session, henrik: App
) -> None:
    stage.jump_to(session.ends_at + HOLD + timedelta(hours=1))
    assert stage.cron("payouts")["paid"] == 1
    decide(stage, contest(stage, session), "lose")
    henrik.sign_in("henrik")
    assert bear(henrik, "mentor").status == 200
    assert stage.books()["mentor_receivable"] == -SHARE_ORE
    assert off(stage) == []


def test_what_is_lost_at_our_expense_leaves_the_mentor_what_they_earned(
    stage: Stage, session: Session, henrik: App
) -> None:
    decide(stage, contest(stage, session), "lose")
    assert bear(henrik, "platform").status == 200
    books = stage.books()
    assert (books["goodwill"], books["mentor_payable"]) == (-PRICE_ORE, SHARE_ORE)
    assert (books["platform_income"], books["disputed"]) == (FEE_ORE - FEE_VAT_ORE, 0)
    stage.jump_to(session.ends_at + HOLD + timedelta(hours=1))
    assert stage.cron("payouts")["paid"] == 1
    assert off(stage) == []


def test_a_bank_that_takes_what_was_given_back_before_is_at_our_expense(
    stage: Stage, session: Session, henrik: App
) -> None:
    transact(
        lambda db: refunds.give(
            db,
            purchase_id=session.purchase_id,
            amount_ore=30_000,
            is_borne_by_mentor=True,
            reason="Halve timen",
            operator_id="per_operator",
            now=stage.now,
        )
    )
    stage.cron("outbox")
    stage.settle()
    assert session.refunded == 30_000
    decide(stage, contest(stage, session), "lose")
    assert bear(henrik, "mentor").status == 200
    books = stage.books()
    assert (books["goodwill"], books["disputed"], books["mentor_payable"]) == (-30_000, 0, 0)
    assert off(stage) == []


def test_a_refund_that_stripe_refuses_over_the_dispute_is_paid_by_the_bank(
    stage: Stage, session: Session, henrik: App
) -> None:
    raised = contest(stage, session)
    refund_id = transact(
        lambda db: refunds.give(
            db,
            purchase_id=session.purchase_id,
            amount_ore=30_000,
            is_borne_by_mentor=False,
            reason="Vi gir det",
            operator_id="per_operator",
            now=stage.now,
        )
    ).id
    stage.cron("outbox")
    stage.settle()
    found = rows("SELECT state, error_code FROM refund WHERE id = %(id)s", {"id": refund_id})[0]
    assert found == {"state": "held", "error_code": "charge_disputed"}
    decide(stage, raised, "lose")
    assert bear(henrik, "mentor").status == 200
    assert {each["state"] for each in rows("SELECT state FROM refund")} == {"done"}
    assert stage.books()["disputed"] == stage.books()["refund_clearing"] == 0
    assert session.purchase["refunded_ore"] == PRICE_ORE
    assert off(stage) == []


def test_a_dispute_of_which_no_event_came_is_found(stage: Stage, session: Session) -> None:
    stage.stripe.webhooks("lose")
    contest(stage, session)
    assert rows("SELECT id FROM dispute") == []
    stage.jump(timedelta(minutes=1))
    assert stage.cron("sweeps")["disputes"] == 1
    assert dispute()["state"] == "open"
    assert stage.books()["disputed"] == -PRICE_ORE
    raised = dispute()["provider_id"]
    stage.stripe.control("POST", f"disputes/{raised}", {"action": "lose"})
    stage.jump(timedelta(hours=1))
    assert stage.cron("sweeps")["disputes"] == 0  # asked a moment ago
    stage.jump(timedelta(hours=6))
    stage.cron("sweeps")
    assert dispute()["state"] == "lost"


def test_events_that_come_twice_late_or_the_wrong_way_round_change_nothing(
    stage: Stage, session: Session
) -> None:
    stage.stripe.webhooks("hold")
    raised = str(
        stage.stripe.control(
            "POST", "disputes", {"payment_intent": intent(stage, session.purchase)}
        )["id"]
    )
    stage.stripe.control("POST", f"disputes/{raised}", {"action": "win"})
    stage.stripe.webhooks("deliver")
    stage.stripe.release("shuffle")
    stage.settle()
    for _ in range(3):
        assert disputes.look(raised, stage.now) == "won"
    assert stage.books()["disputed"] == 0
    assert off(stage) == []


def test_a_dispute_of_a_payment_that_is_none_of_ours_is_left_alone(
    stage: Stage, session: Session
) -> None:
    from tests.stage import change

    change("UPDATE purchase SET rail = 'vipps'")
    contest(stage, session)
    assert rows("SELECT id FROM dispute") == []
    outcomes = rows("SELECT outcome FROM inbound_event WHERE kind LIKE 'charge.dispute%%'")
    assert {each["outcome"] for each in outcomes} == {"unknown_reference"}


def test_who_has_a_dispute_can_t_leave_before_it_is_over(stage: Stage, session: Session) -> None:
    raised = contest(stage, session)
    contested = dispute()["id"]

    def obstacles(person: App) -> list[str]:
        return transact(lambda db: service.open_for(db, person.person_id))

    assert contested in obstacles(stage.mentee)
    assert contested in obstacles(stage.mentor)
    assert obstacles(stage.stranger) == []
    decide(stage, raised, "win")
    assert contested not in obstacles(stage.mentee)


def test_the_hours_of_a_contested_pack_end_and_its_sessions_are_called_off(
    stage: Stage, henrik: App
) -> None:
    stage.fund(PACK_ORE)
    pack_id = offer_pack(stage)
    answer = ask_for_pack(pack_id, stage.mentee, method="card", early_start=True)
    purchase_id = answer.json["id"]

    def purchase() -> dict[str, Any]:
        return rows("SELECT * FROM purchase WHERE id = %(id)s", {"id": purchase_id})[0]

    STRIPE.act(stage.stripe, purchase(), "approve")
    until(lambda: purchase()["state"] == "captured")
    booking = stage.book(30)
    drawn = stage.mentee.post(f"/v1/bookings/{booking.booking_id}/hours", {})
    assert drawn.status == 200
    stage.settle()
    raised = stage.stripe.control("POST", "disputes", {"payment_intent": intent(stage, purchase())})
    stage.settle()
    decide(stage, str(raised["id"]), "lose")
    assert bear(henrik, "mentor").status == 200
    stage.cron("outbox")
    stage.settle()
    assert booking.booking["state"] == "cancelled"
    left = rows("SELECT SUM(quarters) AS quarters FROM hour_entry")[0]["quarters"]
    assert left == 0
    refund = rows("SELECT amount_ore, unearned_ore FROM refund")[0]
    assert (refund["amount_ore"], refund["unearned_ore"]) == (PACK_ORE, PACK_ORE)
    assert stage.books()["prepaid"] == stage.books()["disputed"] == 0
    stage.jump(timedelta(days=2))
    stage.cron("purchases")  # nothing is refunded a second time
    assert len(rows("SELECT id FROM refund")) == 1
    assert off(stage) == []


def test_disputes_are_listed_for_operators_with_when_to_answer(
    stage: Stage, session: Session, henrik: App
) -> None:
    contest(stage, session, reason="fraudulent")
    answer = henrik.get("/v1/operator/disputes?reason=Daglig%20gjennomgang")
    (found,) = answer.json["disputes"]
    assert (found["reason"], found["state"], found["borne_by"]) == ("fraudulent", "open", None)
    assert found["answer_by"] is not None
    assert refusal(stage.stranger.get("/v1/operator/disputes?reason=nysgjerrig")) == (
        403,
        "not_an_operator",
    )
    unknown = f"/v1/operator/disputes/{ids.new('dsp')}/decide"
    body = {"borne_by": "mentor", "reason": "Prøver"}
    assert refusal(henrik.post(unknown, body)) == (404, "not_found")
    wrong = {"borne_by": "nobody", "reason": "Prøver"}
    assert refusal(henrik.post(unknown, wrong)) == (422, "invalid")

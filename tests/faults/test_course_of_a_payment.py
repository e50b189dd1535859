"""What becomes of a payment, whichever way it is heard of, and whatever goes wrong meanwhile."""

from datetime import timedelta

import pytest

from lib.accounts.rules import TERMS_VERSION
from lib.providers.vipps import epayment
from lib.purchases import payment
from sandbox.app import App
from tests.stage import PRICE_ORE, Session, Stage, change, rows, until

PAYMENTS = "/epayment/v1/payments"
TIME_TO_PAY = timedelta(minutes=12)


def test_a_payment_is_known_by_its_webhook_alone(stage: Stage) -> None:
    session = stage.book().pay()
    assert session.purchase["authorised_at"] is not None
    assert stage.books()["prepaid"] == 0  # reserved is not yet owed: the entry is pending
    assert [each["is_pending"] for each in rows("SELECT is_pending FROM ledger_transfer")] == [True]


def test_a_payment_is_known_by_asking_when_every_webhook_is_lost(stage: Stage) -> None:
    stage.vipps.webhooks("lose")
    session = stage.book().ask_to_pay()
    session.act("approve")
    assert session.states == ("awaiting_payment", "created")
    stage.world.clock.advance(timedelta(seconds=2))
    answer = session.mentee.get(f"/v1/purchases/{session.purchase_id}")
    assert answer.json["state"] == "authorised"
    assert session.states == ("confirmed", "authorised")


def test_a_payment_is_known_by_cron_when_nobody_comes_back_to_ask(stage: Stage) -> None:
    stage.vipps.webhooks("lose")
    session = stage.book().ask_to_pay()
    session.act("approve")
    assert stage.cron("purchases") == {
        "checked": 0,
        "freed": 0,
        "expired": 0,
        "refunds": 0,
    }  # asked for a moment ago
    stage.jump(timedelta(seconds=31))
    assert stage.cron("purchases") == {"checked": 1, "freed": 0, "expired": 0, "refunds": 0}
    assert session.states == ("confirmed", "authorised")


def test_the_same_news_ten_times_over_is_booked_once(stage: Stage) -> None:
    stage.vipps.webhooks("repeat")
    session = stage.book().pay()
    stage.settle()
    for _ in range(3):
        assert payment.check(session.purchase_id, stage.now) == "authorised"
    assert len(rows("SELECT id FROM ledger_transfer")) == 1
    assert len(rows("SELECT booking_id FROM meeting")) == 1


def test_who_turns_back_from_vipps_may_try_again_while_the_hold_lasts(stage: Stage) -> None:
    session = stage.book().ask_to_pay()
    session.act("abort")
    until(lambda: session.states == ("awaiting_payment", "aborted"))
    assert not stage.stall.offers(session.starts_at.isoformat())

    again = stage.mentee.post(
        "/v1/purchases",
        {"booking_id": session.booking_id, "terms": TERMS_VERSION, "early_start": True},
    )
    assert (again.status, again.json["state"]) == (201, "created")


def test_who_turns_back_and_stays_away_frees_the_slot_when_the_hold_ends(stage: Stage) -> None:
    session = stage.book().ask_to_pay()
    session.act("abort")
    until(lambda: session.states == ("awaiting_payment", "aborted"))

    stage.jump_to(stage.now + TIME_TO_PAY)
    stage.cron("purchases")

    assert session.states == ("expired", "aborted")
    assert stage.stall.offers(session.starts_at.isoformat())


@pytest.mark.parametrize(("action", "state"), [("expire", "expired"), ("terminate", "terminated")])
def test_a_payment_that_ends_without_money_frees_the_slot(
    stage: Stage, action: str, state: str
) -> None:
    session = stage.book().ask_to_pay()
    start = session.starts_at.isoformat()
    assert not stage.stall.offers(start)
    if action == "terminate":
        epayment.cancel(session.reference, operation_id="by-hand", now=stage.now)
    else:
        session.act(action)
    until(lambda: session.states == ("expired", state))
    assert session.purchase["redirect_url"] is None
    assert stage.stall.offers(start)
    assert stage.book(mentee=stage.stranger).booking["state"] == "held"
    assert rows("SELECT id FROM ledger_transfer") == []


def test_nobody_approves_so_the_slot_is_free_when_the_time_to_pay_is_over(stage: Stage) -> None:
    stage.vipps.webhooks("lose")
    session = stage.book().ask_to_pay()
    stage.jump(TIME_TO_PAY - timedelta(seconds=5))
    assert stage.cron("bookings") == {"released": 0}  # it is the payment that decides
    stage.jump(timedelta(seconds=40))
    stage.cron("purchases")
    assert session.states == ("expired", "expired")
    assert stage.stall.offers(session.starts_at.isoformat())


def test_a_payment_still_open_at_vipps_when_its_time_is_over_is_cancelled_there(
    stage: Stage,
) -> None:
    stage.vipps.webhooks("lose")
    session = stage.book().ask_to_pay()
    change(
        "UPDATE purchase SET created_at = %(at)s, checked_at = %(at)s",
        {"at": stage.now - TIME_TO_PAY},
    )
    stage.cron("purchases")
    assert session.states == ("expired", "terminated")
    assert session.payment["state"] == "TERMINATED"


def test_a_payer_who_decides_in_the_last_moment_is_waited_for(stage: Stage) -> None:
    stage.vipps.webhooks("lose")
    session = stage.book().ask_to_pay()
    overdue = {"at": stage.now - TIME_TO_PAY}
    change("UPDATE purchase SET created_at = %(at)s, checked_at = %(at)s", overdue)
    session.act("begin")  # the payment is open in the app: Vipps will not cancel it now
    stage.cron("purchases")
    assert session.states == ("awaiting_payment", "created")
    session.act("approve")
    stage.jump(timedelta(seconds=31))
    stage.cron("purchases")
    assert session.states == ("confirmed", "authorised")


def test_an_unpaid_hold_is_released(stage: Stage) -> None:
    session = stage.book()
    stage.jump(timedelta(minutes=9))
    assert stage.cron("bookings") == {"released": 0}
    stage.jump(timedelta(minutes=1))
    assert stage.cron("bookings") == {"released": 1}
    assert session.booking["state"] == "expired"
    assert stage.stall.offers(session.starts_at.isoformat())


def test_a_booking_whose_payment_was_refused_is_freed_when_its_time_is_over(stage: Stage) -> None:
    session = stage.book()
    stage.vipps.order("fail", "POST", PAYMENTS, status=400)
    assert session.start_payment().status == 502
    stage.jump(TIME_TO_PAY - timedelta(seconds=10))
    assert stage.cron("purchases") == {
        "checked": 0,
        "freed": 0,
        "expired": 0,
        "refunds": 0,
    }  # there is time to try again
    stage.jump(timedelta(seconds=10))
    assert stage.cron("purchases") == {"checked": 0, "freed": 1, "expired": 0, "refunds": 0}
    assert session.booking["state"] == "expired"
    assert stage.stall.offers(session.starts_at.isoformat())


def test_a_booking_is_not_freed_while_a_payment_for_it_is_open(stage: Stage) -> None:
    session = stage.book().ask_to_pay()
    change("UPDATE booking SET hold_expires_at = %(at)s", {"at": stage.now - TIME_TO_PAY})
    assert stage.cron("purchases")["freed"] == 0
    assert session.states == ("awaiting_payment", "created")


def test_many_bookings_that_are_not_free_to_go_do_not_hold_up_the_last(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(payment, "_BATCH", 2)
    waiting = [stage.book(hours).ask_to_pay() for hours in (0, 2, 4, 6)]
    stage.vipps.order("fail", "POST", PAYMENTS, status=400)
    refused = stage.book(8)
    assert refused.start_payment().status == 502
    change("UPDATE booking SET hold_expires_at = %(at)s", {"at": stage.now - TIME_TO_PAY})
    assert payment.free_unpaid(stage.now, stage.now) == 0  # no time left to begin with
    assert payment.free_unpaid(stage.now, stage.deadline) == 1
    assert refused.booking["state"] == "expired"
    assert {session.states for session in waiting} == {("awaiting_payment", "created")}


def test_a_payment_that_can_not_be_looked_at_does_not_hold_up_the_rest(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(payment, "_BATCH", 1)
    stage.vipps.webhooks("lose")
    sessions = [stage.book(hours).ask_to_pay() for hours in (0, 2, 4)]
    for session in sessions:
        session.act("approve")
    silent = rf"{PAYMENTS}/{sessions[0].reference}"
    stage.vipps.order("fail", "GET", silent, times=None)
    stage.jump(timedelta(seconds=31))
    assert payment.sweep(stage.now, stage.deadline) == 2
    assert [session.purchase["state"] for session in sessions] == [
        "created",
        "authorised",
        "authorised",
    ]
    stage.vipps.control("DELETE", "faults")
    assert payment.sweep(stage.now, stage.deadline) == 1


def test_money_approved_after_the_time_was_given_up_is_let_go(stage: Stage) -> None:
    """The hold ended while the approval was on its way: no hour, no money."""
    stage.vipps.webhooks("hold")
    session = stage.book().ask_to_pay()
    session.act("approve")
    change("UPDATE booking SET state = 'expired'")
    stage.vipps.webhooks("deliver")
    stage.vipps.release()
    until(lambda: session.purchase["state"] == "released")
    assert session.sums == {"authorized": PRICE_ORE, "captured": 0, "cancelled": PRICE_ORE}
    assert stage.books()["prepaid"] == 0


def test_money_approved_after_the_purchase_itself_was_closed_is_let_go(stage: Stage) -> None:
    """Vipps made the payment after we had given it up as never made."""
    stage.vipps.webhooks("hold")
    session = stage.book().ask_to_pay()
    change("UPDATE purchase SET state = 'failed', closed_at = %(at)s", {"at": stage.now})
    change("UPDATE booking SET state = 'expired'")
    session.act("approve")
    stage.vipps.webhooks("deliver")
    stage.vipps.release()
    until(lambda: session.sums["cancelled"] == PRICE_ORE)
    stage.settle()
    assert session.purchase["state"] == "failed"
    assert rows("SELECT id FROM ledger_transfer") == []
    assert stage.parked() == []


def test_a_payment_that_vipps_never_made_is_given_up_when_its_time_is_over(stage: Stage) -> None:
    session = stage.book()
    stage.vipps.order("hang_up_before", "POST", PAYMENTS)
    assert session.start_payment().status == 503
    session.purchase_id = rows("SELECT id FROM purchase")[0]["id"]
    stage.jump(timedelta(seconds=31))
    stage.cron("purchases")
    assert session.states == ("awaiting_payment", "created")  # the app may still ask again
    stage.jump(TIME_TO_PAY)
    stage.cron("purchases")
    assert session.states == ("expired", "failed")


def test_an_amount_that_differs_confirms_nothing(stage: Stage) -> None:
    stage.vipps.webhooks("lose")
    session = stage.book().ask_to_pay()
    change("UPDATE purchase SET amount_ore = amount_ore + 1")
    session.act("approve")
    assert payment.check(session.purchase_id, stage.now) == "created"
    assert session.states == ("awaiting_payment", "created")
    assert rows("SELECT id FROM ledger_transfer") == []


def open_operations() -> list[str]:
    """What was asked of a provider and is not known to be done or refused."""
    return [
        each["kind"] for each in rows("SELECT kind FROM provider_operation WHERE state = 'open'")
    ]


def cancel(person: App, session: Session) -> None:
    answer = person.post(f"/v1/bookings/{session.booking_id}/cancel", {"reason": "Syk"})
    assert (answer.status, answer.json["state"]) == (200, "cancelled")


@pytest.mark.parametrize("who", ["mentee", "mentor"])
def test_a_session_called_off_by_either_party_lets_the_money_go(stage: Stage, who: str) -> None:
    session = stage.book().pay()
    stage.settle()
    cancel(getattr(stage, who), session)
    until(lambda: session.purchase["state"] == "released")
    assert session.sums == {"authorized": PRICE_ORE, "captured": 0, "cancelled": PRICE_ORE}
    assert [each["outcome"] for each in rows("SELECT outcome FROM ledger_resolution")] == ["voided"]
    stage.settle()
    assert stage.cron("meetings")["deleted"] == 1  # nobody will meet in the room
    rooms = stage.whereby.control("GET", "meetings")
    assert [room["deletedAt"] is not None for room in rooms] == [True]


def test_a_booking_called_off_before_it_is_paid_ends_its_payment(stage: Stage) -> None:
    session = stage.book().ask_to_pay()
    cancel(stage.mentor, session)
    until(lambda: session.states == ("cancelled", "released"))
    assert session.payment["state"] == "TERMINATED"


def test_a_booking_called_off_while_its_payment_is_being_approved_lets_the_money_go(
    stage: Stage,
) -> None:
    stage.vipps.webhooks("hold")
    session = stage.book().ask_to_pay()
    session.act("approve")
    cancel(stage.mentee, session)
    until(lambda: session.states == ("cancelled", "released"))
    stage.vipps.webhooks("deliver")
    stage.vipps.release("reverse")
    stage.settle()
    assert session.sums["cancelled"] == PRICE_ORE
    assert session.states == ("cancelled", "released")
    assert stage.books()["prepaid"] == 0


def test_a_booking_called_off_before_vipps_has_made_its_payment_ends_with_its_time(
    stage: Stage,
) -> None:
    session = stage.book()
    stage.vipps.order("hang_up_before", "POST", PAYMENTS)
    assert session.start_payment().status == 503
    session.purchase_id = rows("SELECT id FROM purchase")[0]["id"]
    cancel(stage.mentee, session)
    stage.settle()
    assert session.states == ("cancelled", "created")
    stage.jump(TIME_TO_PAY)
    assert stage.cron("outbox")["delivered"] >= 1
    assert session.states == ("cancelled", "failed")
    assert stage.parked() == []


@pytest.mark.parametrize("fault", ["hang_up_after", "fail_after", "hang_up_before"])
def test_a_release_that_was_not_answered_is_asked_for_again_with_the_same_key(
    stage: Stage, fault: str
) -> None:
    session = stage.book().pay()
    stage.settle()
    stage.vipps.webhooks("lose")
    stage.vipps.order(fault, "POST", rf"{PAYMENTS}/.*/cancel")
    cancel(stage.mentee, session)
    stage.settle()
    assert session.states == ("cancelled", "authorised")
    stage.jump(timedelta(seconds=5))
    assert stage.cron("outbox")["delivered"] >= 1
    assert session.states == ("cancelled", "released")
    assert session.sums["cancelled"] == PRICE_ORE
    assert len({each["headers"]["idempotency-key"] for each in stage.tries("cancel")}) == 1
    assert open_operations() == []


def test_a_release_whose_answer_was_lost_is_known_from_its_webhook(stage: Stage) -> None:
    session = stage.book().pay()
    stage.settle()
    stage.vipps.order("hang_up_after", "POST", rf"{PAYMENTS}/.*/cancel")
    cancel(stage.mentee, session)
    stage.settle()
    until(lambda: session.states == ("cancelled", "released"))
    stage.jump(timedelta(seconds=5))
    assert stage.cron("outbox")["delivered"] >= 1
    assert len(stage.tries("cancel")) == 1
    assert open_operations() == []
    assert [each["outcome"] for each in rows("SELECT outcome FROM ledger_resolution")] == ["voided"]


def test_a_reservation_that_is_let_go_by_hand_calls_its_session_off(stage: Stage) -> None:
    session = stage.book().pay()
    stage.settle()
    session.act("portal_cancel")
    until(lambda: session.states == ("cancelled", "expired"))
    assert [each["outcome"] for each in rows("SELECT outcome FROM ledger_resolution")] == [
        "expired"
    ]
    assert session.booking["closed_by"] is None
    assert stage.books()["prepaid"] == 0


def test_a_reservation_that_is_lost_unheard_of_is_found_by_the_sweep(stage: Stage) -> None:
    session = stage.book(hours=24).pay()
    stage.settle()
    stage.vipps.webhooks("lose")
    session.act("portal_cancel")
    stage.jump(timedelta(hours=6, seconds=1))
    stage.cron("purchases")
    assert session.states == ("cancelled", "expired")


def test_what_a_lost_answer_would_have_told_is_closed_once_vipps_says_how_it_is(
    stage: Stage,
) -> None:
    stage.vipps.webhooks("lose")
    session = stage.book()
    stage.vipps.order("hang_up_after", "POST", PAYMENTS)
    assert session.start_payment().status == 503
    stage.jump(TIME_TO_PAY)
    stage.cron("purchases")
    assert rows("SELECT state FROM purchase") == [{"state": "expired"}]
    asked = rows("SELECT kind, state FROM provider_operation")
    assert asked == [{"kind": "vipps.create", "state": "done"}]


def test_a_payment_that_was_never_made_leaves_no_asking_open(stage: Stage) -> None:
    session = stage.book()
    stage.vipps.order("hang_up_before", "POST", PAYMENTS)
    assert session.start_payment().status == 503
    stage.jump(TIME_TO_PAY)
    stage.cron("purchases")
    assert rows("SELECT state FROM purchase") == [{"state": "failed"}]
    asked = rows("SELECT state, error_code FROM provider_operation")
    assert asked == [{"state": "refused", "error_code": "never_made"}]

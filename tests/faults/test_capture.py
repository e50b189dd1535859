"""Capture: once, against evidence only, whatever dies or goes silent in the middle."""

import threading
from datetime import timedelta

import pytest

from lib.core import ids
from lib.core.db import transact
from lib.outbox import service as outbox
from lib.outbox.service import ParkedError
from lib.purchases.capture import capture
from sandbox.world import World
from tests.stage import (
    FEE_ORE,
    FEE_VAT_ORE,
    PRICE_ORE,
    SHARE_ORE,
    Session,
    Stage,
    at_once,
    rows,
    until,
)

CAPTURE = r"/epayment/v1/payments/.*/capture"
# What an hour that was given leaves in the books, before anybody is paid out.
EARNED = {
    "mentor_payable": SHARE_ORE,
    "platform_income": FEE_ORE - FEE_VAT_ORE,
    "prepaid": 0,
    "vat": FEE_VAT_ORE,
    "vipps_receivable": -PRICE_ORE,
}


def is_captured_once(session: Session) -> bool:
    """Whether Vipps has taken the price once, and the books have it once."""
    events = [event["name"] for event in session.payment["events"]]
    return (
        events.count("CAPTURED") == 1
        and session.sums["captured"] == PRICE_ORE
        and session.states == ("completed", "captured")
        and session.stage.books() == EARNED
    )


def delivered(stage: Stage) -> Session:
    """An hour that was given; its capture failed once and is due again."""
    session = stage.book().pay().meet().deliver()
    stage.world.clock.advance(timedelta(seconds=5))
    return session


def test_money_is_captured_when_the_hour_was_given(stage: Stage) -> None:
    session = stage.book().pay().capture()
    assert is_captured_once(session)
    steps = {each["step"] for each in rows("SELECT step FROM ledger_transfer")}
    assert steps == {"reserve", "share", "fee", "fee_vat"}


def test_nothing_is_captured_without_evidence_whoever_asks(stage: Stage) -> None:
    session = stage.book().pay()
    stage.settle()
    with pytest.raises(ParkedError, match="no_delivery"):
        capture(session.booking_id, stage.now)
    transact(
        lambda db: outbox.write(
            db, topic="purchases.capture", subject_id=session.booking_id, now=stage.now
        )
    )
    report = stage.cron("outbox")
    assert (report["failed"], report["parked"]) == (1, 1)
    assert stage.parked() == [("purchases.capture", "no_delivery")]
    assert stage.tries("capture") == []
    assert session.sums["captured"] == 0


def test_an_hour_that_was_not_given_is_never_captured(stage: Stage) -> None:
    session = stage.book().pay()
    stage.jump_to(session.ends_at + timedelta(hours=25))
    assert stage.cron("meetings")["settled"] == 1
    until(lambda: session.states == ("undelivered", "released"))
    capture(session.booking_id, stage.now)
    assert stage.tries("capture") == []
    assert session.sums == {"authorized": PRICE_ORE, "captured": 0, "cancelled": PRICE_ORE}
    assert stage.books() == {"prepaid": 0, "vipps_receivable": 0}


@pytest.mark.parametrize("fault", ["hang_up_after", "fail_after", "hang_up_before"])
def test_a_capture_that_was_not_answered_is_asked_for_again_and_booked_once(
    stage: Stage, fault: str
) -> None:
    session = delivered(stage)
    stage.vipps.order(fault, "POST", CAPTURE)
    assert stage.cron("outbox")["failed"] == 1
    assert session.purchase["state"] == "authorised"
    stage.jump(timedelta(seconds=10))
    assert stage.cron("outbox")["delivered"] >= 1
    assert is_captured_once(session)
    assert len({each["headers"]["idempotency-key"] for each in stage.tries("capture")}) == 1


def test_a_refused_capture_that_has_happened_all_the_same_is_found(stage: Stage) -> None:
    """Vipps acted, its answer was lost, and the next is a refusal: it is asked what is true."""
    session = delivered(stage)
    stage.vipps.order("hang_up_after", "POST", CAPTURE)
    stage.vipps.order("fail", "POST", CAPTURE, status=400)
    assert stage.cron("outbox")["failed"] == 1
    stage.jump(timedelta(seconds=10))
    assert stage.cron("outbox")["delivered"] >= 1
    assert is_captured_once(session)
    assert stage.parked() == []


def test_a_refused_capture_is_parked_where_an_operator_sees_it(stage: Stage) -> None:
    session = delivered(stage)
    stage.vipps.order("fail", "POST", CAPTURE, status=400)
    report = stage.cron("outbox")
    assert (report["failed"], report["parked"]) == (1, 1)
    assert stage.parked() == [("purchases.capture", "vipps_http_400")]
    assert session.states == ("completed", "authorised")
    stage.jump(timedelta(hours=2))
    assert stage.cron("outbox") == {"delivered": 0, "failed": 0, "parked": 1}
    found = rows("SELECT state, error_code FROM provider_operation WHERE kind = 'vipps.capture'")
    assert found == [{"state": "refused", "error_code": "http_400"}]


def test_twenty_who_drain_at_once_capture_once(stage: Stage) -> None:
    session = delivered(stage)
    stage.vipps.order("delay", "POST", CAPTURE, seconds=0.3)
    outcomes = at_once(lambda: outbox.drain(stage.deadline), 20)
    # The capture, and the receipt that follows it.
    assert sum(each[0] for each in outcomes if isinstance(each, tuple)) == 2
    assert not [each for each in outcomes if isinstance(each, Exception)]
    assert len(stage.tries("capture")) == 2  # the first failed, in `delivered`
    assert is_captured_once(session)


def test_fifty_who_capture_at_once_past_the_outbox_capture_once(stage: Stage) -> None:
    session = delivered(stage)
    at_once(lambda: capture(session.booking_id, stage.now), 50)
    assert is_captured_once(session)
    assert len({each["headers"]["idempotency-key"] for each in stage.tries("capture")}) == 1


def test_the_process_dies_after_vipps_has_captured_and_cron_finishes_the_work(
    stage: Stage, world: World
) -> None:
    session = delivered(stage)
    stage.vipps.order("delay", "POST", CAPTURE, seconds=1.0)
    run = threading.Thread(target=world.run_cron, args=("/cron/outbox",))
    run.start()
    until(lambda: session.sums["captured"] == PRICE_ORE)
    world.functions.end("/api/cron/outbox")
    run.join(10)
    assert not run.is_alive()
    assert session.states == ("completed", "authorised")
    assert world.run_cron("/cron/outbox")[0] == 409  # the dead one's lease
    stage.world.clock.advance(timedelta(seconds=61))
    assert stage.cron("outbox")["delivered"] >= 1
    assert is_captured_once(session)
    until(lambda: len(stage.tries("capture")) == 3)  # failed, orphaned, repeated


def test_the_process_dies_while_a_webhook_is_looked_into_and_cron_finishes_the_work(
    stage: Stage, world: World
) -> None:
    stage.vipps.webhooks("lose")
    session = stage.book().ask_to_pay()
    stage.vipps.webhooks("deliver")
    looks = rf"/epayment/v1/payments/{session.reference}"
    stage.vipps.order("delay", "GET", looks, seconds=1.0)
    session.act("approve")
    stage.vipps.settle()  # answered at once; the look comes after
    until(lambda: rows("SELECT id FROM outbox WHERE claimed_until IS NOT NULL"))
    world.functions.end("/api/webhooks/vipps")
    assert session.states == ("awaiting_payment", "created")
    stage.world.clock.advance(timedelta(seconds=61))
    assert stage.cron("outbox")["delivered"] >= 1
    assert session.states == ("confirmed", "authorised")
    assert len(rows("SELECT id FROM ledger_transfer")) == 1


def test_the_process_dies_while_a_payment_is_made_and_the_app_asks_again(
    stage: Stage, world: World
) -> None:
    session = stage.book()
    stage.vipps.order("delay", "POST", "/epayment/v1/payments", seconds=1.0)
    key = ids.new("key")
    first = threading.Thread(target=session.start_payment, args=(key,))
    first.start()
    until(lambda: rows("SELECT id FROM provider_operation"))
    world.functions.end("/api/purchases")
    first.join(10)
    answer = session.start_payment(key)
    assert (answer.status, answer.json["state"]) == (201, "created")
    session.purchase_id = answer.json["id"]
    assert session.payment["state"] == "CREATED"
    assert len(rows("SELECT id FROM purchase")) == 1
    until(lambda: len(stage.vipps.requests("POST", "/epayment/v1/payments")) == 2)


def test_a_message_whose_capture_is_done_already_changes_nothing(stage: Stage) -> None:
    session = stage.book().pay().capture()
    capture(session.booking_id, stage.now)
    assert is_captured_once(session)
    assert len(stage.tries("capture")) == 1

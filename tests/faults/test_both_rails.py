"""The same course of money over both rails: same states, same entries in the books, same safety."""

from datetime import timedelta

import pytest

from lib.core.db import transact
from lib.providers.stripe.refunds import of_payment
from lib.purchases import refunds
from lib.purchases.capture import capture
from tests.cast import refusal
from tests.packs import PACK_ORE, ask_for_pack, offer_pack
from tests.rails import BOTH, STRIPE, VIPPS, Rail
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

LET_GO = {"authorized": PRICE_ORE, "captured": 0, "cancelled": PRICE_ORE}
SILENCE = ["hang_up_after", "fail_after", "hang_up_before"]


@pytest.fixture(params=BOTH, ids=lambda rail: rail.name, autouse=True)
def rail(request: pytest.FixtureRequest, stage: Stage) -> Rail:
    stage.rail = request.param
    return stage.rail


at_stripe = pytest.mark.parametrize("rail", [STRIPE], indirect=True)


def earned(rail: Rail, stage: Stage) -> dict[str, int]:
    """What an hour that was given leaves in the books; a card's fee is Stripe's."""
    fee_ore = -stage.books().get("provider_fees", 0)
    assert bool(fee_ore) == (rail is STRIPE)
    return {
        "mentor_payable": SHARE_ORE,
        "platform_income": FEE_ORE - FEE_VAT_ORE,
        "prepaid": 0,
        "vat": FEE_VAT_ORE,
        rail.account: -PRICE_ORE + fee_ore,
        **({"provider_fees": -fee_ore} if fee_ore else {}),
    }


def cancel(stage: Stage, session: Session) -> None:
    path = f"/v1/bookings/{session.booking_id}/cancel"
    assert stage.mentee.post(path, {"reason": "Syk"}).status == 200


def give_back(stage: Stage, session: Session, amount_ore: int) -> None:
    transact(
        lambda db: refunds.give(
            db,
            purchase_id=session.purchase_id,
            amount_ore=amount_ore,
            is_borne_by_mentor=False,
            reason="Lyden var borte",
            operator_id="per_operator",
            now=stage.now,
        )
    )


def let_go(stage: Stage, session: Session, rail: Rail) -> None:
    """Have the payer's bank let go what is reserved, or somebody do it in Vipps' portal."""
    if rail is VIPPS:
        session.act("portal_cancel")
        return
    found = stage.stripe.control("GET", f"checkout/{session.purchase['provider_id']}")
    intent = found["payment_intent"]["id"]
    stage.stripe.control("POST", f"payment_intents/{intent}", {"action": "lapse"})


def test_an_hour_is_booked_paid_given_and_captured(stage: Stage, rail: Rail) -> None:
    session = stage.book().pay()
    assert (session.purchase["rail"], session.purchase["method"]) == (rail.name, rail.method)
    assert session.purchase["guaranteed_until"] is not None
    assert stage.books() == {rail.account: 0, "prepaid": 0}
    session.capture()
    assert session.sums == {"authorized": PRICE_ORE, "captured": PRICE_ORE, "cancelled": 0}
    assert stage.books() == earned(rail, stage)


def test_what_is_called_off_is_let_go(stage: Stage, rail: Rail) -> None:
    session = stage.book().pay()
    cancel(stage, session)
    until(lambda: session.states == ("cancelled", "released"))
    assert session.sums == LET_GO
    assert stage.books() == {rail.account: 0, "prepaid": 0}


@pytest.mark.parametrize("fault", SILENCE)
def test_a_payment_whose_making_was_not_answered_is_made_once(
    stage: Stage, rail: Rail, fault: str
) -> None:
    session = stage.book()
    carrier = stage.stripe if rail is STRIPE else stage.vipps
    carrier.order(fault, "POST", rail.create)
    assert refusal(session.start_payment()) == (503, "provider_unavailable")
    answer = session.start_payment()
    assert answer.status == 201
    session.purchase_id = answer.json["id"]
    session.act("approve")
    until(lambda: session.states == ("confirmed", "authorised"))
    assert len(rows("SELECT id FROM purchase")) == 1
    keys = {each["headers"]["idempotency-key"] for each in carrier.requests("POST", rail.create)}
    assert len(keys) == 1


def test_a_payment_whose_webhooks_are_lost_is_found_by_looking(stage: Stage) -> None:
    session = stage.book()
    for provider in (stage.vipps, stage.stripe):
        provider.webhooks("lose")
    session.ask_to_pay().act("approve")
    stage.jump(timedelta(seconds=31))
    stage.cron("purchases")
    assert session.states == ("confirmed", "authorised")


def test_a_payment_that_nobody_makes_is_given_up_and_its_slot_is_free(stage: Stage) -> None:
    session = stage.book().ask_to_pay()
    stage.jump(timedelta(minutes=12))
    stage.cron("purchases")
    assert session.states[0] == "expired"
    assert session.states[1] in {"expired", "terminated"}
    assert stage.stall.offers(session.starts_at.isoformat())
    with pytest.raises(AssertionError):
        session.act("approve")


def test_a_payment_that_runs_out_at_the_provider_ends_the_booking(stage: Stage) -> None:
    session = stage.book().ask_to_pay()
    session.act("expire")
    until(lambda: session.states == ("expired", "expired"))


@pytest.mark.parametrize("fault", SILENCE)
def test_a_capture_that_was_not_answered_is_booked_once(
    stage: Stage, rail: Rail, fault: str
) -> None:
    session = stage.book().pay().meet().deliver()
    session.carrier.webhooks("lose")
    stage.world.clock.advance(timedelta(seconds=5))
    session.carrier.order(fault, "POST", rail.capture)
    assert stage.cron("outbox")["failed"] == 1
    stage.jump(timedelta(seconds=10))
    stage.cron("outbox")
    assert session.states == ("completed", "captured")
    assert session.sums["captured"] == PRICE_ORE
    assert stage.books() == earned(rail, stage)


@pytest.mark.parametrize("fault", SILENCE)
def test_a_release_that_was_not_answered_is_carried_out(
    stage: Stage, rail: Rail, fault: str
) -> None:
    session = stage.book().pay()
    stage.settle()
    session.carrier.webhooks("lose")
    session.carrier.order(fault, "POST", rail.let_go)
    cancel(stage, session)
    stage.settle()
    stage.jump(timedelta(seconds=5))
    stage.cron("outbox")
    assert session.states == ("cancelled", "released")
    assert session.sums == LET_GO
    assert rows("SELECT id FROM provider_operation WHERE state = 'open'") == []


@pytest.mark.parametrize("fault", SILENCE)
def test_a_refund_that_was_not_answered_is_paid_once(stage: Stage, rail: Rail, fault: str) -> None:
    session = stage.book().pay().capture()
    stage.settle()
    session.carrier.webhooks("lose")
    session.carrier.order(fault, "POST", rail.refund)
    give_back(stage, session, 30_000)
    assert stage.cron("outbox")["failed"] == 1
    stage.jump(timedelta(seconds=10))
    stage.cron("outbox")
    assert session.refunded == 30_000
    assert [each["state"] for each in rows("SELECT state FROM refund")] == ["done"]
    books = stage.books()
    assert (books["goodwill"], books["refund_clearing"]) == (-30_000, 0)


def test_fifty_who_capture_at_once_capture_once(stage: Stage, rail: Rail) -> None:
    session = stage.book().pay().meet().deliver()
    at_once(lambda: capture(session.booking_id, stage.now), 50)
    until(lambda: session.states == ("completed", "captured"))
    assert session.sums["captured"] == PRICE_ORE
    assert stage.books() == earned(rail, stage)
    keys = {each["headers"]["idempotency-key"] for each in stage.tries("capture")}
    assert len(keys) == 1


def test_money_reserved_that_its_bank_lets_go_calls_the_session_off(
    stage: Stage, rail: Rail
) -> None:
    session = stage.book(hours=48).pay()
    stage.settle()
    let_go(stage, session, rail)
    until(lambda: session.states == ("cancelled", "expired"))
    assert stage.books()["prepaid"] == 0


def test_a_capture_without_an_answer_is_closed_when_what_was_reserved_is_lost(
    stage: Stage, rail: Rail
) -> None:
    session = stage.book().pay().meet().deliver()
    session.carrier.webhooks("lose")
    stage.world.clock.advance(timedelta(seconds=5))
    session.carrier.order("hang_up_before", "POST", rail.capture)
    assert stage.cron("outbox")["failed"] == 1
    let_go(stage, session, rail)
    stage.jump(timedelta(hours=6, seconds=1))
    stage.cron("purchases")
    assert session.states == ("completed", "expired")
    asked = rows("SELECT state, error_code FROM provider_operation WHERE kind LIKE '%%.capture'")
    assert asked == [{"state": "refused", "error_code": "let_go"}]


def test_a_pack_is_paid_for_and_withdrawn_from(stage: Stage, rail: Rail) -> None:
    stage.fund(PACK_ORE)  # the fee of a card does not come back: others have paid, too
    answer = ask_for_pack(offer_pack(stage), stage.mentee, method=rail.method, early_start=True)
    assert answer.status == 201
    purchase_id = answer.json["id"]

    def purchase() -> dict[str, object]:
        return rows("SELECT * FROM purchase WHERE id = %(id)s", {"id": purchase_id})[0]

    carrier = stage.stripe if rail is STRIPE else stage.vipps
    rail.act(carrier, purchase(), "approve")
    until(lambda: purchase()["state"] == "captured")
    path = f"/v1/purchases/{purchase_id}/withdrawal"
    assert stage.mentee.post(path, {"refund_ore": PACK_ORE}).status == 200
    until(lambda: rail.sums(carrier, purchase())["refunded"] == PACK_ORE)
    stage.settle()
    until(lambda: [each["state"] for each in rows("SELECT state FROM refund")] == ["done"])
    assert stage.books()["prepaid"] == stage.books()["refund_clearing"] == 0


@at_stripe
def test_a_refund_that_the_balance_does_not_cover_is_done_once_it_does(stage: Stage) -> None:
    """Vipps owes us what it has taken: there is no balance to run out."""
    session = stage.book().pay().capture()
    stage.settle()
    give_back(stage, session, PRICE_ORE)
    stage.cron("outbox")
    assert [each["state"] for each in rows("SELECT state FROM refund")] == ["open"]
    assert stage.books()["refund_clearing"] == 0
    stage.fund(PRICE_ORE)
    until(lambda: [each["state"] for each in rows("SELECT state FROM refund")] == ["done"])
    assert session.refunded == PRICE_ORE
    asked = stage.stripe.requests("POST", STRIPE.refund)
    assert len({each["headers"]["idempotency-key"] for each in asked}) == 1


@at_stripe
def test_a_refund_that_fails_days_later_is_held(stage: Stage) -> None:
    """What Vipps has given back stays so."""
    session = stage.book().pay().capture()
    stage.fund(PRICE_ORE)
    stage.settle()
    give_back(stage, session, 30_000)
    stage.cron("outbox")
    found = stage.stripe.control("GET", f"checkout/{session.purchase['provider_id']}")
    (refund,) = (made.id for made in of_payment(found["payment_intent"]["id"]))
    stage.stripe.control("POST", f"refunds/{refund}", {"action": "fail"})
    until(lambda: rows("SELECT id FROM refund WHERE state = 'held'"))
    assert stage.books()["refund_clearing"] == 30_000

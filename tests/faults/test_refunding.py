"""Refunds at Vipps: once and to the end, whatever goes silent, refuses or dies in the middle."""

from datetime import timedelta

import pytest

from lib.core.db import CheckFailedError, transact
from lib.core.errors import NotFoundError
from lib.purchases import refunding, refunds, repository
from lib.purchases.schemas import NotRefundableError
from tests.packs import PACK_ORE, BoughtPack, booking_of, buy_pack
from tests.stage import PRICE_ORE, SHARE_ORE, Session, Stage, at_once, change, rows, until

REFUND = r"/epayment/v1/payments/[^/]+/refund"
OPERATOR = "per_operator"


def give(
    stage: Stage, purchase_id: str, amount_ore: int, *, is_borne_by_mentor: bool = False
) -> str:
    """Have an operator give so much back; return the refund's id."""
    return transact(
        lambda db: refunds.give(
            db,
            purchase_id=purchase_id,
            amount_ore=amount_ore,
            is_borne_by_mentor=is_borne_by_mentor,
            reason="Lyden var borte",
            operator_id=OPERATOR,
            now=stage.now,
        )
    ).id


def carry_out(stage: Stage) -> None:
    """Run the outbox, and as often as it takes where Vipps lets no more through in a minute."""
    stage.cron("outbox")
    while rows("SELECT id FROM outbox WHERE delivered_at IS NULL AND parked_at IS NULL"):
        stage.jump(timedelta(minutes=1))
        stage.cron("outbox")
    stage.settle()


def state_of(refund_id: str) -> tuple[str, str | None]:
    found = rows("SELECT state, error_code FROM refund WHERE id = %(id)s", {"id": refund_id})[0]
    return found["state"], found["error_code"]


def refund_events(pack: BoughtPack) -> list[int]:
    payment = pack.stage.vipps.control("GET", f"payments/{pack.reference}")
    return [each["amount"]["value"] for each in payment["events"] if each["name"] == "REFUNDED"]


@pytest.fixture
def pack(stage: Stage) -> BoughtPack:
    return buy_pack(stage)


@pytest.fixture
def captured(stage: Stage) -> Session:
    return stage.book().pay().capture()


@pytest.mark.parametrize("fault", ["hang_up_after", "fail_after", "hang_up_before", "fail"])
def test_a_refund_that_was_not_answered_is_asked_for_again_and_paid_once(
    stage: Stage, pack: BoughtPack, fault: str
) -> None:
    stage.vipps.webhooks("lose")
    stage.vipps.order(fault, "POST", REFUND)
    assert pack.withdraw(PACK_ORE).status == 200
    stage.settle()
    assert [each["state"] for each in rows("SELECT state FROM refund")] == ["open"]
    assert stage.books()["refund_clearing"] == 0  # reserved only
    stage.jump(timedelta(seconds=5))
    carry_out(stage)
    assert refund_events(pack) == [PACK_ORE]
    assert [each["state"] for each in rows("SELECT state FROM refund")] == ["done"]
    keys = {each["headers"]["idempotency-key"] for each in stage.vipps.requests("POST", REFUND)}
    assert len(keys) == 1
    assert stage.books()["vipps_receivable"] == 0


def test_a_refused_refund_that_has_happened_all_the_same_is_found_in_the_log(
    stage: Stage, pack: BoughtPack
) -> None:
    stage.vipps.order("hang_up_after", "POST", REFUND)
    stage.vipps.order("fail", "POST", REFUND, status=400)
    assert pack.withdraw(PACK_ORE).status == 200
    stage.settle()
    stage.jump(timedelta(seconds=5))
    carry_out(stage)
    assert [each["state"] for each in rows("SELECT state FROM refund")] == ["done"]
    assert refund_events(pack) == [PACK_ORE]


def test_a_key_that_vipps_may_have_forgotten_is_not_trusted(stage: Stage, pack: BoughtPack) -> None:
    stage.vipps.webhooks("lose")
    stage.vipps.order("hang_up_after", "POST", REFUND)
    assert pack.withdraw(PACK_ORE).status == 200
    stage.settle()
    stage.jump(timedelta(hours=24))
    carry_out(stage)
    assert len(stage.vipps.requests("POST", REFUND)) == 1  # the log said that it was done
    assert refund_events(pack) == [PACK_ORE]


def test_what_somebody_refunds_by_hand_is_not_taken_for_ours(
    stage: Stage, pack: BoughtPack
) -> None:
    stage.vipps.order("hang_up_before", "POST", REFUND)
    refund_id = give(stage, pack.purchase_id, 10_000)
    stage.cron("outbox")
    stage.vipps.control(
        "POST", f"payments/{pack.reference}", {"action": "portal_refund", "amount": 10_000}
    )
    stage.jump(timedelta(seconds=5))
    carry_out(stage)
    assert state_of(refund_id) == ("done", None)
    assert refund_events(pack) == [10_000, 10_000]


def test_a_refund_that_vipps_will_never_make_is_held_and_paid_by_bank(
    stage: Stage, pack: BoughtPack
) -> None:
    stage.vipps.order("fail", "POST", REFUND, status=400)
    assert pack.withdraw(PACK_ORE).status == 200
    stage.settle()
    refund_id = rows("SELECT id FROM refund")[0]["id"]
    assert state_of(refund_id) == ("held", "http_400")
    stage.jump(timedelta(hours=1))
    carry_out(stage)
    assert len(stage.vipps.requests("POST", REFUND)) == 1  # nobody tries by themselves
    assert pack.prepaid == PACK_ORE  # still owed, and seen to be
    transact(lambda db: refunding.paid_by_bank(db, refund_id=refund_id, now=stage.now))
    assert state_of(refund_id) == ("done", None)
    books = stage.books()
    assert (books["bank"], books["vipps_receivable"]) == (PACK_ORE, -PACK_ORE)
    assert (books["prepaid"], books["refund_clearing"]) == (0, 0)
    with pytest.raises(NotFoundError):
        transact(lambda db: refunding.paid_by_bank(db, refund_id=refund_id, now=stage.now))


def test_a_held_refund_is_tried_again_when_an_operator_says_so(
    stage: Stage, pack: BoughtPack
) -> None:
    stage.vipps.order("fail", "POST", REFUND, status=400)
    assert pack.withdraw(PACK_ORE).status == 200
    stage.settle()
    refund_id = rows("SELECT id FROM refund")[0]["id"]
    transact(lambda db: refunding.try_again(db, refund_id=refund_id, now=stage.now))
    carry_out(stage)
    assert state_of(refund_id) == ("done", None)
    assert refund_events(pack) == [PACK_ORE]
    keys = {each["headers"]["idempotency-key"] for each in stage.vipps.requests("POST", REFUND)}
    assert len(keys) == 2  # a refusal sticks to its key


def test_a_refund_that_came_back_is_owed_again_and_only_the_bank_pays_it(
    stage: Stage, pack: BoughtPack
) -> None:
    assert pack.withdraw(PACK_ORE).status == 200
    until(lambda: rows("SELECT id FROM refund WHERE state = 'done'"))
    stage.settle()
    refund_id = rows("SELECT id FROM refund")[0]["id"]
    for _ in range(2):
        assert refunding.on_failure(refund_id, "expired_or_canceled_card", stage.now) == "held"
    assert state_of(refund_id) == ("held", "came_back_expired_or_canceled_card")
    assert stage.books()["refund_clearing"] == PACK_ORE
    with pytest.raises(NotFoundError):
        transact(lambda db: refunding.try_again(db, refund_id=refund_id, now=stage.now))
    transact(lambda db: refunding.paid_by_bank(db, refund_id=refund_id, now=stage.now))
    assert (stage.books()["refund_clearing"], stage.books()["bank"]) == (0, PACK_ORE)
    refunding.on_failure(refund_id, "expired_or_canceled_card", stage.now)  # told once more
    assert state_of(refund_id)[0] == "done"


def test_a_refund_that_was_refused_and_then_said_to_have_failed_can_be_tried_again(
    stage: Stage, pack: BoughtPack
) -> None:
    stage.vipps.order("fail", "POST", REFUND, status=400)
    assert pack.withdraw(PACK_ORE).status == 200
    stage.settle()
    refund_id = rows("SELECT id FROM refund")[0]["id"]
    before = state_of(refund_id)
    assert refunding.on_failure(refund_id, "expired_or_canceled_card", stage.now) == "held"
    assert state_of(refund_id) == before
    transact(lambda db: refunding.try_again(db, refund_id=refund_id, now=stage.now))
    carry_out(stage)
    assert state_of(refund_id) == ("done", None)


def test_fifty_refunds_at_once_never_give_back_more_than_was_taken(
    stage: Stage, pack: BoughtPack
) -> None:
    outcomes = at_once(lambda: give(stage, pack.purchase_id, PACK_ORE // 10), 50)
    given = [each for each in outcomes if isinstance(each, str)]
    refused = [each for each in outcomes if isinstance(each, Exception)]
    assert len(given) == 10
    assert all(isinstance(each, NotRefundableError) for each in refused)
    carry_out(stage)
    assert refund_events(pack) == [PACK_ORE // 10] * 10
    assert pack.purchase["refunded_ore"] == PACK_ORE
    assert [each["state"] for each in rows("SELECT DISTINCT state FROM refund")] == ["done"]


def test_the_schema_itself_refuses_to_give_back_more_than_was_taken(pack: BoughtPack) -> None:
    with pytest.raises(CheckFailedError, match="purchase_refunded_within_captured"):
        transact(
            lambda db: repository.set_refunded(
                db, purchase_id=pack.purchase_id, refunded_ore=PACK_ORE + 1
            )
        )


def test_fifty_who_carry_one_refund_out_at_once_pay_it_once(stage: Stage, pack: BoughtPack) -> None:
    stage.vipps.order("hang_up_before", "POST", REFUND)
    refund_id = give(stage, pack.purchase_id, 10_000)
    stage.cron("outbox")
    at_once(lambda: refunding.carry_out(refund_id, stage.now), 50)
    assert refund_events(pack) == [10_000]
    assert state_of(refund_id) == ("done", None)


def test_goodwill_is_the_platform_s_expense_and_the_mentor_keeps_what_they_earned(
    stage: Stage, captured: Session
) -> None:
    refund_id = give(stage, captured.purchase_id, 30_000)
    carry_out(stage)
    assert state_of(refund_id) == ("done", None)
    books = stage.books()
    assert (books["goodwill"], books["mentor_payable"]) == (-30_000, SHARE_ORE)
    assert books["vipps_receivable"] == -(PRICE_ORE - 30_000)


def test_what_the_mentor_bears_is_taken_back_with_our_fee_and_its_vat(
    stage: Stage, captured: Session
) -> None:
    refund_id = give(stage, captured.purchase_id, PRICE_ORE // 2, is_borne_by_mentor=True)
    carry_out(stage)
    assert state_of(refund_id) == ("done", None)
    books = stage.books()
    assert books["mentor_payable"] == SHARE_ORE // 2
    assert (books["platform_income"], books["vat"], books["prepaid"]) == (5_400, 1_350, 0)
    give(stage, captured.purchase_id, PRICE_ORE // 2, is_borne_by_mentor=True)
    carry_out(stage)
    books = stage.books()
    assert (books["mentor_payable"], books["platform_income"], books["vat"]) == (0, 0, 0)
    with pytest.raises(NotRefundableError):
        give(stage, captured.purchase_id, 1, is_borne_by_mentor=True)


def test_what_was_paid_out_already_is_owed_by_the_mentor_and_netted_with_the_next_payout(
    stage: Stage,
) -> None:
    account_id = stage.onboard()
    first = stage.book().pay().capture()
    stage.fund(10 * PRICE_ORE)
    stage.jump(timedelta(hours=48))
    assert stage.cron("payouts")["paid"] == 1
    refund_id = give(stage, first.purchase_id, PRICE_ORE // 3, is_borne_by_mentor=True)
    carry_out(stage)
    assert state_of(refund_id) == ("done", None)
    owed_ore = SHARE_ORE // 3
    assert stage.books()["mentor_receivable"] == -owed_ore
    assert stage.mentor.refresh().status == 200
    told = stage.mentor.get("/v1/payouts").json["balance"]
    assert (told["owed_ore"], told["available_ore"]) == (owed_ore, 0)
    assert stage.cron("payouts") == {"asked": 0, "made": 0, "paid": 0, "waiting": 0}

    stage.book(24 * 4).pay().capture()
    stage.jump(timedelta(hours=48))
    assert stage.cron("payouts")["paid"] == 1
    assert stage.received(account_id) == 2 * SHARE_ORE - owed_ore
    books = stage.books()
    assert (books["mentor_receivable"], books["mentor_payable"]) == (0, 0)
    assert stage.mentor.refresh().status == 200
    netted = stage.mentor.get("/v1/payouts").json["payouts"][0]
    assert (netted["amount_ore"], netted["netted_ore"]) == (SHARE_ORE - owed_ore, owed_ore)


def test_nothing_goes_back_of_what_was_never_taken(stage: Stage) -> None:
    session = stage.book().pay()
    with pytest.raises(NotRefundableError):
        give(stage, session.purchase_id, 1)
    change("UPDATE purchase SET state = 'released'")
    with pytest.raises(NotRefundableError):
        give(stage, session.purchase_id, 1)
    with pytest.raises(NotFoundError):
        give(stage, "pur_unknown", 1)


def test_what_a_mentor_gave_back_is_not_given_back_once_more_with_the_hours_that_are_left(
    stage: Stage, pack: BoughtPack
) -> None:
    pack.hold(pack.book(2))
    give(stage, pack.purchase_id, 30_000, is_borne_by_mentor=True)
    carry_out(stage)
    assert pack.quote().json["refund_ore"] == PACK_ORE - PACK_ORE // 10
    assert pack.withdraw(PACK_ORE - PACK_ORE // 10).status == 200
    stage.settle()
    assert pack.prepaid == 0
    assert stage.books()["prepaid"] == 0


def test_goodwill_for_a_pack_is_recovered_when_its_hours_end_unused(
    stage: Stage, pack: BoughtPack
) -> None:
    give(stage, pack.purchase_id, 500_000)
    carry_out(stage)
    assert stage.books()["goodwill"] == -500_000
    assert pack.quote().json["refund_ore"] == PACK_ORE - 500_000
    assert pack.withdraw(PACK_ORE - 500_000).status == 200
    carry_out(stage)
    assert refund_events(pack) == [500_000, 100_000]
    books = stage.books()
    assert (books["goodwill"], books["prepaid"], books["refund_clearing"]) == (0, 0, 0)
    assert (pack.left, pack.purchase["refunded_ore"]) == (0, PACK_ORE)
    assert stage.cron("books")["differences"] == 0


def test_a_pack_whose_price_has_gone_back_as_goodwill_ends_all_the_same(
    stage: Stage, pack: BoughtPack
) -> None:
    give(stage, pack.purchase_id, PACK_ORE)
    carry_out(stage)
    change("UPDATE purchase SET hours_expire_at = %(now)s", {"now": stage.now})
    assert stage.cron("purchases")["expired"] == 1
    assert [each["kind"] for each in rows("SELECT kind FROM hour_entry")] == ["expired", "issued"]
    assert stage.books()["goodwill"] == 0
    assert stage.cron("books")["differences"] == 0


def test_a_pack_that_ended_as_goodwill_ends_again_when_a_session_of_it_is_not_held(
    stage: Stage, pack: BoughtPack
) -> None:
    booking_id = pack.book(24)
    give(stage, pack.purchase_id, PACK_ORE)
    carry_out(stage)
    change("UPDATE purchase SET hours_expire_at = %(now)s", {"now": stage.now})
    assert stage.cron("purchases")["expired"] == 1
    pack.miss(booking_id)
    assert stage.cron("purchases")["expired"] == 1
    ended = rows("SELECT cause_id FROM hour_entry WHERE kind = 'expired'")
    assert (pack.left, len({each["cause_id"] for each in ended})) == (0, 2)
    assert stage.books()["goodwill"] == 0
    assert stage.cron("books")["differences"] == 0


def test_a_refund_that_fails_on_its_way_is_owed_and_seen_to_be(
    stage: Stage, pack: BoughtPack
) -> None:
    stage.vipps.order("hang_up_before", "POST", REFUND)
    assert pack.withdraw(PACK_ORE).status == 200
    stage.settle()
    refund_id = rows("SELECT id FROM refund")[0]["id"]
    assert refunding.on_failure(refund_id, "lost_card", stage.now) == "held"
    assert state_of(refund_id) == ("held", "came_back_lost_card")
    assert stage.books()["refund_clearing"] == PACK_ORE
    assert rows("SELECT id FROM provider_operation WHERE state = 'open'") == []
    transact(lambda db: refunding.paid_by_bank(db, refund_id=refund_id, now=stage.now))
    assert (stage.books()["refund_clearing"], stage.books()["bank"]) == (0, PACK_ORE)


def test_hours_that_come_back_to_a_pack_that_ended_unrefunded_end_as_well(
    stage: Stage, pack: BoughtPack
) -> None:
    give(stage, pack.purchase_id, PACK_ORE)
    carry_out(stage)
    booking_id = pack.book(0)
    ends_at = booking_of(booking_id)["ends_at"]
    change("UPDATE purchase SET hours_expire_at = %(at)s", {"at": ends_at})
    stage.jump_to(ends_at + timedelta(minutes=1))
    assert stage.cron("purchases")["expired"] == 1
    assert pack.prepaid == PACK_ORE // 10  # the session is not decided on
    pack.miss(booking_id)
    assert stage.cron("purchases")["expired"] == 1
    stage.settle()
    assert (pack.left, pack.prepaid, stage.books()["goodwill"]) == (0, 0, 0)
    assert stage.cron("purchases")["expired"] == 0
    assert refund_events(pack) == [PACK_ORE]

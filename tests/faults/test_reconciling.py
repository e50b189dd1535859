"""The books against Vipps and Stripe, both ways: what one has and the other has not is seen."""

from datetime import timedelta
from typing import Any

import pytest

from lib.core import clock
from lib.core.db import transact
from lib.reconciliation import comparing, days, service, stripe_days, sweeps, vipps_days
from lib.reconciliation.kinds import Kind
from lib.treasury import service as treasury
from lib.treasury.rules import Move
from tests.rails import STRIPE, VIPPS
from tests.stage import PRICE_ORE, SHARE_ORE, Session, Stage, change, rows

DAY = timedelta(days=1)
FEE_ORE = 2_791  # 2.99 % and 1.00 kr, as the simulator's sales unit pays
CARD_FEE_ORE = 2_340


def captured(stage: Stage) -> Session:
    session = stage.book().pay().capture()
    stage.settle()
    return session


def differences(kinds: Any = None) -> dict[str, tuple[str, int | None, int | None]]:  # noqa: ANN401 (some kinds)
    """What is open: the subject, what our books say and what was found, by kind."""
    found = rows(
        "SELECT kind, subject_id, expected_ore, found_ore FROM book_difference"
        " WHERE closed_at IS NULL"
    )
    return {
        each["kind"]: (each["subject_id"], each["expected_ore"], each["found_ore"])
        for each in found
        if kinds is None or each["kind"] in kinds
    }


def compare(stage: Stage) -> dict[str, tuple[str, int | None, int | None]]:
    """Compare every purchase and payout that wants it; return what differs."""
    comparing.compare_purchases(stage.now, stage.deadline)
    comparing.compare_payouts(stage.now, stage.deadline)
    return differences()


def next_day(stage: Stage, days_on: int = 1) -> None:
    stage.jump_to((stage.now + days_on * DAY).replace(hour=3, minute=0))


def vipps_day(stage: Stage) -> int:
    """Look at what is new in Vipps' report; return how many days that were."""
    return vipps_days.check(stage.now, stage.deadline).examined


def looked_at_until() -> Any:  # noqa: ANN401 (a day, in words)
    return rows("SELECT position FROM book_progress WHERE job = 'vipps_days'")[0]["position"]


def stripe_day(stage: Stage) -> int:
    return stripe_days.check(stage.now, stage.deadline).examined


def intent_of(stage: Stage, session: Session) -> str:
    found = stage.stripe.control("GET", f"checkout/{session.purchase['provider_id']}")
    return str(found["payment_intent"]["id"])


def compared_at(session: Session) -> Any:  # noqa: ANN401 (a time or none)
    return session.purchase["compared_at"]


# ── ours against theirs ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("rail", [VIPPS, STRIPE], ids=["vipps", "stripe"])
def test_a_purchase_is_compared_once_its_sums_have_changed_and_not_again(
    stage: Stage,
    rail: Any,  # noqa: ANN401 (a rail)
) -> None:
    stage.rail = rail
    session = captured(stage)
    assert compared_at(session) is None
    assert compare(stage) == {}
    at = compared_at(session)
    assert at is not None
    stage.jump(timedelta(hours=2))
    assert comparing.compare_purchases(stage.now, stage.deadline).examined == 0
    assert compared_at(session) == at
    stage.jump(timedelta(days=30))
    assert comparing.compare_purchases(stage.now, stage.deadline).examined == 1  # in time, all are


@pytest.mark.parametrize("rail", [VIPPS, STRIPE], ids=["vipps", "stripe"])
def test_money_given_back_by_hand_is_seen_named_to_the_ore_and_gone_once_it_is_noted(
    stage: Stage,
    rail: Any,  # noqa: ANN401 (a rail)
) -> None:
    stage.rail = rail
    session = captured(stage)
    if rail is VIPPS:
        session.act("portal_refund", amount=12_300)
    else:
        stage.fund(PRICE_ORE)
        stage.at_stripe("/v1/refunds", payment_intent=intent_of(stage, session), amount=12_300)
    stage.settle()
    assert compare(stage) == {Kind.RAIL_REFUNDED: (session.purchase_id, 0, 12_300)}
    # It is said once, and stays until somebody has looked.
    stage.jump(timedelta(hours=2))
    assert comparing.compare_purchases(stage.now, stage.deadline).opened == 0
    assert Kind.RAIL_REFUNDED in differences()
    change(
        "UPDATE book_difference SET closed_at = %(now)s, closed_by = 'per_o',"
        " explanation = 'Gitt tilbake for hånd'",
        {"now": stage.now},
    )
    change("UPDATE purchase SET compared_at = NULL")
    assert compare(stage) == {}  # explained, with these figures
    if rail is VIPPS:
        session.act("portal_refund", amount=100)
        stage.settle()
        change("UPDATE purchase SET compared_at = NULL")
        assert compare(stage) == {Kind.RAIL_REFUNDED: (session.purchase_id, 0, 12_400)}


def test_money_reserved_for_what_has_ended_is_seen(stage: Stage) -> None:
    session = stage.book().pay()
    stage.settle()
    change("UPDATE purchase SET state = 'released' WHERE id = %(id)s", {"id": session.purchase_id})
    assert compare(stage) == {Kind.RAIL_RESERVED: (session.purchase_id, 0, PRICE_ORE)}


def test_a_payment_that_its_rail_does_not_know_is_seen(stage: Stage) -> None:
    session = captured(stage)
    change("UPDATE purchase SET reference = 'nobody-knows-it'")
    assert compare(stage) == {Kind.RAIL_UNKNOWN: (session.purchase_id, PRICE_ORE, 0)}
    change(
        "UPDATE purchase SET reference = %(reference)s, compared_at = NULL",
        {"reference": session.reference},
    )
    assert compare(stage) == {}


def test_a_rail_that_is_silent_is_asked_again_by_the_next_run_and_holds_up_no_other(
    stage: Stage,
) -> None:
    first = captured(stage)
    stage.rail = STRIPE
    second = stage.book(4).pay().capture()
    stage.settle()
    stage.vipps.order("fail", "GET", r"/epayment/v1/payments/[^/]+", times=3)
    assert compare(stage) == {}
    assert compared_at(first) is None
    assert compared_at(second) is not None
    for _ in range(3):
        comparing.compare_purchases(stage.now, stage.deadline)
    assert compared_at(first) is not None


def paid_out(stage: Stage) -> dict[str, Any]:
    """A payout that was paid."""
    stage.onboard()
    stage.fund(10 * PRICE_ORE)
    session = captured(stage)
    stage.jump_to(session.ends_at + timedelta(hours=49))
    assert stage.cron("payouts")["paid"] == 1
    stage.settle()
    return stage.payouts[0]


def test_a_transfer_that_was_reversed_unheard_of_is_seen(stage: Stage) -> None:
    payout = paid_out(stage)
    assert compare(stage) == {}
    stage.stripe.webhooks("lose")
    stage.at_stripe(f"/v1/transfers/{payout['provider_id']}/reversals", amount=10_000)
    change("UPDATE payout SET compared_at = NULL")
    assert compare(stage) == {Kind.TRANSFER_REVERSED: (payout["id"], 0, 10_000)}


def test_a_transfer_of_another_sum_or_none_is_seen(stage: Stage) -> None:
    payout = paid_out(stage)
    change("UPDATE payout SET amount_ore = amount_ore + 1")
    assert compare(stage)[Kind.TRANSFER_AMOUNT] == (payout["id"], SHARE_ORE + 1, SHARE_ORE)
    change("UPDATE payout SET amount_ore = amount_ore - 1, provider_id = 'tr_nowhere'")
    change("UPDATE payout SET compared_at = NULL")
    assert compare(stage) == {Kind.TRANSFER_MISSING: (payout["id"], SHARE_ORE, 0)}


# ── theirs against ours: Vipps ───────────────────────────────────────────────────────────────────


def test_a_settlement_is_noted_with_its_fees_as_the_report_has_it_and_vipps_owes_nothing(
    stage: Stage,
) -> None:
    captured(stage)
    stage.vipps.control("POST", "settlement", {"action": "pay_out"})
    assert vipps_day(stage) == 2  # the day itself is not over, the payment was made the day before
    assert looked_at_until() == (stage.now - DAY).date().isoformat()
    assert rows("SELECT id FROM treasury_move") == []
    next_day(stage)
    assert vipps_day(stage) >= 1
    move = rows("SELECT * FROM treasury_move")[0]
    assert (move["kind"], move["noted_by"]) == ("vipps_settlement", None)
    assert (move["amount_ore"], move["fee_ore"]) == (PRICE_ORE - FEE_ORE, FEE_ORE)
    books = stage.books()
    assert books["vipps_receivable"] == 0
    assert (books["bank"], books["provider_fees"]) == (-(PRICE_ORE - FEE_ORE), -FEE_ORE)
    assert differences() == {}
    next_day(stage)
    assert vipps_day(stage) == 1
    assert len(rows("SELECT id FROM treasury_move")) == 1


def test_what_was_settled_before_we_heard_that_it_was_taken_is_noted(stage: Stage) -> None:
    session = stage.book().pay().meet().deliver()
    stage.jump(timedelta(seconds=5))
    stage.vipps.order("hang_up_after", "POST", VIPPS.capture)
    assert stage.cron("outbox")["failed"] == 1
    stage.vipps.control("POST", "settlement", {"action": "pay_out"})
    next_day(stage, 4)
    stage.cron("outbox")
    assert session.purchase["state"] == "captured"
    vipps_day(stage)
    assert len(rows("SELECT id FROM treasury_move")) == 1
    assert stage.books()["vipps_receivable"] == 0


def test_a_settlement_that_an_operator_has_noted_otherwise_is_a_difference(stage: Stage) -> None:
    captured(stage)
    stage.vipps.control("POST", "settlement", {"action": "pay_out"})
    reference = "302321-2000001"
    transact(
        lambda db: treasury.note_reported(
            db,
            Move.VIPPS_SETTLEMENT,
            (80_000, 0),
            reference=reference,
            happened_on=stage.now.date(),
            now=stage.now,
        )
    )
    next_day(stage)
    vipps_day(stage)
    found = differences()
    assert found == {Kind.MOVE_DIFFERS: (reference, 80_000, PRICE_ORE - FEE_ORE)}
    assert stage.books()["bank"] == -80_000  # nothing puts itself right


def test_a_capture_and_a_refund_of_which_our_books_know_nothing_are_seen(stage: Stage) -> None:
    session = captured(stage)
    session.act("portal_refund", amount=500)
    reference = session.reference
    change("UPDATE purchase SET reference = 'another-reference'")
    next_day(stage)
    vipps_day(stage)
    found = differences()
    assert found[Kind.CAPTURE_UNKNOWN] == (reference, 0, PRICE_ORE)
    assert found[Kind.REFUND_UNKNOWN] == (reference, 0, -500)


def test_a_refund_in_the_report_has_its_purchase_compared_once_more(stage: Stage) -> None:
    session = captured(stage)
    assert compare(stage) == {}
    next_day(stage)
    vipps_day(stage)
    assert compared_at(session) is not None
    session.act("portal_refund", amount=500)
    stage.settle()
    assert compare(stage) == {}  # nothing of ours has changed
    next_day(stage)
    vipps_day(stage)
    assert compared_at(session) is None
    assert compare(stage) == {Kind.RAIL_REFUNDED: (session.purchase_id, 0, 500)}


def test_money_taken_by_hand_for_a_session_to_come_is_seen(stage: Stage) -> None:
    captured(stage)
    session = stage.book(60).pay()
    session.act("portal_capture", amount=PRICE_ORE)
    next_day(stage)
    vipps_day(stage)
    assert differences() == {Kind.RAIL_CAPTURED: (session.purchase_id, 0, PRICE_ORE)}


def test_what_vipps_has_no_word_for_and_what_a_bank_takes_back_are_for_an_operator(
    stage: Stage,
) -> None:
    session = captured(stage)
    stage.vipps.control("POST", "settlement", {"action": "correct", "amount": -700, "kind": "new"})
    stage.vipps.control("POST", "settlement", {"action": "dispute", "reference": session.reference})
    next_day(stage)
    vipps_day(stage)
    found = differences()
    assert found[Kind.MOVEMENT_UNKNOWN][1:] == (0, -700)
    assert found[Kind.DISPUTE_UNKNOWN] == (session.reference, 0, -PRICE_ORE)


def test_a_settlement_that_did_not_arrive_is_a_difference(stage: Stage) -> None:
    captured(stage)
    stage.vipps.control("POST", "settlement", {"action": "pay_out"})
    stage.vipps.control("POST", "settlement", {"action": "abort"})
    next_day(stage, 2)
    vipps_day(stage)
    assert differences()[Kind.MOVE_DIFFERS][1:] == (PRICE_ORE - FEE_ORE, 0)


def test_fees_kept_back_on_a_day_without_a_payout_are_booked_with_the_next(stage: Stage) -> None:
    session = captured(stage)
    session.act("portal_refund", amount=PRICE_ORE)
    stage.vipps.control("POST", "settlement", {"action": "pay_out"})  # there is nothing to pay
    next_day(stage)
    vipps_day(stage)
    assert rows("SELECT id FROM treasury_move") == []
    stage.book(40).pay().capture()
    stage.vipps.control("POST", "settlement", {"action": "pay_out"})
    next_day(stage, 2)
    vipps_day(stage)
    move = rows("SELECT amount_ore, fee_ore FROM treasury_move")[0]
    assert move == {"amount_ore": PRICE_ORE - 2 * FEE_ORE, "fee_ore": 2 * FEE_ORE}


def test_a_day_that_vipps_does_not_show_is_asked_for_again_and_none_is_left_out(
    stage: Stage,
) -> None:
    captured(stage)
    next_day(stage, 3)
    stage.vipps.order("fail", "GET", r"/report/v2/.*")
    assert vipps_day(stage) == 0
    assert vipps_day(stage) >= 3
    assert vipps_day(stage) == 0
    assert looked_at_until() == (stage.now - DAY).date().isoformat()


def test_a_run_whose_time_is_up_goes_on_where_it_stopped(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    captured(stage)
    next_day(stage, 3)
    real, looks = clock.now, iter([0, 0, 10**9])
    monkeypatch.setattr(clock, "now", lambda: real() + timedelta(seconds=next(looks, 10**9)))
    assert vipps_day(stage) == 2
    monkeypatch.setattr(clock, "now", real)
    assert vipps_day(stage) >= 1
    assert differences() == {}


# ── theirs against ours: Stripe ──────────────────────────────────────────────────────────────────


def test_every_movement_of_an_ordinary_day_at_stripe_is_known(stage: Stage) -> None:
    stage.rail = STRIPE
    stage.onboard()
    session = captured(stage)
    stage.jump_to(session.ends_at + timedelta(hours=49))
    stage.cron("payouts")
    stage.jump(timedelta(days=7))
    stage.cron("payouts")
    assert stage.payouts[0]["state"] == "paid"
    next_day(stage)
    assert stripe_day(stage) >= 8
    assert differences() == {}


def test_a_fee_that_our_books_lack_is_booked_and_another_one_is_a_difference(stage: Stage) -> None:
    stage.rail = STRIPE
    session = captured(stage)
    fee_ore = -stage.books()["provider_fees"]
    assert fee_ore > 0
    change("DELETE FROM ledger_transfer WHERE step = 'provider_fee'")
    next_day(stage)
    stripe_day(stage)
    assert stage.books()["provider_fees"] == -fee_ore
    assert differences() == {}
    change("UPDATE ledger_transfer SET amount_ore = 1 WHERE step = 'provider_fee'")
    change("DELETE FROM book_progress")
    stripe_day(stage)
    assert differences() == {Kind.FEE_DIFFERS: (session.purchase_id, 1, fee_ore)}


def test_money_from_nowhere_is_a_difference_until_it_is_noted_where_it_came_from(
    stage: Stage,
) -> None:
    captured(stage)
    stage.fund(50_000)
    next_day(stage)
    stripe_day(stage)
    reference, _, found_ore = differences()[Kind.TOP_UP_UNKNOWN]
    assert found_ore == 50_000
    assert days.recheck(stage.now, stage.deadline) == 0
    transact(
        lambda db: treasury.note_reported(
            db,
            Move.BANK_TO_STRIPE,
            (50_000, 0),
            reference=reference,
            happened_on=stage.now.date(),
            now=stage.now,
        )
    )
    stage.jump(timedelta(minutes=10))
    assert days.recheck(stage.now, stage.deadline) == 1
    assert differences() == {}


def test_a_transfer_and_a_refund_made_by_hand_at_stripe_are_seen(stage: Stage) -> None:
    stage.rail = STRIPE
    account_id = stage.onboard()
    session = captured(stage)
    assert compare(stage) == {}
    stage.fund(10 * PRICE_ORE)
    made = stage.at_stripe("/v1/transfers", amount=5_000, currency="nok", destination=account_id)
    stage.at_stripe("/v1/refunds", payment_intent=intent_of(stage, session), amount=700)
    next_day(stage)
    stripe_day(stage)
    assert differences()[Kind.TRANSFER_UNKNOWN] == (made["id"], 0, 5_000)
    assert compare(stage)[Kind.RAIL_REFUNDED] == (session.purchase_id, 0, 700)


def test_what_stripe_pays_out_to_our_bank_is_noted_as_it_says(stage: Stage) -> None:
    captured(stage)
    stage.fund(40_000)
    paid = stage.stripe.control("POST", "payouts", {})
    next_day(stage)
    stripe_day(stage)
    move = rows("SELECT kind, amount_ore, reference, noted_by FROM treasury_move")[0]
    assert move == {
        "kind": "stripe_to_bank",
        "amount_ore": 40_000,
        "reference": paid["id"],
        "noted_by": None,
    }
    assert stage.books()["bank"] == -40_000


def test_a_balance_that_stays_another_than_ours_is_a_difference(stage: Stage) -> None:
    captured(stage)
    assert stripe_days.check_balance(stage.now).opened == 0
    stage.fund(40_000)
    stage.jump(timedelta(hours=2))
    assert stripe_days.check_balance(stage.now).opened == 0  # something may be on its way
    assert stripe_days.check_balance(stage.now).examined == 0  # once an hour
    stage.jump(timedelta(hours=2))
    assert stripe_days.check_balance(stage.now).opened == 1
    assert differences() == {Kind.STRIPE_BALANCE: ("stripe", 0, 40_000)}


# ── the run ──────────────────────────────────────────────────────────────────────────────────────


def test_the_cron_reports_what_is_off_and_nothing_puts_itself_right(stage: Stage) -> None:
    session = captured(stage)
    report = stage.cron("books")
    assert (report["sum_ore"], report["differences"], report["open_transit"]) == (0, 0, 0)
    assert {each["kind"]: each["balance_ore"] for each in report["accounts"]} == stage.books()
    change("UPDATE delivery SET is_delivered = FALSE")
    stage.jump(timedelta(minutes=10))
    report = stage.cron("books")
    assert report["differences"] == 1
    assert sum(each["opened"] for each in report["checks"]) == 1
    stage.jump(timedelta(minutes=10))
    assert sum(each["opened"] for each in stage.cron("books")["checks"]) == 0
    assert session.states == ("completed", "captured")
    change("UPDATE delivery SET is_delivered = TRUE")
    stage.jump(timedelta(minutes=10))
    assert stage.cron("books")["differences"] == 0


def test_with_both_providers_silent_the_books_are_checked_all_the_same(stage: Stage) -> None:
    captured(stage)
    next_day(stage)
    for provider, path in ((stage.vipps, r"/.*"), (stage.stripe, r"/v1/.*")):
        provider.order("fail", "GET", path, times=50)
    report = service.check(stage.now, stage.deadline)
    assert {each.check for each in report.checks if each.round_ended_at} >= {"entries", "purchases"}
    assert report.sum_ore == 0


def test_an_address_that_nothing_is_sent_to_is_a_difference_until_it_is_registered(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sweeps.check_addresses(stage.now).opened == 0
    assert sweeps.check_addresses(stage.now).examined == 0  # once a day
    stage.jump(DAY)
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("PUBLIC_URL", "https://elsewhere.example")
        assert sweeps.check_addresses(stage.now).opened == 2
    found = rows("SELECT subject_id FROM book_difference WHERE closed_at IS NULL")
    assert {each["subject_id"] for each in found} == {"vipps", "stripe"}
    stage.jump(DAY)
    assert sweeps.check_addresses(stage.now).opened == 0
    assert differences() == {}

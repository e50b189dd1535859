"""Paying mentors: when, how much, to which account, and once, whatever goes wrong."""

import threading
from datetime import datetime, timedelta

import pytest

from lib.payouts import service
from sandbox.world import World
from tests.stage import (
    FEE_ORE,
    FEE_VAT_ORE,
    PRICE_ORE,
    SHARE_ORE,
    Stage,
    at_once,
    change,
    rows,
    until,
)

TRANSFERS = "/v1/transfers"
HOLD = timedelta(hours=48)
HOUR = timedelta(hours=1)


def earn(stage: Stage, hours: float = 0) -> datetime:
    """Have the mentor earn an hour's price; return when it was captured."""
    purchase = stage.book(hours).pay().capture().purchase
    captured_at: datetime = purchase["captured_at"]
    return captured_at


def make_and_pay(stage: Stage, now: datetime) -> tuple[int, tuple[int, int]]:
    """What a run of the cron does, at a moment to the microsecond."""
    return service.make_due(now, stage.deadline), service.pay_due(now, stage.deadline)


def ready(stage: Stage) -> tuple[str, datetime]:
    """A mentor with an account that is ready and earned money whose hold is over."""
    account_id = stage.onboard()
    due = earn(stage) + HOLD
    stage.fund(10 * PRICE_ORE)
    stage.jump_to(due)
    return account_id, due


def balance(stage: Stage) -> dict[str, int]:
    """What the mentor is told that they have earned, in øre."""
    found = stage.mentor.get("/v1/payouts").json["balance"]
    return {name.removesuffix("_ore"): ore for name, ore in found.items()}


def states(stage: Stage) -> list[str]:
    return [payout["state"] for payout in stage.payouts]


def transfers(stage: Stage) -> int:
    """Count what Stripe has moved, by effect."""
    sent = stage.stripe.requests("POST", TRANSFERS)
    return len({each["headers"]["idempotency-key"] for each in sent})


def is_paid_once(stage: Stage, account_id: str) -> bool:
    return (
        states(stage) == ["paid"]
        and stage.received(account_id) == SHARE_ORE
        and stage.books()
        == {
            "mentor_payable": 0,
            "payout_clearing": 0,
            "platform_income": FEE_ORE - FEE_VAT_ORE,
            "prepaid": 0,
            "stripe_balance": SHARE_ORE,
            "vat": FEE_VAT_ORE,
            "vipps_receivable": -PRICE_ORE,
        }
    )


def test_what_is_earned_is_paid_out_after_48_hours_and_not_a_moment_before(stage: Stage) -> None:
    account_id = stage.onboard()
    due = earn(stage) + HOLD
    stage.fund(PRICE_ORE)
    stage.jump_to(due - timedelta(seconds=30))
    assert make_and_pay(stage, due - timedelta(microseconds=1)) == (0, (0, 0))
    assert balance(stage) == {"available": 0, "pending": SHARE_ORE, "under_way": 0, "owed": 0}
    stage.world.clock.set_to(due)
    assert balance(stage) == {"available": SHARE_ORE, "pending": 0, "under_way": 0, "owed": 0}
    assert make_and_pay(stage, due) == (1, (1, 0))
    assert balance(stage) == {"available": 0, "pending": 0, "under_way": 0, "owed": 0}
    assert make_and_pay(stage, due + HOUR) == (0, (0, 0))
    assert is_paid_once(stage, account_id)
    assert len(stage.stripe.requests("POST", TRANSFERS)) == 1


def test_everything_due_goes_in_one_payout_and_what_is_not_due_stays(stage: Stage) -> None:
    account_id = stage.onboard()
    earn(stage, 0)
    second = earn(stage, 4)
    third = earn(stage, 8)
    stage.fund(10 * PRICE_ORE)
    stage.jump_to(second + HOLD)
    assert make_and_pay(stage, second + HOLD) == (1, (1, 0))
    assert stage.received(account_id) == 2 * SHARE_ORE
    assert make_and_pay(stage, third + HOLD) == (1, (1, 0))
    assert stage.received(account_id) == 3 * SHARE_ORE
    settled = rows("SELECT payout_id, COUNT(*) AS number FROM earning GROUP BY payout_id")
    assert sorted(each["number"] for each in settled) == [1, 2]


def test_nothing_is_made_for_an_account_that_is_not_ready(stage: Stage) -> None:
    due = earn(stage) + HOLD
    stage.jump_to(due)
    assert make_and_pay(stage, due) == (0, (0, 0))  # none at all
    change(
        "INSERT INTO payout_account (mentor_id, provider_id, state, requirements, created_at,"
        " updated_at) VALUES (%(id)s, 'acct_1', 'verifying', '[]', %(now)s, %(now)s)",
        {"id": stage.mentor.person_id, "now": stage.now},
    )
    for state in ("new", "onboarding", "action_required", "verifying", "rejected", "closed"):
        change("UPDATE payout_account SET state = %(state)s", {"state": state})
        assert make_and_pay(stage, due) == (0, (0, 0)), state
    assert stage.payouts == []


def test_money_does_not_follow_an_account_that_was_swapped_after_the_payout_was_made(
    stage: Stage,
) -> None:
    account_id, due = ready(stage)
    assert service.make_due(due, stage.deadline) == 1
    change("UPDATE payout_account SET provider_id = 'acct_of_a_thief'")
    assert service.pay_due(due, stage.deadline) == (0, 1)
    assert states(stage) == ["held"]
    assert service.pay_due(due + HOUR, stage.deadline) == (0, 0)  # until an operator has looked
    assert stage.stripe.requests("POST", TRANSFERS) == []
    assert stage.received(account_id) == 0
    assert stage.books()["mentor_payable"] == SHARE_ORE  # still owed, and seen to be


def test_a_payout_waits_for_an_account_that_is_being_looked_at_and_goes_when_it_is_well(
    stage: Stage,
) -> None:
    account_id, due = ready(stage)
    assert service.make_due(due, stage.deadline) == 1
    stage.stripe.control("POST", f"accounts/{account_id}", {"action": "restrict"})
    until(lambda: stage.account["state"] == "action_required")
    assert service.pay_due(due, stage.deadline) == (0, 1)
    assert (states(stage), stage.stripe.requests("POST", TRANSFERS)) == (["pending"], [])

    stage.stripe.control("POST", f"accounts/{account_id}", {"action": "complete_onboarding"})
    until(lambda: stage.account["state"] == "ready")
    stage.fund(SHARE_ORE)
    assert service.pay_due(due, stage.deadline) == (1, 0)


def test_an_account_whose_becoming_ready_nobody_heard_of_is_asked_about(stage: Stage) -> None:
    mentor = stage.stall.mentor
    stage.stripe.webhooks("lose")
    assert mentor.post("/v1/payout-account").status == 201
    account_id = str(stage.account["provider_id"])
    stage.stripe.control("POST", f"accounts/{account_id}", {"action": "complete_onboarding"})
    assert mentor.get("/v1/payout-account").json["state"] == "onboarding"  # asked a moment ago

    stage.world.clock.advance(timedelta(seconds=6))
    assert mentor.get("/v1/payout-account").json["state"] == "ready"

    change("UPDATE payout_account SET state = 'onboarding'")
    stage.world.clock.advance(timedelta(hours=2))
    assert stage.cron("payouts")["asked"] == 1
    assert stage.account["state"] == "ready"


@pytest.mark.parametrize("action", ["deauthorize", "reject"])
def test_an_account_that_will_not_be_well_again_is_held(stage: Stage, action: str) -> None:
    account_id, due = ready(stage)
    assert service.make_due(due, stage.deadline) == 1
    stage.stripe.control("POST", f"accounts/{account_id}", {"action": action})
    until(lambda: stage.account["state"] in {"closed", "rejected"})
    assert service.pay_due(due, stage.deadline) == (0, 1)
    assert states(stage) == ["held"]
    assert stage.stripe.requests("POST", TRANSFERS) == []


def test_an_account_that_is_lost_without_our_knowing_is_refused_and_held(stage: Stage) -> None:
    account_id, due = ready(stage)
    stage.stripe.webhooks("lose")
    stage.stripe.control("POST", f"accounts/{account_id}", {"action": "deauthorize"})
    assert make_and_pay(stage, due) == (1, (0, 1))
    assert states(stage) == ["held"]
    found = rows("SELECT state, error_code FROM provider_operation WHERE kind = 'stripe.transfer'")
    assert [each["state"] for each in found] == ["refused"]


def test_a_payment_to_a_bank_that_is_heard_of_once_the_account_is_lost_tells_of_its_end(
    stage: Stage,
) -> None:
    account_id, _ = ready(stage)
    assert stage.cron("payouts")["paid"] == 1
    stage.settle()
    stage.stripe.webhooks("hold")
    stage.jump(timedelta(days=9))
    until(lambda: stage.stripe.control("GET", f"accounts/{account_id}")["payouts"])
    stage.stripe.webhooks("lose")
    stage.stripe.control("POST", f"accounts/{account_id}", {"action": "deauthorize"})
    stage.stripe.webhooks("deliver")
    stage.stripe.release()
    stage.settle()
    told = rows("SELECT outcome FROM inbound_event WHERE kind = 'payout.created'")
    assert [each["outcome"] for each in told] == ["closed"]
    assert stage.account["state"] == "closed"


def test_without_money_on_the_balance_a_payout_waits_and_is_tried_with_a_new_key(
    stage: Stage,
) -> None:
    account_id = stage.onboard()
    due = earn(stage) + HOLD
    stage.jump_to(due)
    assert make_and_pay(stage, due) == (1, (0, 1))
    assert states(stage) == ["awaiting_platform_funds"]
    assert stage.mentor.get("/v1/payouts").json["payouts"][0]["state"] == "awaiting_platform_funds"
    assert make_and_pay(stage, due + HOUR) == (0, (0, 1))
    stage.fund(SHARE_ORE)
    assert make_and_pay(stage, due + 2 * HOUR) == (0, (1, 0))
    # Stripe keeps a refusal for its key: only a new one finds the money.
    assert transfers(stage) == 3
    attempts = rows(
        "SELECT attempt, state FROM provider_operation WHERE kind = 'stripe.transfer'"
        " ORDER BY attempt"
    )
    assert [tuple(each.values()) for each in attempts] == [
        (1, "refused"),
        (2, "refused"),
        (3, "done"),
    ]
    assert is_paid_once(stage, account_id)


@pytest.mark.parametrize("fault", ["hang_up_after", "fail_after", "hang_up_before", "fail"])
def test_a_transfer_that_was_not_answered_is_asked_for_again_with_the_same_key(
    stage: Stage, fault: str
) -> None:
    account_id, due = ready(stage)
    stage.stripe.order(fault, "POST", TRANSFERS)
    assert make_and_pay(stage, due) == (1, (0, 1))
    assert states(stage) == ["pending"]
    assert make_and_pay(stage, due + HOUR) == (0, (1, 0))
    assert transfers(stage) == 1
    assert is_paid_once(stage, account_id)


@pytest.mark.parametrize(("fault", "asked_again"), [("hang_up_after", 1), ("hang_up_before", 2)])
def test_a_key_that_stripe_may_have_forgotten_is_not_trusted(
    stage: Stage, fault: str, asked_again: int
) -> None:
    """After 24 hours the same key would move the money once more: first Stripe is asked."""
    account_id, due = ready(stage)
    stage.stripe.order(fault, "POST", TRANSFERS)
    assert make_and_pay(stage, due) == (1, (0, 1))
    later = due + timedelta(hours=25)
    stage.jump_to(later)
    assert service.pay_due(later, stage.deadline) == (1, 0)
    assert len(stage.stripe.requests("GET", TRANSFERS)) == 1
    assert len(stage.stripe.requests("POST", TRANSFERS)) == asked_again
    assert is_paid_once(stage, account_id)


def test_within_23_hours_the_key_alone_is_enough(stage: Stage) -> None:
    account_id, due = ready(stage)
    stage.stripe.order("hang_up_after", "POST", TRANSFERS)
    assert make_and_pay(stage, due) == (1, (0, 1))
    later = due + timedelta(hours=23)
    stage.jump_to(later)
    assert service.pay_due(later, stage.deadline) == (1, 0)
    assert stage.stripe.requests("GET", TRANSFERS) == []
    assert is_paid_once(stage, account_id)


def test_of_two_runs_at_once_the_second_goes_home(stage: Stage, world: World) -> None:
    account_id, _ = ready(stage)
    stage.stripe.order("delay", "POST", TRANSFERS, seconds=0.5)
    statuses = at_once(lambda: world.run_cron("/cron/payouts")[0], 2)
    assert sorted(str(each) for each in statuses) == ["200", "409"]
    assert is_paid_once(stage, account_id)


def test_fifty_at_once_without_a_lease_make_and_pay_one_payout(stage: Stage) -> None:
    account_id, due = ready(stage)
    stage.stripe.order("delay", "POST", TRANSFERS, seconds=0.3)
    outcomes = at_once(lambda: make_and_pay(stage, due), 50)
    assert [each for each in outcomes if isinstance(each, Exception)] == []
    assert sum(each[0] for each in outcomes if isinstance(each, tuple)) == 1
    make_and_pay(stage, due + HOUR)
    assert transfers(stage) == 1
    assert is_paid_once(stage, account_id)


def test_the_process_dies_after_stripe_has_paid_and_the_next_run_finds_that_out(
    stage: Stage, world: World
) -> None:
    account_id, _ = ready(stage)
    stage.stripe.order("delay", "POST", TRANSFERS, seconds=1.0)
    run = threading.Thread(target=world.run_cron, args=("/cron/payouts",))
    run.start()
    until(lambda: stage.received(account_id) == SHARE_ORE)
    world.functions.end("/api/cron/money")
    run.join(10)
    assert not run.is_alive()
    assert states(stage) == ["pending"]
    until(lambda: stage.stripe.requests("POST", TRANSFERS))  # until then its key is in use
    stage.world.clock.advance(timedelta(seconds=61))
    assert stage.cron("payouts") == {"asked": 0, "made": 0, "paid": 1, "waiting": 0}
    assert is_paid_once(stage, account_id)
    assert transfers(stage) == 1


def test_payouts_that_wait_do_not_hold_up_the_rest(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "_BATCH", 2)
    account_id, due = ready(stage)
    for number in range(5):  # of mentors who have no account any more
        change(
            "INSERT INTO payout (id, mentor_id, amount_ore, netted_ore, currency, destination,"
            " state, reversed_ore, created_at)"
            " VALUES (%(id)s, 'per_gone', 100, 0, 'NOK', 'acct_gone', 'pending', 0, %(now)s)",
            {"id": f"pay_0{number}", "now": due},
        )
    assert service.make_due(due, due - HOUR) == 0  # no time left to begin with
    assert make_and_pay(stage, due) == (1, (1, 5))
    assert stage.received(account_id) == SHARE_ORE


def test_a_sum_too_small_to_be_worth_it_waits_for_more_or_for_a_month(stage: Stage) -> None:
    account_id, due = ready(stage)
    change("UPDATE earning SET gross_ore = 9999, fee_ore = 0, share_ore = 9999")
    assert make_and_pay(stage, due) == (0, (0, 0))
    month = due + timedelta(days=30)
    assert make_and_pay(stage, month - timedelta(microseconds=1)) == (0, (0, 0))
    assert make_and_pay(stage, month) == (1, (1, 0))
    assert stage.received(account_id) == 9999


def test_a_hundred_kroner_are_worth_it_at_once(stage: Stage) -> None:
    _, due = ready(stage)
    change("UPDATE earning SET gross_ore = 10000, fee_ore = 0, share_ore = 10000")
    assert make_and_pay(stage, due) == (1, (1, 0))


def test_dear_hours_are_paid_out_in_one_sum_beyond_32_bits(stage: Stage) -> None:
    account_id, due = ready(stage)
    change("UPDATE earning SET gross_ore = 65000000, fee_ore = 0, share_ore = 65000000")
    for _ in range(6):  # each time twice as many
        change(
            "INSERT INTO earning"
            " (id, mentor_id, purchase_id, cause_id, quarters, gross_ore, vat_ore, fee_ore,"
            " fee_vat_ore, share_ore, is_claw_back, earned_at, available_at)"
            " SELECT CONCAT('ern_', LEFT(SHA2(CONCAT(id, RAND()), 256), 26)), mentor_id,"
            " purchase_id, LEFT(SHA2(CONCAT(id, RAND()), 256), 30), quarters, gross_ore, vat_ore,"
            " fee_ore, fee_vat_ore, share_ore, is_claw_back, earned_at, available_at FROM earning"
        )
    total_ore = 64 * 65_000_000
    assert total_ore > 2**31
    stage.fund(total_ore)
    assert make_and_pay(stage, due) == (1, (1, 0))
    assert stage.received(account_id) == total_ore


def test_a_mentor_for_whom_it_goes_wrong_does_not_stop_the_rest(stage: Stage) -> None:
    account_id, due = ready(stage)
    change(
        "INSERT INTO payout_account (mentor_id, provider_id, state, requirements, created_at,"
        " updated_at) VALUES ('per_0', 'acct_0', 'ready', '[]', %(now)s, %(now)s)",
        {"now": due},
    )
    change(
        "INSERT INTO payout (id, mentor_id, amount_ore, netted_ore, currency, destination, state,"
        " reversed_ore, created_at)"
        " VALUES ('pay_0', 'per_0', 100, 0, 'NOK', 'acct_0', 'pending', 0, %(now)s)",
        {"now": due},
    )
    change(
        "INSERT INTO provider_operation"
        " (id, kind, subject_id, attempt, input_hash, state, created_at)"
        " VALUES ('opn_0', 'stripe.transfer', 'pay_0', 1, 'begun-otherwise', 'open', %(now)s)",
        {"now": due},
    )
    assert make_and_pay(stage, due) == (1, (1, 1))
    assert stage.received(account_id) == SHARE_ORE
    assert states(stage) == ["pending", "paid"]


def test_a_transfer_that_comes_back_in_pieces_is_owed_again_piece_by_piece(stage: Stage) -> None:
    account_id, _ = ready(stage)
    assert stage.cron("payouts")["paid"] == 1
    (payout,) = stage.payouts
    for back_ore in (10_000, 5_000):
        stage.stripe.webhooks("repeat")
        stage.at_stripe(f"/v1/transfers/{payout['provider_id']}/reversals", amount=back_ore)
        stage.settle()
    assert stage.payouts[0]["reversed_ore"] == 15_000
    assert stage.received(account_id) == SHARE_ORE - 15_000
    books = stage.books()
    assert (books["mentor_payable"], books["payout_clearing"]) == (15_000, 0)
    assert books["stripe_balance"] == SHARE_ORE - 15_000

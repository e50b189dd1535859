"""Events that never came are fetched, and those that came can be handled again."""

from datetime import timedelta

import pytest

from lib.inbound import replay
from lib.reconciliation import sweeps
from tests.rails import STRIPE
from tests.stage import PRICE_ORE, SHARE_ORE, Stage, change, rows

MINUTE = timedelta(minutes=1)


def kinds() -> list[str]:
    found = rows("SELECT kind FROM inbound_event WHERE source = 'stripe' ORDER BY received_at")
    return [each["kind"] for each in found]


def test_what_stripe_could_not_deliver_is_fetched_stored_as_if_it_had_come_and_handled(
    stage: Stage,
) -> None:
    stage.rail = STRIPE
    session = stage.book().ask_to_pay()
    stage.settle()
    stage.stripe.webhooks("lose")
    session.act("approve")
    assert session.states == ("awaiting_payment", "created")
    stage.jump(11 * MINUTE)
    report = stage.cron("sweeps")["checks"]
    fetched = {each["check"]: each["examined"] for each in report}
    assert fetched["stripe_events"] >= 1
    stage.settle()
    assert "checkout.session.completed" in kinds()
    assert session.states == ("confirmed", "authorised")
    stored = len(kinds())
    stage.jump(MINUTE)
    stage.cron("sweeps")
    assert len(kinds()) == stored  # once is enough


def test_what_is_still_on_its_way_is_left_to_come_by_itself(stage: Stage) -> None:
    stage.rail = STRIPE
    session = stage.book().ask_to_pay()
    stage.settle()
    stage.stripe.webhooks("lose")
    session.act("approve")
    stage.jump(9 * MINUTE)
    stage.cron("sweeps")
    assert "checkout.session.completed" not in kinds()
    stage.jump(2 * MINUTE)
    stage.cron("sweeps")
    assert "checkout.session.completed" in kinds()


def test_a_stripe_that_is_silent_is_asked_for_all_of_it_the_next_time(stage: Stage) -> None:
    stage.rail = STRIPE
    session = stage.book().ask_to_pay()
    stage.settle()
    stage.stripe.webhooks("lose")
    session.act("approve")
    stage.jump(11 * MINUTE)
    stage.stripe.order("fail", "GET", "/v1/events", status=500)
    stage.cron("sweeps")
    assert "checkout.session.completed" not in kinds()
    stage.jump(MINUTE)
    stage.cron("sweeps")
    assert "checkout.session.completed" in kinds()


def test_what_happened_to_a_mentors_account_is_fetched_too(stage: Stage) -> None:
    account_id = stage.open_account()
    stage.settle()
    stage.stripe.webhooks("lose")
    stage.stripe.control("POST", f"accounts/{account_id}", {"action": "complete_onboarding"})
    stage.jump(11 * MINUTE)
    stage.cron("sweeps")
    stage.settle()
    assert stage.account["state"] == "ready"
    events = rows("SELECT payload FROM inbound_event WHERE kind = 'account.updated'")
    assert all(account_id in each["payload"] for each in events)
    assert events


def test_the_end_of_our_access_is_seen_though_what_told_of_it_can_no_longer_be_fetched(
    stage: Stage,
) -> None:
    account_id = stage.onboard()
    stage.settle()
    stage.stripe.webhooks("lose")
    stage.stripe.control("POST", f"accounts/{account_id}", {"action": "deauthorize"})
    stage.jump(11 * MINUTE)
    assert stage.account["state"] == "ready"
    stage.cron("sweeps")
    assert stage.account["state"] == "closed"


def test_a_first_look_goes_back_as_far_as_stripe_keeps_what_happened(stage: Stage) -> None:
    stage.onboard()
    session = stage.book().pay().capture()
    stage.fund(SHARE_ORE)
    stage.jump_to(session.ends_at + timedelta(hours=49))
    assert stage.cron("payouts")["paid"] == 1
    stage.settle()
    stage.stripe.webhooks("lose")
    stage.at_stripe(f"/v1/transfers/{stage.payouts[0]['provider_id']}/reversals", amount=10_000)
    stage.jump(timedelta(days=29))
    assert stage.payouts[0]["reversed_ore"] == 0
    stage.cron("sweeps")
    stage.settle()
    assert stage.payouts[0]["reversed_ore"] == 10_000


def test_accounts_are_asked_about_in_turn_and_one_that_is_gone_holds_up_no_other(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeps, "_ACCOUNTS", 1)
    account_id = stage.open_account()
    stage.settle()
    change(
        "INSERT INTO payout_account (mentor_id, provider_id, state, requirements, created_at,"
        " updated_at) VALUES ('per_0', 'acct_gone', 'ready', '[]', %(now)s, %(now)s)",
        {"now": stage.now},
    )
    stage.stripe.webhooks("lose")
    stage.stripe.control("POST", f"accounts/{account_id}", {"action": "complete_onboarding"})
    stage.jump(11 * MINUTE)
    looked_at = [
        sweeps.fetch_events_of_mentors(stage.now, stage.deadline).examined for _ in range(3)
    ]
    assert looked_at[0] == 0  # the one that is gone
    assert looked_at[1] > 0
    assert looked_at[2] == 0  # the end of the round
    began = rows("SELECT carried FROM book_progress WHERE job = 'mentors_events'")[0]["carried"]
    assert "since" in began


def test_events_are_handled_again_by_command_and_change_nothing_that_is_not_so(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    session = stage.book().pay()
    stage.settle()
    since = (stage.now - timedelta(hours=1)).isoformat()
    before = rows("SELECT event_id, handled_at FROM inbound_event WHERE source = 'vipps'")
    arguments = ["--source", "vipps", "--since", since]
    assert replay.main([*arguments, "--dry"]) == 0
    assert capsys.readouterr().out == f"{len(before)} to be handled again\n"
    stage.jump(MINUTE)
    assert replay.main([*arguments, "--kind", "AUTHORIZED"]) == 0
    assert "1 due to be handled again" in capsys.readouterr().out
    stage.cron("outbox")
    after = rows("SELECT event_id, kind, handled_at FROM inbound_event WHERE source = 'vipps'")
    moved = {
        each["kind"]
        for each, was in zip(after, before, strict=True)
        if each["handled_at"] != was["handled_at"]
    }
    assert moved == {"AUTHORIZED"}
    assert session.states == ("confirmed", "authorised")
    assert stage.books() == {"prepaid": 0, "vipps_receivable": 0}


def test_a_mistake_of_ours_is_put_right_by_handling_its_events_again(stage: Stage) -> None:
    session = stage.book().ask_to_pay()
    stage.settle()
    stage.vipps.order("fail", "GET", r"/epayment/v1/payments/[^/]+", times=None)
    session.act("approve")
    stage.vipps.settle()
    change(
        "UPDATE outbox SET parked_at = %(now)s, last_error = 'mistake'"
        " WHERE topic = 'inbound.handle' AND delivered_at IS NULL",
        {"now": stage.now},
    )
    stage.vipps.control("DELETE", "faults")
    assert session.purchase["state"] == "created"
    assert replay.replay("vipps", stage.now - timedelta(hours=1), stage.now) >= 1
    stage.cron("outbox")  # the command is no function: what it wants done waits for cron
    stage.jump(MINUTE)
    stage.cron("outbox")
    stage.settle()
    assert session.states == ("confirmed", "authorised")
    assert session.sums["authorized"] == PRICE_ORE


def test_a_source_or_time_that_can_t_be_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    for wrong in (["--source", "bank", "--since", "2026-11-01"], ["--source", "vipps"]):
        with pytest.raises(SystemExit):
            replay.main(wrong)
    with pytest.raises(SystemExit):
        replay.main(["--source", "vipps", "--since", "yesterday"])
    assert "usage" in capsys.readouterr().err

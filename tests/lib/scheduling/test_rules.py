"""The table of states, and the decisions that are made from it."""

from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest

from lib.scheduling import rules
from lib.scheduling.rules import State

NOW = datetime(2027, 1, 11, 12, 0, tzinfo=UTC)
STATES: tuple[State, ...] = get_args(State)


def test_the_table_has_every_state_and_no_other() -> None:
    assert set(rules.TRANSITIONS) == set(STATES)
    assert set().union(*rules.TRANSITIONS.values()) <= set(STATES)


def test_the_table_is_the_one_that_was_agreed() -> None:
    assert {(state, to) for state, following in rules.TRANSITIONS.items() for to in following} == {
        ("requested", "held"),
        ("requested", "declined"),
        ("requested", "expired"),
        ("requested", "cancelled"),
        ("held", "awaiting_payment"),
        ("held", "confirmed"),
        ("held", "expired"),
        ("held", "cancelled"),
        ("awaiting_payment", "awaiting_payment"),
        ("awaiting_payment", "confirmed"),
        ("awaiting_payment", "expired"),
        ("awaiting_payment", "cancelled"),
        ("confirmed", "completed"),
        ("confirmed", "undelivered"),
        ("confirmed", "cancelled"),
    }


def test_every_state_can_be_reached_from_where_a_booking_begins() -> None:
    reached, waiting = set(rules.FIRST), list(rules.FIRST)
    while waiting:
        for to in rules.TRANSITIONS[waiting.pop()]:
            if to not in reached:
                reached.add(to)
                waiting.append(to)
    assert reached == set(STATES)


def test_what_the_table_does_not_have_is_forbidden() -> None:
    for state in STATES:
        for to in STATES:
            if to in rules.TRANSITIONS[state]:
                rules.check_transition(state, to)
            else:
                with pytest.raises(rules.ForbiddenTransitionError):
                    rules.check_transition(state, to)


def test_a_hold_lasts_ten_minutes_and_never_beyond_its_start() -> None:
    assert rules.hold_ends(NOW, NOW + timedelta(hours=1)) == NOW + timedelta(minutes=10)
    assert rules.hold_ends(NOW, NOW + timedelta(minutes=4)) == NOW + timedelta(minutes=4)


@pytest.mark.parametrize("state", STATES)
def test_an_unpaid_booking_can_be_paid_for_until_its_time_is_up(state: State) -> None:
    is_unpaid = state in {"held", "awaiting_payment"}
    assert rules.is_payable(state, NOW + timedelta(microseconds=1), NOW) is is_unpaid
    assert not rules.is_payable(state, NOW, NOW)


@pytest.mark.parametrize("state", STATES)
def test_only_a_request_or_a_hold_without_a_payment_runs_out_by_itself(state: State) -> None:
    assert rules.has_run_out(state, NOW, NOW) is (state in {"requested", "held"})
    assert not rules.has_run_out(state, NOW + timedelta(microseconds=1), NOW)


@pytest.mark.parametrize("state", STATES)
def test_what_is_under_way_can_be_cancelled_until_it_begins(state: State) -> None:
    assert rules.is_cancellable(state, NOW + timedelta(microseconds=1), NOW) is (
        state in {"requested", "held", "awaiting_payment", "confirmed"}
    )
    assert not rules.is_cancellable(state, NOW, NOW)


def test_a_session_far_ahead_is_kept_until_a_day_after_it_can_be_paid_for() -> None:
    starts_at = NOW + timedelta(days=30)

    assert rules.payment_opens(starts_at) == NOW + timedelta(days=24)
    assert rules.hold_ends(NOW, starts_at) == NOW + timedelta(days=25)
    assert rules.hold_ends(NOW, NOW + timedelta(days=6)) == NOW + timedelta(minutes=10)


def test_a_request_waits_two_days_and_never_beyond_its_start() -> None:
    assert rules.answer_due(NOW, NOW + timedelta(days=9)) == NOW + timedelta(hours=48)
    assert rules.answer_due(NOW, NOW + timedelta(hours=5)) == NOW + timedelta(hours=5)


def test_what_is_approved_is_held_for_a_day_or_longer_and_never_beyond_its_start() -> None:
    assert rules.approved_hold_ends(NOW, NOW + timedelta(days=3)) == NOW + timedelta(days=1)
    assert rules.approved_hold_ends(NOW, NOW + timedelta(hours=2)) == NOW + timedelta(hours=2)
    far = NOW + timedelta(days=30)
    assert rules.approved_hold_ends(NOW, far) == rules.hold_ends(NOW, far)


@pytest.mark.parametrize("state", STATES)
def test_only_a_request_is_answered_and_only_in_time(state: State) -> None:
    is_request = state == "requested"
    assert rules.is_answerable(state, NOW + timedelta(microseconds=1), NOW) is is_request
    assert not rules.is_answerable(state, NOW, NOW)

"""What becomes of a booking before its session: a request is approved, declined, or runs out."""

import json
from datetime import datetime, timedelta

import pytest

from lib.core.db import transact
from sandbox.app import App
from sandbox.world import World
from tests.cast import Cast, refusal
from tests.market import Stall, open_stall
from tests.stage import Stage, rows

NOT_OPEN = (409, "request_not_open")
NOT_FOUND = (404, "not_found")
NO = {"reason": "I am away that week"}


@pytest.fixture
def stall(world: World, cast: Cast) -> Stall:
    """An offer whose mentor approves each booking."""
    return open_stall(world, cast.mentor, needs_approval=True)


def requested(stall: Stall, mentee: App, hours: float = 0) -> str:
    answer = stall.book(mentee, hours)
    assert (answer.status, answer.json["state"]) == (201, "requested"), answer.json
    return str(answer.json["id"])


def atoms() -> int:
    return len(transact(lambda db: db.rows("SELECT person_id FROM calendar_atom")))


def restrict(person: App) -> None:
    answer = person.call("PUT", "/v1/privacy/restriction", {"restricted": True})
    assert answer.status == 200, answer.json


def test_a_request_takes_the_time_and_waits_two_days_at_most(
    world: World, cast: Cast, stall: Stall
) -> None:
    near = stall.book(cast.mentee).json
    assert near["hold_expires_at"] == near["starts_at"]
    far = stall.book(cast.mentee, 24 * 5).json
    waits = datetime.fromisoformat(far["hold_expires_at"]) - world.clock.now()
    assert timedelta(hours=47, minutes=59) < waits <= timedelta(hours=48)
    assert atoms() == 16
    assert refusal(stall.book(cast.stranger)) == (409, "slot_taken")
    assert not stall.offers(stall.at(0))


def test_an_offer_needs_approval_from_when_its_mentor_says_so(world: World, cast: Cast) -> None:
    stall = open_stall(world, cast.mentor)
    assert stall.book(cast.mentee).json["state"] == "held"
    cast.mentor.patch(f"/v1/offers/{stall.offer_id}", {"needs_approval": True})
    assert stall.book(cast.mentee, 2).json["state"] == "requested"


def test_what_is_approved_is_held_for_a_day_and_then_paid_for(stage: Stage) -> None:
    stage.mentor.patch(f"/v1/offers/{stage.stall.offer_id}", {"needs_approval": True})
    session = stage.book(48)
    refused = session.start_payment()
    assert refusal(refused) == (409, "booking_not_payable")
    answer = stage.mentor.post(f"/v1/bookings/{session.booking_id}/approve")
    assert (answer.status, answer.json["state"], answer.json["role"]) == (200, "held", "mentor")
    waits = datetime.fromisoformat(answer.json["hold_expires_at"]) - stage.now
    assert timedelta(hours=23, minutes=59) < waits <= timedelta(hours=24)
    session.pay()
    assert session.booking["state"] == "confirmed"


def test_an_approved_session_that_nobody_pays_for_runs_out(
    world: World, cast: Cast, stall: Stall
) -> None:
    booking_id = requested(stall, cast.mentee, 48)
    assert cast.mentor.post(f"/v1/bookings/{booking_id}/approve").status == 200
    world.clock.advance(timedelta(hours=24, minutes=1))
    assert run_out(world) == 1
    assert state(booking_id) == "expired"
    assert atoms() == 0


def test_a_request_that_is_declined_frees_the_time_and_the_mentee_reads_why(
    cast: Cast, stall: Stall
) -> None:
    booking_id = requested(stall, cast.mentee)
    answer = cast.mentor.post(f"/v1/bookings/{booking_id}/decline", NO)
    assert (answer.status, answer.json["state"]) == (200, "declined")
    seen = cast.mentee.get(f"/v1/bookings/{booking_id}").json
    assert (seen["cancelled_by"], seen["cancel_reason"]) == ("mentor", NO["reason"])
    assert seen["closed_at"]
    assert atoms() == 0
    assert requested(stall, cast.stranger)


def test_a_request_that_nobody_answers_runs_out_by_cron(
    world: World, cast: Cast, stall: Stall
) -> None:
    booking_id = requested(stall, cast.mentee, 24 * 5)
    world.clock.advance(timedelta(hours=47, minutes=58))
    assert run_out(world) == 0
    world.clock.advance(timedelta(minutes=3))
    cast.mentor.refresh()
    assert refusal(cast.mentor.post(f"/v1/bookings/{booking_id}/approve")) == NOT_OPEN
    assert run_out(world) == 1
    assert state(booking_id) == "expired"
    assert atoms() == 0


def test_a_request_that_has_run_out_is_in_nobodys_way_before_cron_has_come(
    world: World, cast: Cast, stall: Stall
) -> None:
    booking_id = requested(stall, cast.mentee, 24 * 5)
    world.clock.advance(timedelta(hours=48, minutes=1))
    cast.stranger.refresh()
    assert requested(stall, cast.stranger, 24 * 5)
    assert state(booking_id) == "expired"


def test_only_its_mentor_answers_a_request(cast: Cast, stall: Stall) -> None:
    booking_id = requested(stall, cast.mentee)
    for person in (cast.mentee, cast.stranger):
        assert refusal(person.post(f"/v1/bookings/{booking_id}/approve")) == NOT_FOUND
        assert refusal(person.post(f"/v1/bookings/{booking_id}/decline", NO)) == NOT_FOUND
    assert state(booking_id) == "requested"


def test_a_request_is_answered_once(world: World, cast: Cast, stall: Stall) -> None:
    approved, declined, cancelled = (requested(stall, cast.mentee, hours) for hours in (0, 2, 4))
    cast.mentor.post(f"/v1/bookings/{approved}/approve")
    cast.mentor.post(f"/v1/bookings/{declined}/decline", NO)
    cast.mentee.post(f"/v1/bookings/{cancelled}/cancel", NO)
    assert [state(each) for each in (approved, declined, cancelled)] == [
        "held",
        "declined",
        "cancelled",
    ]
    for each in (approved, declined, cancelled):
        assert refusal(cast.mentor.post(f"/v1/bookings/{each}/approve")) == NOT_OPEN
        assert refusal(cast.mentor.post(f"/v1/bookings/{each}/decline", NO)) == NOT_OPEN
    held = open_stall(world, cast.mentor).book(cast.mentee, 8).json["id"]
    assert refusal(cast.mentor.post(f"/v1/bookings/{held}/approve")) == NOT_OPEN


def test_an_answer_that_is_lost_is_given_again(cast: Cast, stall: Stall) -> None:
    booking_id = requested(stall, cast.mentee)
    first, again = (
        cast.mentor.post(f"/v1/bookings/{booking_id}/approve", key="approve-once-0001")
        for _ in range(2)
    )
    assert (again.status, again.json) == (first.status, first.json) == (200, first.json)


@pytest.mark.parametrize("reason", ["", "x" * 501, None, 1])
def test_a_request_is_declined_with_a_reason_or_not_at_all(
    cast: Cast, stall: Stall, reason: object
) -> None:
    booking_id = requested(stall, cast.mentee)
    answer = cast.mentor.post(f"/v1/bookings/{booking_id}/decline", {"reason": reason})
    assert refusal(answer) == (422, "invalid")
    assert state(booking_id) == "requested"


def test_nobody_shuts_a_calendar_with_requests(cast: Cast, stall: Stall) -> None:
    for hours in range(5):
        requested(stall, cast.mentee, hours)
    assert refusal(stall.book(cast.mentee, 6)) == (409, "too_many_unpaid")


def test_who_is_restricted_declines_and_approves_nothing(cast: Cast, stall: Stall) -> None:
    booking_id = requested(stall, cast.mentee)
    restrict(cast.mentor)
    answer = cast.mentor.post(f"/v1/bookings/{booking_id}/approve")
    assert refusal(answer) == (409, "processing_restricted")
    answer = cast.mentor.post(f"/v1/bookings/{booking_id}/decline", NO)
    assert (answer.status, answer.json["state"]) == (200, "declined")


def test_the_request_of_who_is_restricted_is_not_approved(cast: Cast, stall: Stall) -> None:
    booking_id = requested(stall, cast.mentee)
    restrict(cast.mentee)
    assert refusal(cast.mentor.post(f"/v1/bookings/{booking_id}/approve")) == NOT_OPEN
    assert state(booking_id) == "requested"


def run_out(world: World) -> int:
    status, body = world.run_cron("/cron/bookings")
    assert status == 200, body
    return int(json.loads(body)["released"])


def state(booking_id: str) -> str:
    found = rows("SELECT state FROM booking WHERE id = %(id)s", {"id": booking_id})
    return str(found[0]["state"])

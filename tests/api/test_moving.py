"""A booking moved to another time by its mentee: all of it, or nothing."""

from datetime import datetime, timedelta

import pytest

from sandbox.app import Answer, App
from sandbox.world import World
from tests.cast import Cast, refusal
from tests.market import Stall, open_stall
from tests.packs import booking_of, buy_pack
from tests.stage import Session, Stage, change, rows, until

NOT_MOVABLE = (409, "booking_not_movable")
NOT_OFFERED = (409, "slot_not_offered")
TAKEN = (409, "slot_taken")
BEYOND = (409, "move_beyond_payment")


@pytest.fixture
def stall(world: World, cast: Cast) -> Stall:
    """An offer with a quarter hour kept free after each session."""
    return open_stall(world, cast.mentor, buffer_after_minutes=15)


def booked(stall: Stall, mentee: App, hours: float = 0) -> str:
    answer = stall.book(mentee, hours)
    assert answer.status == 201, answer.json
    return str(answer.json["id"])


def move(mentee: App, booking_id: str, stall: Stall, hours: float, **more: str) -> Answer:
    wanted = {"starts_at": stall.at(hours), **more}
    return mentee.post(f"/v1/bookings/{booking_id}/move", wanted)


def calendar() -> set[tuple[str, int]]:
    found = rows("SELECT person_id, quarter_hour FROM calendar_atom")
    return {(each["person_id"], each["quarter_hour"]) for each in found}


def taken_by(stall: Stall, mentee: App, hours: float) -> set[tuple[str, int]]:
    first = int(datetime.fromisoformat(stall.at(hours)).timestamp()) // 900
    mentors = {(stall.mentor.person_id, quarter) for quarter in range(first, first + 5)}
    return mentors | {(mentee.person_id, quarter) for quarter in range(first, first + 4)}


@pytest.mark.parametrize("hours", [-0.25, 0.25, 0.5, 1, 30])
def test_a_booking_takes_its_new_time_and_nothing_of_the_old_one(
    cast: Cast, stall: Stall, hours: float
) -> None:
    booking_id = booked(stall, cast.mentee)
    answer = move(cast.mentee, booking_id, stall, hours)
    assert answer.status == 200, answer.json
    assert datetime.fromisoformat(answer.json["starts_at"]) == datetime.fromisoformat(
        stall.at(hours)
    )
    assert (answer.json["version"], answer.json["state"]) == (1, "held")
    assert calendar() == taken_by(stall, cast.mentee, hours)


def test_where_the_new_time_is_taken_nothing_changes(cast: Cast, stall: Stall) -> None:
    booking_id = booked(stall, cast.mentee)
    booked(stall, cast.stranger, 2)
    before = cast.mentee.get(f"/v1/bookings/{booking_id}").json
    taken = calendar()
    for hours in (1, 1.5, 2, 2.75, 3):  # in the other's way, or its buffer in this one's
        assert refusal(move(cast.mentee, booking_id, stall, hours)) == TAKEN, hours
    assert cast.mentee.get(f"/v1/bookings/{booking_id}").json == before
    assert calendar() == taken
    assert rows("SELECT version FROM booking_move") == []


def test_a_move_keeps_to_the_mentors_limits_and_does_not_count_itself(
    cast: Cast, stall: Stall
) -> None:
    booked(stall, cast.stranger)
    booking_id = booked(stall, cast.mentee, 24)
    limits = {"in_all": {"day": 1}}
    assert stall.mentor.put("/v1/availability/limits", limits).status == 200
    assert refusal(move(cast.mentee, booking_id, stall, 3)) == (409, "limit_reached")
    assert move(cast.mentee, booking_id, stall, 27).status == 200


def test_a_move_keeps_to_the_mentors_notice_for_moving(cast: Cast, stall: Stall) -> None:
    booking_id = booked(stall, cast.mentee)
    change("UPDATE schedule SET move_notice_minutes = 60 * 24 * 30")
    assert refusal(move(cast.mentee, booking_id, stall, 3)) == NOT_MOVABLE
    change("UPDATE schedule SET move_notice_minutes = 0")
    assert move(cast.mentee, booking_id, stall, 3).status == 200


def test_both_read_what_was_agreed_before_and_a_stranger_does_not(cast: Cast, stall: Stall) -> None:
    booking_id = booked(stall, cast.mentee)
    assert move(cast.mentee, booking_id, stall, 2, reason="A dentist").status == 200
    assert move(cast.mentee, booking_id, stall, 4).status == 200
    path = f"/v1/bookings/{booking_id}/moves"
    (first, second) = cast.mentor.get(path).json["moves"]
    assert (first["version"], first["reason"], first["moved_by"]) == (
        1,
        "A dentist",
        cast.mentee.person_id,
    )
    assert first["to_starts_at"] == second["from_starts_at"]
    assert (second["version"], second["reason"]) == (2, None)
    assert cast.mentee.get(path).json == cast.mentor.get(path).json
    assert refusal(cast.stranger.get(path)) == (404, "not_found")


def test_a_booking_is_moved_by_its_mentee_only(cast: Cast, stall: Stall) -> None:
    booking_id = booked(stall, cast.mentee)
    for person in (cast.mentor, cast.stranger):
        assert refusal(move(person, booking_id, stall, 2)) == (404, "not_found")


def test_a_booking_is_moved_three_times_and_to_where_it_is_as_often_as_you_like(
    cast: Cast, stall: Stall
) -> None:
    booking_id = booked(stall, cast.mentee)
    for hours in (2, 4, 6):
        assert move(cast.mentee, booking_id, stall, hours).status == 200
        assert move(cast.mentee, booking_id, stall, hours).status == 200
    assert refusal(move(cast.mentee, booking_id, stall, 8)) == (409, "too_many_moves")
    assert calendar() == taken_by(stall, cast.mentee, 6)


def test_a_booking_is_moved_to_what_its_mentor_offers(cast: Cast, stall: Stall) -> None:
    booking_id = booked(stall, cast.mentee)
    for hours in (1 / 12, -47, 24 * 90):
        assert refusal(move(cast.mentee, booking_id, stall, hours)) == NOT_OFFERED
    cast.mentor.patch("/v1/mentors/me", {"state": "paused"})
    assert refusal(move(cast.mentee, booking_id, stall, 2)) == NOT_OFFERED
    cast.mentor.patch("/v1/mentors/me", {"state": "listed"})
    cast.mentor.delete(f"/v1/offers/{stall.offer_id}")
    assert refusal(move(cast.mentee, booking_id, stall, 2)) == NOT_OFFERED


def test_what_is_over_has_run_out_or_begun_is_not_moved(
    world: World, cast: Cast, stall: Stall
) -> None:
    cancelled, run_out = booked(stall, cast.mentee), booked(stall, cast.mentee, 2)
    cast.mentee.post(f"/v1/bookings/{cancelled}/cancel", {"reason": "Ill"})
    assert refusal(move(cast.mentee, cancelled, stall, 6)) == NOT_MOVABLE
    world.clock.advance(timedelta(minutes=11))
    assert refusal(move(cast.mentee, run_out, stall, 6)) == NOT_MOVABLE


def test_an_unpaid_booking_that_is_moved_gets_its_time_to_pay_anew(
    world: World, cast: Cast, stall: Stall
) -> None:
    booking_id = booked(stall, cast.mentee)
    world.clock.advance(timedelta(minutes=9))
    near = move(cast.mentee, booking_id, stall, 2).json
    waits = datetime.fromisoformat(near["hold_expires_at"]) - world.clock.now()
    assert timedelta(minutes=9) < waits <= timedelta(minutes=10)
    far = move(cast.mentee, booking_id, stall, 24 * 20).json
    opens_at = datetime.fromisoformat(far["starts_at"]) - timedelta(days=6)
    assert datetime.fromisoformat(far["hold_expires_at"]) == opens_at + timedelta(days=1)


def test_what_was_approved_is_not_moved_and_what_is_requested_waits_anew(
    world: World, cast: Cast
) -> None:
    stall = open_stall(world, cast.mentor, needs_approval=True)
    booking_id = booked(stall, cast.mentee, 24 * 5)
    moved = move(cast.mentee, booking_id, stall, 2).json
    assert (moved["state"], moved["hold_expires_at"]) == ("requested", moved["starts_at"])
    assert cast.mentor.post(f"/v1/bookings/{booking_id}/approve").status == 200
    assert refusal(move(cast.mentee, booking_id, stall, 4)) == NOT_MOVABLE


def test_nothing_is_moved_while_it_is_being_paid_for(stage: Stage) -> None:
    session = stage.book().ask_to_pay()
    assert refusal(move(stage.mentee, session.booking_id, stage.stall, 2)) == NOT_MOVABLE


def room_of(session: Session) -> str:
    def made() -> object:
        found = rows(
            "SELECT provider_id FROM meeting WHERE booking_id = %(id)s", {"id": session.booking_id}
        )
        return found and found[0]["provider_id"]

    until(lambda: bool(made()))
    return str(made())


def test_a_paid_session_that_is_moved_gets_another_room(stage: Stage) -> None:
    from lib.providers.whereby import client

    session = stage.book().pay()
    old = room_of(session)
    keys = rows("SELECT mentor_key, mentee_key FROM meeting")
    answer = move(stage.mentee, session.booking_id, stage.stall, 48)
    assert (answer.status, answer.json["state"]) == (200, "confirmed")
    until(lambda: not client.has_room(old))
    new = room_of(session)
    assert new != old
    assert client.has_room(new)
    assert rows("SELECT mentor_key, mentee_key FROM meeting") != keys
    ends_at = datetime.fromisoformat(answer.json["ends_at"])
    assert rows("SELECT delete_after FROM meeting")[0]["delete_after"].replace(
        tzinfo=ends_at.tzinfo
    ) == ends_at + timedelta(minutes=30)


def test_money_that_is_reserved_moves_a_session_by_six_days_at_most(stage: Stage) -> None:
    session = stage.book().pay()
    for hours in (24 * 6, 24 * 40):
        assert refusal(move(stage.mentee, session.booking_id, stage.stall, hours)) == BEYOND
    assert session.booking["version"] == 0
    assert move(stage.mentee, session.booking_id, stage.stall, 24 * 4).status == 200


def test_hours_move_a_session_to_their_end_and_not_into_the_time_to_withdraw(stage: Stage) -> None:
    pack = buy_pack(stage)
    booking_id = pack.book(0)
    assert move(stage.mentee, booking_id, stage.stall, 24 * 40).status == 200
    change("UPDATE purchase SET early_start_at = NULL")
    assert refusal(move(stage.mentee, booking_id, stage.stall, 24)) == BEYOND
    soon = booking_of(booking_id)["ends_at"] + timedelta(days=2)
    change("UPDATE purchase SET hours_expire_at = %(soon)s", {"soon": soon})
    assert refusal(move(stage.mentee, booking_id, stage.stall, 24 * 43)) == BEYOND
    assert move(stage.mentee, booking_id, stage.stall, 24 * 41).status == 200


def test_who_looked_into_the_old_room_was_not_at_the_session(stage: Stage) -> None:
    session = stage.book().pay()
    room_of(session)
    stage.jump_to(session.starts_at - timedelta(minutes=5))
    session.enter(stage.mentee)
    stage.settle()
    assert rows("SELECT role FROM attendance")
    assert move(stage.mentee, session.booking_id, stage.stall, 24).status == 200
    stage.settle()
    assert rows("SELECT role FROM attendance") == []


def test_a_move_and_its_reason_stand_in_the_export(cast: Cast, stall: Stall) -> None:
    booking_id = booked(stall, cast.mentee)
    move(cast.mentee, booking_id, stall, 2, reason="A dentist")
    assert "A dentist" in str(cast.mentee.get("/v1/privacy/export").json)


def test_who_is_restricted_moves_nothing(cast: Cast, stall: Stall) -> None:
    booking_id = booked(stall, cast.mentee)
    cast.mentor.call("PUT", "/v1/privacy/restriction", {"restricted": True})
    assert refusal(move(cast.mentee, booking_id, stall, 2)) == NOT_OFFERED
    cast.mentee.call("PUT", "/v1/privacy/restriction", {"restricted": True})
    answer = move(cast.mentee, booking_id, stall, 2)
    assert refusal(answer) == (409, "processing_restricted")

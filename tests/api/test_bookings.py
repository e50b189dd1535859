"""/v1/bookings: taking a slot, reading it, calling it off."""

from datetime import timedelta

import pytest

from sandbox.world import World
from tests.cast import Cast, refusal
from tests.market import OFFER, Stall, create_offer, open_stall


def test_a_slot_is_held_at_the_price_it_had(world: World, cast: Cast) -> None:
    stall = open_stall(world, cast.mentor)
    answer = stall.book(cast.mentee)
    assert answer.status == 201
    cast.mentor.patch(f"/v1/offers/{stall.offer_id}", {"price_ore": 100, "title": "Cheap"})
    found = cast.mentee.get(f"/v1/bookings/{answer.json['id']}").json
    assert {name: found[name] for name in answer.json} == answer.json
    assert found["state"] == "held"
    assert found["role"] == "mentee"
    assert (found["price_ore"], found["title"]) == (OFFER["price_ore"], OFFER["title"])
    assert found["mentor_id"] == cast.mentor.person_id


def test_both_parties_see_the_booking_and_each_others_short_name(world: World, cast: Cast) -> None:
    booking_id = open_stall(world, cast.mentor).book(cast.mentee).json["id"]
    for person, other, role in (
        (cast.mentee, cast.mentor, "mentee"),
        (cast.mentor, cast.mentee, "mentor"),
    ):
        profile = other.get("/v1/profile").json
        found = person.get(f"/v1/bookings/{booking_id}").json
        assert found["role"] == role
        assert found["counterpart"] == f"{profile['given_name']} {profile['family_name'][0]}."
        assert person.get(f"/v1/bookings?role={role}").json["bookings"] == [found]


def test_a_stranger_finds_nothing(world: World, cast: Cast) -> None:
    booking_id = open_stall(world, cast.mentor).book(cast.mentee).json["id"]
    reason = {"reason": "I want the slot"}
    assert refusal(cast.stranger.get(f"/v1/bookings/{booking_id}")) == (404, "not_found")
    assert refusal(cast.stranger.post(f"/v1/bookings/{booking_id}/cancel", reason)) == (
        404,
        "not_found",
    )
    for role in ("mentee", "mentor"):
        assert cast.stranger.get(f"/v1/bookings?role={role}").json["bookings"] == []
    assert cast.mentee.get(f"/v1/bookings/{booking_id}").json["state"] == "held"


@pytest.mark.parametrize("booking_id", ["bkg_nothing", "x", "bkg_" + "0" * 26])
def test_a_booking_that_does_not_exist_is_not_found(cast: Cast, booking_id: str) -> None:
    assert refusal(cast.mentee.get(f"/v1/bookings/{booking_id}")) == (404, "not_found")
    answer = cast.mentee.post(f"/v1/bookings/{booking_id}/cancel", {"reason": "Ill"})
    assert refusal(answer) == (404, "not_found")


def test_a_taken_slot_is_taken_for_everyone(world: World, cast: Cast) -> None:
    stall = open_stall(world, cast.mentor)
    assert stall.book(cast.mentee).status == 201
    assert refusal(stall.book(cast.mentee)) == (409, "slot_taken")
    assert refusal(stall.book(cast.stranger)) == (409, "slot_taken")
    for quarter in (-0.75, -0.25, 0.25, 0.75):
        assert refusal(stall.book(cast.stranger, quarter)) == (409, "slot_taken")
    assert stall.book(cast.stranger, 1).status == 201
    assert stall.book(cast.stranger, -1).status == 201


def test_a_mentee_is_in_one_place_at_a_time(world: World, cast: Cast) -> None:
    first = open_stall(world, cast.mentor, buffer_before_minutes=60, buffer_after_minutes=60)
    second = open_stall(world, cast.stranger)
    assert first.book(cast.mentee).status == 201
    assert refusal(second.book(cast.mentee, 0.5)) == (409, "slot_taken")
    # The buffers are the first mentor's; the mentee's own time is free right after.
    assert second.book(cast.mentee, 1).status == 201


def test_a_mentor_is_no_mentee_of_somebody_else_at_the_same_time(world: World, cast: Cast) -> None:
    first = open_stall(world, cast.mentor)
    second = open_stall(world, cast.stranger)
    assert first.book(cast.mentee).status == 201
    assert refusal(second.book(cast.mentor)) == (409, "slot_taken")


def test_a_mentor_can_not_book_themselves(world: World, cast: Cast) -> None:
    assert refusal(open_stall(world, cast.mentor).book(cast.mentor)) == (409, "own_offer")


def test_what_is_not_offered_can_not_be_booked(world: World, cast: Cast) -> None:
    stall = open_stall(world, cast.mentor, notice_minutes=60, window_days=5)
    for hours in (1 / 12, -47, 24 * 7, 24 * 360):
        assert refusal(stall.book(cast.mentee, hours)) == (409, "slot_not_offered"), hours
    cast.mentor.patch("/v1/mentors/me", {"state": "paused"})
    assert refusal(stall.book(cast.mentee)) == (409, "slot_not_offered")


def test_hours_outside_the_rules_can_not_be_booked(world: World, cast: Cast) -> None:
    rules = [{"weekday": day, "starts": "00:00", "ends": "12:30"} for day in range(1, 8)]
    stall = open_stall(world, cast.mentor, time_zone="UTC", rules=rules)
    for hours in (-0.25, 0, 0.25, 6):
        assert refusal(stall.book(cast.mentee, hours)) == (409, "slot_not_offered")
    assert stall.book(cast.mentee, -0.5).status == 201


def test_every_slot_can_be_booked_and_nothing_else(world: World, cast: Cast) -> None:
    rules = [{"weekday": day, "starts": "13:00", "ends": "15:00"} for day in range(1, 8)]
    stall = open_stall(world, cast.mentor, time_zone="UTC", rules=rules)
    offered = {hours for hours in (0.75, 1, 1.5, 2, 2.25) if stall.offers(stall.at(hours))}
    assert offered == {1, 1.5, 2}
    for hours in (0.75, 1, 1.5, 2, 2.25):
        answer = stall.book(cast.mentee, hours)
        assert (answer.status == 201) is (hours in offered), answer.json
        if hours in offered:
            reason = {"reason": "Another time"}
            cast.mentee.post(f"/v1/bookings/{answer.json['id']}/cancel", reason)


def test_a_withdrawn_or_unknown_offer_is_not_found(world: World, cast: Cast) -> None:
    stall = open_stall(world, cast.mentor)
    cast.mentor.delete(f"/v1/offers/{stall.offer_id}")
    assert refusal(stall.book(cast.mentee)) == (404, "not_found")
    unknown = Stall(cast.mentor, "ofr_" + "0" * 26, stall.tomorrow)
    assert refusal(unknown.book(cast.mentee)) == (404, "not_found")


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"offer_id": "ofr_nothing"}, "/offer_id"),
        ({"offer_id": "ofr_åååååååååååååååååååååååååå"}, "/offer_id"),
        ({"offer_id": 7}, "/offer_id"),
        ({"offer_id": None}, "/offer_id"),
        ({"starts_at": "tomorrow"}, "/starts_at"),
        ({"starts_at": "2027-01-11T12:00:00"}, "/starts_at"),
        ({"starts_at": "0001-01-01T00:00:00+14:00"}, "/starts_at"),
        ({"starts_at": "9999-12-31T23:45:00-14:00"}, "/starts_at"),
        ({"starts_at": None}, "/starts_at"),
        ({"mentee_id": "per_somebody"}, "/mentee_id"),
        ({"price_ore": 1}, "/price_ore"),
    ],
)
def test_a_bad_wish_says_what_is_bad(
    world: World, cast: Cast, change: dict[str, object], pointer: str
) -> None:
    stall = open_stall(world, cast.mentor)
    wish = {"offer_id": stall.offer_id, "starts_at": stall.at(0), **change}
    answer = cast.mentee.post("/v1/bookings", wish)
    assert refusal(answer) == (422, "invalid")
    assert [error["pointer"] for error in answer.json["errors"]] == [pointer]


def test_a_booking_that_is_sent_again_is_made_once(world: World, cast: Cast) -> None:
    stall = open_stall(world, cast.mentor)
    first = stall.book(cast.mentee, key="the-same-booking")
    second = stall.book(cast.mentee, key="the-same-booking")
    assert (first.status, first.json) == (second.status, second.json)
    other = stall.book(cast.mentee, 5, key="the-same-booking")
    assert refusal(other) == (409, "idempotency_key_reused")


def test_a_hold_that_has_run_out_makes_way_for_the_next(world: World, cast: Cast) -> None:
    stall = open_stall(world, cast.mentor)
    first = stall.book(cast.mentee).json["id"]
    world.clock.advance(timedelta(minutes=9))
    assert refusal(stall.book(cast.stranger, 0.5)) == (409, "slot_taken")
    world.clock.advance(timedelta(minutes=1, seconds=1))
    assert stall.book(cast.stranger, 0.5).status == 201
    assert cast.mentee.get(f"/v1/bookings/{first}").json["state"] == "expired"
    # The whole of the first one's time is free, not only what was in the way.
    assert stall.book(cast.mentee, -0.5).status == 201


def test_cron_releases_holds_that_have_run_out_and_no_others(world: World, cast: Cast) -> None:
    stall = open_stall(world, cast.mentor)
    old = stall.book(cast.mentee, 0).json["id"]
    world.clock.advance(timedelta(minutes=6))
    young = stall.book(cast.mentee, 2).json["id"]
    world.clock.advance(timedelta(minutes=5))
    assert world.run_cron("/cron/bookings") == (200, b'{"released":1}')
    assert world.run_cron("/cron/bookings") == (200, b'{"released":0}')
    assert cast.mentee.get(f"/v1/bookings/{old}").json["state"] == "expired"
    assert cast.mentee.get(f"/v1/bookings/{young}").json["state"] == "held"


def test_nobody_but_the_platform_runs_cron(cast: Cast) -> None:
    assert refusal(cast.stranger.get("/cron/bookings")) == (401, "unauthenticated")


@pytest.mark.parametrize("who", ["mentee", "mentor"])
def test_either_party_can_call_it_off_and_the_time_is_free(
    world: World, cast: Cast, who: str
) -> None:
    stall = open_stall(world, cast.mentor)
    booking_id = stall.book(cast.mentee).json["id"]
    canceller = {"mentee": cast.mentee, "mentor": cast.mentor}[who]
    answer = canceller.post(f"/v1/bookings/{booking_id}/cancel", {"reason": "Ill"})
    assert answer.status == 200
    for person in (cast.mentee, cast.mentor):
        found = person.get(f"/v1/bookings/{booking_id}").json
        assert (found["state"], found["cancelled_by"]) == ("cancelled", who)
        assert found["cancel_reason"] == "Ill"
    assert stall.book(cast.stranger).status == 201


def test_what_is_over_can_not_be_called_off(world: World, cast: Cast) -> None:
    stall = open_stall(world, cast.mentor)
    booking_id = stall.book(cast.mentee).json["id"]
    reason = {"reason": "Ill"}
    first = cast.mentee.post(f"/v1/bookings/{booking_id}/cancel", reason, key="cancel-once")
    again = cast.mentee.post(f"/v1/bookings/{booking_id}/cancel", reason, key="cancel-once")
    assert (first.status, first.json) == (again.status, again.json)
    other = cast.mentor.post(f"/v1/bookings/{booking_id}/cancel", reason)
    assert refusal(other) == (409, "booking_not_cancellable")
    assert cast.mentor.get(f"/v1/bookings/{booking_id}").json["cancelled_by"] == "mentee"


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "x" * 501}, {"reason": 1}])
def test_calling_it_off_takes_a_reason(world: World, cast: Cast, body: dict[str, object]) -> None:
    booking_id = open_stall(world, cast.mentor).book(cast.mentee).json["id"]
    answer = cast.mentee.post(f"/v1/bookings/{booking_id}/cancel", body)
    assert refusal(answer) == (422, "invalid")
    assert [error["pointer"] for error in answer.json["errors"]] == ["/reason"]


def test_bookings_come_in_pages_the_newest_first(world: World, cast: Cast) -> None:
    stall = open_stall(world, cast.mentor)
    made = [stall.book(cast.mentee, hours).json["id"] for hours in range(5)]
    for person, role in ((cast.mentee, "mentee"), (cast.mentor, "mentor")):
        first = person.get(f"/v1/bookings?role={role}&limit=3").json
        second = person.get(f"/v1/bookings?role={role}&limit=3&after={first['next']}").json
        assert [each["id"] for each in first["bookings"] + second["bookings"]] == made[::-1]
        assert second["next"] is None
    assert cast.mentee.get("/v1/bookings?role=mentor").json["bookings"] == []


@pytest.mark.parametrize("query", ["role=owner", "limit=0", "limit=101", "after=1", "state=held"])
def test_a_bad_list_is_refused(cast: Cast, query: str) -> None:
    assert refusal(cast.mentee.get(f"/v1/bookings?{query}")) == (422, "invalid")


def test_a_longer_offer_takes_all_of_its_time(world: World, cast: Cast) -> None:
    stall = open_stall(world, cast.mentor)
    long = Stall(cast.mentor, create_offer(cast.mentor, minutes=480), stall.tomorrow)
    assert long.book(cast.mentee).status == 201
    assert refusal(stall.book(cast.stranger, 7.75)) == (409, "slot_taken")
    assert stall.book(cast.stranger, 8).status == 201

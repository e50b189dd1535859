"""/v1/availability/limits: how many sessions a mentor gives."""

from collections.abc import Mapping
from datetime import timedelta

import pytest

from sandbox.world import World
from tests.cast import Cast
from tests.market import Stall, open_stall

NONE = {"day": None, "week": None, "month": None}
LIMITS = {"in_all": {"day": 2, "week": 8, "month": 20}, "for_one": {**NONE, "week": 1}}


@pytest.fixture
def stall(world: World, cast: Cast) -> Stall:
    """Ola's hours, by the days of UTC."""
    return open_stall(world, cast.mentor, time_zone="UTC")


def limit(stall: Stall, **wanted: object) -> None:
    assert stall.mentor.put("/v1/availability/limits", wanted).status == 200


def test_what_is_set_is_what_is_read_until_it_is_replaced(stall: Stall) -> None:
    path = "/v1/availability/limits"
    assert stall.mentor.get(path).json == {"in_all": NONE, "for_one": NONE}
    assert stall.mentor.put(path, LIMITS).json == LIMITS
    assert stall.mentor.put(path, LIMITS).json == LIMITS
    assert stall.mentor.get(path).json == LIMITS
    assert stall.mentor.put(path, {}).json == {"in_all": NONE, "for_one": NONE}


def test_one_who_is_no_mentor_has_none(cast: Cast) -> None:
    for answer in (
        cast.stranger.get("/v1/availability/limits"),
        cast.stranger.put("/v1/availability/limits", LIMITS),
    ):
        assert (answer.status, answer.json["code"]) == (403, "not_a_mentor")


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"in_all": {"day": 0}}, "/in_all/day"),
        ({"in_all": {"week": 101}}, "/in_all/week"),
        ({"for_one": {"month": "1"}}, "/for_one/month"),
        ({"for_one": {"year": 1}}, "/for_one/year"),
    ],
)
def test_bad_limits_say_where_and_change_nothing(
    stall: Stall, change: Mapping[str, object], pointer: str
) -> None:
    limit(stall, **LIMITS)
    answer = stall.mentor.put("/v1/availability/limits", change)
    assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, pointer)
    assert stall.mentor.get("/v1/availability/limits").json == LIMITS


def test_a_full_day_is_not_offered_and_can_not_be_booked(cast: Cast, stall: Stall) -> None:
    limit(stall, in_all={"day": 2})
    assert stall.book(cast.mentee, 0).status == 201
    assert stall.book(cast.stranger, 2).status == 201
    assert not stall.offers(stall.at(4))
    answer = stall.book(cast.mentee, 4)
    assert (answer.status, answer.json["code"]) == (409, "limit_reached")
    assert stall.offers(stall.at(12)), "the day after has room"
    assert stall.book(cast.mentee, 12).status == 201


def test_a_session_that_is_called_off_makes_room(cast: Cast, stall: Stall) -> None:
    limit(stall, in_all={"day": 1})
    booked = stall.book(cast.mentee, 0).json["id"]
    assert stall.book(cast.stranger, 2).json["code"] == "limit_reached"
    cast.mentee.post(f"/v1/bookings/{booked}/cancel", {"reason": "Ill"})
    assert stall.offers(stall.at(2))
    assert stall.book(cast.stranger, 2).status == 201


def test_a_hold_that_has_run_out_counts_no_more(world: World, cast: Cast, stall: Stall) -> None:
    limit(stall, in_all={"day": 1})
    assert stall.book(cast.mentee, 0).status == 201
    world.clock.advance(timedelta(minutes=11))
    assert stall.offers(stall.at(4))
    assert stall.book(cast.stranger, 4).status == 201


def test_the_limit_for_one_mentee_leaves_room_for_others(cast: Cast, stall: Stall) -> None:
    limit(stall, for_one={"day": 1})
    assert stall.book(cast.mentee, 0).status == 201
    assert stall.book(cast.mentee, 2).json["code"] == "limit_reached"
    assert stall.offers(stall.at(2)), "slots are the same for everybody"
    assert stall.book(cast.stranger, 2).status == 201

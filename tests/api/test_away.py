"""/v1/availability/away: when a mentor is away, and where."""

from collections.abc import Mapping
from datetime import timedelta

import pytest

from sandbox.world import World
from tests.cast import Cast
from tests.market import ALWAYS, Stall, open_stall

AWAY = {
    "absences": [
        {"first_date": "2027-07-01", "last_date": "2027-07-31", "note": "Summer"},
        {"first_date": "2027-12-24", "last_date": "2027-12-24", "note": None},
    ],
    "journeys": [
        {"first_date": "2027-02-01", "last_date": "2027-02-05", "time_zone": "Asia/Kathmandu"}
    ],
}
NOWHERE: dict[str, object] = {"absences": [], "journeys": []}


@pytest.fixture
def stall(world: World, cast: Cast) -> Stall:
    return open_stall(world, cast.mentor)


def stay(first: str, last: str, **more: object) -> dict[str, object]:
    return {"first_date": first, "last_date": last, **more}


def test_what_is_set_is_what_is_read_until_it_is_replaced(stall: Stall) -> None:
    assert stall.mentor.get("/v1/availability/away").json == NOWHERE
    assert stall.mentor.put("/v1/availability/away", AWAY).json == AWAY
    assert stall.mentor.put("/v1/availability/away", AWAY).json == AWAY
    assert stall.mentor.get("/v1/availability/away").json == AWAY
    assert stall.mentor.put("/v1/availability/away", {}).json == NOWHERE


def test_one_who_is_no_mentor_has_none(cast: Cast) -> None:
    for answer in (
        cast.stranger.get("/v1/availability/away"),
        cast.stranger.put("/v1/availability/away", AWAY),
    ):
        assert (answer.status, answer.json["code"]) == (403, "not_a_mentor")


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"absences": [stay("2027-07-02", "2027-07-01")]}, "/absences/0"),
        ({"absences": [stay("2027-07-01", "2028-07-02")]}, "/absences/0"),
        ({"absences": [stay("2027-07-01", "2027-07-01", note="x" * 201)]}, "/absences/0/note"),
        (
            {"absences": [stay("2027-07-01", "2027-07-03"), stay("2027-07-03", "2027-07-04")]},
            "/absences/1",
        ),
        ({"journeys": [stay("2027-07-01", "2027-07-01", time_zone="X")]}, "/journeys/0/time_zone"),
        (
            {
                "journeys": [
                    stay("2027-07-03", "2027-07-04", time_zone="Europe/Oslo"),
                    stay("2027-07-01", "2027-07-03", time_zone="Europe/Oslo"),
                ]
            },
            "/journeys/0",
        ),
    ],
)
def test_bad_dates_say_where_and_change_nothing(
    stall: Stall, change: Mapping[str, object], pointer: str
) -> None:
    stall.mentor.put("/v1/availability/away", AWAY)
    answer = stall.mentor.put("/v1/availability/away", {**AWAY, **change})
    assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, pointer)
    assert stall.mentor.get("/v1/availability/away").json == AWAY


def test_nobody_is_offered_or_sold_a_day_on_which_the_mentor_is_away(
    cast: Cast, stall: Stall
) -> None:
    day = stall.tomorrow.date().isoformat()
    assert stall.offers(stall.at(0))
    stall.mentor.put("/v1/availability/away", {"absences": [stay(day, day, note="Dentist")]})
    assert not stall.offers(stall.at(0))
    answer = stall.book(cast.mentee)
    assert (answer.status, answer.json["code"]) == (409, "slot_not_offered")
    assert "Dentist" not in str(stall.book(cast.mentee).json)
    assert stall.offers(stall.at(12)), "the day after is open"


def test_on_a_journey_the_hours_are_offered_by_the_clock_there(stall: Stall) -> None:
    hours = [{"weekday": day, "starts": "18:00", "ends": "19:00"} for day in range(1, 8)]
    stall.mentor.put("/v1/availability", {**ALWAYS, "rules": hours})
    first, last = stall.tomorrow.date(), stall.tomorrow.date() + timedelta(days=2)
    there = stay(first.isoformat(), last.isoformat(), time_zone="Asia/Kathmandu")
    stall.mentor.put("/v1/availability/away", {"journeys": [there]})
    # 18:00 in Kathmandu is 12:15 UTC.
    assert stall.offers(stall.at(0.25))
    assert len(stall.slots()) == 1

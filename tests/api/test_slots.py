"""/v1/offers/{offer_id}/slots: when an offer can be booked."""

from datetime import date, datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest

from sandbox.app import App
from sandbox.world import World
from tests.cast import Cast
from tests.market import Stall, become_mentor, create_offer, open_stall

OSLO = ZoneInfo("Europe/Oslo")


def ask(person: App, offer_id: str, begin: object, end: object) -> list[datetime]:
    """Return when slots begin, in UTC."""
    answer = person.get(f"/v1/offers/{offer_id}/slots?{urlencode({'from': begin, 'to': end})}")
    assert answer.status == 200, answer.json
    return [datetime.fromisoformat(slot["starts_at"]) for slot in answer.json["slots"]]


def next_change(today: date) -> date:
    """Return the next date on which the clocks of Oslo change."""
    day = today + timedelta(days=1)
    while midnight_offset(day) == midnight_offset(day + timedelta(days=1)):
        day += timedelta(days=1)
    return day


def midnight_offset(day: date) -> timedelta | None:
    return datetime(day.year, day.month, day.day, tzinfo=OSLO).utcoffset()


def test_anyone_sees_slots_with_their_end_and_the_mentors_zone(world: World, cast: Cast) -> None:
    stall = open_stall(world, cast.mentor, minutes=45)
    query = urlencode({"from": stall.at(0), "to": stall.at(1)})
    answer = cast.stranger.get(f"/v1/offers/{stall.offer_id}/slots?{query}").json
    assert answer["time_zone"] == "Europe/Oslo"
    starts = [stall.tomorrow + timedelta(minutes=minutes) for minutes in (0, 15, 30, 45)]
    assert [
        (datetime.fromisoformat(slot["starts_at"]), datetime.fromisoformat(slot["ends_at"]))
        for slot in answer["slots"]
    ] == [(start, start + timedelta(minutes=45)) for start in starts]


def test_dates_are_the_mentors_days_and_the_last_one_counts(world: World, cast: Cast) -> None:
    stall = open_stall(world, cast.mentor, time_zone="Asia/Kathmandu")
    kathmandu = ZoneInfo("Asia/Kathmandu")
    day = (world.clock.now().astimezone(kathmandu) + timedelta(days=3)).date()
    slots = ask(cast.stranger, stall.offer_id, day, day + timedelta(days=1))
    assert len(slots) == 2 * 96
    assert slots[0] == datetime(day.year, day.month, day.day, tzinfo=kathmandu)


def test_the_day_on_which_the_clocks_change_has_its_own_number_of_hours(
    world: World, cast: Cast
) -> None:
    stall = open_stall(world, cast.mentor, window_days=365)
    day = next_change(world.clock.now().astimezone(OSLO).date())
    hours = 23 if day.month == 3 else 25
    assert len(ask(cast.stranger, stall.offer_id, day, day)) == hours * 4
    for other in (day - timedelta(days=1), day + timedelta(days=1)):
        assert len(ask(cast.stranger, stall.offer_id, other, other)) == 96


def test_two_rules_that_meet_at_midnight_are_one_window(world: World, cast: Cast) -> None:
    rules = [
        rule
        for weekday in range(1, 8)
        for rule in (
            {"weekday": weekday, "starts": "23:30", "ends": "24:00"},
            {"weekday": weekday, "starts": "00:00", "ends": "00:30"},
        )
    ]
    stall = open_stall(world, cast.mentor, rules=rules)
    day = (world.clock.now().astimezone(OSLO) + timedelta(days=3)).date()
    (slot,) = ask(cast.stranger, stall.offer_id, day, day)
    assert slot.astimezone(OSLO).time().isoformat() == "23:30:00"


def test_exceptions_close_and_open(world: World, cast: Cast) -> None:
    day = (world.clock.now().astimezone(OSLO) + timedelta(days=3)).date()
    other = day + timedelta(days=1)
    stall = open_stall(
        world,
        cast.mentor,
        rules=[{"weekday": day.isoweekday(), "starts": "09:00", "ends": "11:00"}],
        exceptions=[
            {"date": str(day), "starts": "09:00", "ends": "10:00", "is_open": False},
            {"date": str(other), "starts": "20:00", "ends": "21:00", "is_open": True},
        ],
    )
    slots = ask(cast.stranger, stall.offer_id, day, other)
    assert [slot.astimezone(OSLO).strftime("%d %H:%M") for slot in slots] == [
        f"{day:%d} 10:00",
        f"{other:%d} 20:00",
    ]


def test_notice_and_window_bound_what_is_offered(world: World, cast: Cast) -> None:
    stall = open_stall(world, cast.mentor, notice_minutes=180, window_days=2)
    now = world.clock.now()
    slots = ask(cast.stranger, stall.offer_id, now, now + timedelta(days=20))
    assert timedelta(0) <= slots[0] - (now + timedelta(minutes=180)) < timedelta(minutes=16)
    assert slots[-1].astimezone(OSLO).date() == now.astimezone(OSLO).date() + timedelta(days=2)


def test_what_is_booked_is_not_offered_nor_are_its_buffers(world: World, cast: Cast) -> None:
    stall = open_stall(world, cast.mentor, buffer_before_minutes=15, buffer_after_minutes=30)
    assert stall.book(cast.mentee, 4).status == 201
    gone = {minutes for minutes in range(0, 600, 15) if not stall.offers(stall.at(minutes / 60))}
    # Sessions that would touch 15:45 to 17:30 with their own buffers: an hour and three quarters
    # before it and a quarter of an hour after it.
    assert gone == set(range(4 * 60 - 15 - 90 + 15, 4 * 60 + 60 + 30 + 15, 15))


def test_what_is_taken_just_beyond_the_span_that_is_asked_for_counts(
    world: World, cast: Cast
) -> None:
    stall = open_stall(world, cast.mentor, buffer_before_minutes=30, buffer_after_minutes=15)
    assert stall.book(cast.mentee, 4).status == 201

    def offered(hours: float) -> bool:
        return bool(ask(cast.stranger, stall.offer_id, stall.at(hours), stall.at(hours + 0.25)))

    # The session takes 3.5 to 5.25: an hour and its buffers must end before, or begin after.
    assert [offered(hours) for hours in (2.25, 2.5, 3.25)] == [True, False, False]
    assert [offered(hours) for hours in (5, 5.5, 5.75)] == [False, False, True]


def test_the_mentors_other_offers_share_the_calendar(world: World, cast: Cast) -> None:
    stall = open_stall(world, cast.mentor)
    other = Stall(cast.mentor, create_offer(cast.mentor, minutes=15), stall.tomorrow)
    stall.book(cast.mentee, 2)
    assert not other.offers(other.at(2.75))
    assert other.offers(other.at(3))


def test_a_hold_that_has_run_out_is_offered_again_before_cron_has_come(
    world: World, cast: Cast
) -> None:
    stall = open_stall(world, cast.mentor)
    stall.book(cast.mentee)
    assert not stall.offers(stall.at(0))
    world.clock.advance(timedelta(minutes=11))
    assert stall.offers(stall.at(0))


def test_a_mentor_who_pauses_or_has_no_hours_offers_nothing(world: World, cast: Cast) -> None:
    stall = open_stall(world, cast.mentor)
    assert stall.slots()
    cast.mentor.patch("/v1/mentors/me", {"state": "paused"})
    assert stall.slots() == []
    become_mentor(cast.stranger)
    assert Stall(cast.stranger, create_offer(cast.stranger), stall.tomorrow).slots() == []


def test_an_offer_that_is_withdrawn_or_unknown_is_not_found(world: World, cast: Cast) -> None:
    stall = open_stall(world, cast.mentor)
    cast.mentor.delete(f"/v1/offers/{stall.offer_id}")
    for offer_id in (stall.offer_id, "ofr_nothing", "x" * 64):
        answer = cast.stranger.get(f"/v1/offers/{offer_id}/slots?from=2027-01-01&to=2027-01-02")
        assert (answer.status, answer.json["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("to=2027-01-02", "/from"),
        ("from=2027-01-02", "/to"),
        ("from=2027-01-02&to=2027-01-01", "/to"),
        ("from=2027-01-01&to=2027-02-01", "/to"),
        ("from=2027-01-01T10:00:00Z&to=2027-01-01T10:00:00Z", "/to"),
        ("from=2027-01-01T10:00:00Z&to=2027-02-02T10:00:00Z", "/to"),
        ("from=now&to=2027-01-01", "/from"),
        ("from=2027-13-01&to=2027-01-01", "/from"),
        ("from=0001-01-01&to=0001-01-02", "/from"),
        ("from=9999-12-31&to=9999-12-31", "/from"),
        ("from=2027-01-01T10:00:00&to=2027-01-02", "/from"),
        ("from=2027-01-01&to=2027-01-02&minutes=60", "/minutes"),
        ("from=2027-01-01%2010:00%2B01:00&to=%C3%A5", "/to"),
    ],
)
def test_a_bad_span_is_refused(world: World, cast: Cast, query: str, pointer: str) -> None:
    stall = open_stall(world, cast.mentor)
    answer = cast.stranger.get(f"/v1/offers/{stall.offer_id}/slots?{query}")
    assert (answer.status, answer.json["code"]) == (422, "invalid"), answer.json
    assert pointer in {"/" + error["pointer"].split("/")[1] for error in answer.json["errors"]}, (
        answer.json
    )


def test_a_month_of_31_days_can_be_asked_for_at_once(world: World, cast: Cast) -> None:
    stall = open_stall(world, cast.mentor, window_days=365)
    october = world.clock.now().astimezone(OSLO).year + 1
    assert ask(cast.stranger, stall.offer_id, f"{october}-10-01", f"{october}-10-31")


def test_who_looks_sees_the_slots_of_their_own_day_by_their_own_clock(
    world: World, cast: Cast
) -> None:
    stall = open_stall(world, cast.mentor)
    day = stall.tomorrow.date() + timedelta(days=3)
    query = {"from": day, "to": day, "time_zone": "Asia/Kathmandu"}
    found = cast.stranger.get(f"/v1/offers/{stall.offer_id}/slots?{urlencode(query)}").json
    assert (found["time_zone"], found["local_time_zone"]) == ("Europe/Oslo", "Asia/Kathmandu")
    first, last = found["slots"][0], found["slots"][-1]
    assert first["local_starts_at"] == f"{day}T00:00:00+05:45"
    assert last["local_starts_at"] == f"{day}T23:45:00+05:45"
    for slot in (first, last):
        for end in ("starts_at", "ends_at"):
            local = datetime.fromisoformat(slot[f"local_{end}"])
            assert local == datetime.fromisoformat(slot[end])


def test_slots_in_a_zone_that_is_none_are_refused(world: World, cast: Cast) -> None:
    stall = open_stall(world, cast.mentor)
    query = {"from": "2027-01-01", "to": "2027-01-02", "time_zone": "Mars/Olympus"}
    answer = cast.stranger.get(f"/v1/offers/{stall.offer_id}/slots?{urlencode(query)}")
    assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, "/time_zone")

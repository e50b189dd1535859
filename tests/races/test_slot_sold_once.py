"""Many at once, over HTTP, on the real database: a quarter hour of anybody's time is sold once."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise
from threading import Barrier

import pytest

from lib.core.db import transact
from sandbox.app import Answer
from sandbox.world import World
from tests.cast import Cast
from tests.market import Stall, create_offer, open_stall

CLIENTS = 50


def at_once(calls: list[Callable[[], Answer]]) -> list[Answer]:
    """Make all calls at the same moment, each on a thread of its own."""
    barrier = Barrier(len(calls))

    def run(call: Callable[[], Answer]) -> Answer:
        barrier.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def outcomes(answers: list[Answer]) -> Counter[tuple[int, str]]:
    """Count the answers by status and problem code."""
    return Counter((answer.status, answer.json.get("code", "")) for answer in answers)


def check_calendar() -> None:
    """Every open booking has all of its own time, and no quarter hour of a person has two owners.

    Looked up from the bookings, so that it would also be seen in a calendar without its key.
    """
    bookings = transact(
        lambda db: db.rows(
            "SELECT id, mentor_id, mentee_id, starts_at, ends_at FROM booking"
            " WHERE state IN ('requested', 'held', 'awaiting_payment', 'confirmed')"
        )
    )
    atoms = transact(
        lambda db: db.rows("SELECT person_id, quarter_hour, booking_id FROM calendar_atom")
    )
    owned = {(atom["person_id"], atom["quarter_hour"], atom["booking_id"]) for atom in atoms}
    for booking in bookings:
        first = int(booking["starts_at"].timestamp()) // 900
        for quarter in range(first, int(booking["ends_at"].timestamp()) // 900):
            for person in (booking["mentor_id"], booking["mentee_id"]):
                assert (person, quarter, booking["id"]) in owned
    assert {atom["booking_id"] for atom in atoms} == {booking["id"] for booking in bookings}
    assert len({(person, quarter) for person, quarter, _ in owned}) == len(atoms)


@pytest.mark.parametrize("attempt", range(3))
def test_of_fifty_who_book_one_slot_exactly_one_gets_it(
    world: World, cast: Cast, attempt: int
) -> None:
    stall = open_stall(world, cast.mentor)
    crowd = cast.crowd(CLIENTS)
    answers = at_once([lambda mentee=mentee: stall.book(mentee, attempt) for mentee in crowd])  # type: ignore[misc]
    assert outcomes(answers) == {(201, ""): 1, (409, "slot_taken"): CLIENTS - 1}
    check_calendar()


def test_of_many_who_book_different_hours_of_a_day_as_many_succeed_as_its_limit_says(
    world: World, cast: Cast
) -> None:
    stall = open_stall(world, cast.mentor, time_zone="UTC")
    assert stall.mentor.put("/v1/availability/limits", {"in_all": {"day": 3}}).status == 200
    crowd = cast.crowd(11)

    def book(hour: int) -> Callable[[], Answer]:
        return lambda: stall.book(crowd[hour], hour)

    answers = at_once([book(hour) for hour in range(len(crowd))])
    assert outcomes(answers) == {(201, ""): 3, (409, "limit_reached"): 8}
    check_calendar()


def test_of_many_who_book_overlapping_times_no_two_overlap(world: World, cast: Cast) -> None:
    stall = open_stall(world, cast.mentor, buffer_before_minutes=15, buffer_after_minutes=15)
    crowd = cast.crowd(CLIENTS)
    hours = [index % 25 / 4 for index in range(CLIENTS)]
    answers = at_once(
        [
            lambda mentee=mentee, start=start: stall.book(mentee, start)  # type: ignore[misc]
            for mentee, start in zip(crowd, hours, strict=True)
        ]
    )
    assert set(outcomes(answers)) == {(201, ""), (409, "slot_taken")}
    won = sorted(
        start for start, answer in zip(hours, answers, strict=True) if answer.status == 201
    )
    # An hour, with a quarter hour on either side that is nobody else's.
    assert all(later - earlier >= 1.5 for earlier, later in pairwise(won))
    # Nothing is lost either: whatever is still free is less than a session and its buffers.
    assert max(later - earlier for earlier, later in pairwise(won)) < 3
    check_calendar()


def test_pairs_that_overlap_by_a_quarter_hour_have_one_winner_each(
    world: World, cast: Cast
) -> None:
    stall = open_stall(world, cast.mentor)
    pairs = 12
    crowd = cast.crowd(2 * pairs)
    starts = [pair * 2 + late for pair in range(pairs) for late in (0, 0.75)]
    answers = at_once(
        [
            lambda mentee=mentee, start=start: stall.book(mentee, start)  # type: ignore[misc]
            for mentee, start in zip(crowd, starts, strict=True)
        ]
    )
    for pair in range(pairs):
        statuses = [answer.status for answer in answers[2 * pair : 2 * pair + 2]]
        assert sorted(statuses) == [201, 409], pair
    check_calendar()


def test_one_mentee_is_not_booked_in_two_places_at_once(world: World, cast: Cast) -> None:
    sellers = cast.crowd(10)
    stalls = [open_stall(world, seller) for seller in sellers]
    mentee = cast.mentee
    answers = at_once([lambda stall=stall: stall.book(mentee) for stall in stalls])  # type: ignore[misc]
    assert outcomes(answers) == {(201, ""): 1, (409, "slot_taken"): 9}
    check_calendar()


def test_two_mentors_who_book_each_other_at_once_do_not_lock_each_other_out(
    world: World, cast: Cast
) -> None:
    here, there = open_stall(world, cast.mentor), open_stall(world, cast.stranger)
    for hours in range(8):
        answers = at_once(
            [
                lambda hours=hours: here.book(cast.stranger, hours),  # type: ignore[misc]
                lambda hours=hours: there.book(cast.mentor, hours),  # type: ignore[misc]
            ]
        )
        assert outcomes(answers) == {(201, ""): 1, (409, "slot_taken"): 1}
        check_calendar()
        # Nobody may have many unpaid ones: whoever won gives it back.
        won = next(answer.json for answer in answers if answer.status == 201)
        winner = cast.stranger if won["mentee_id"] == cast.stranger.person_id else cast.mentor
        assert winner.post(f"/v1/bookings/{won['id']}/cancel", {"reason": "-"}).status == 200


def test_a_call_that_is_sent_twice_at_once_books_once(world: World, cast: Cast) -> None:
    stall = open_stall(world, cast.mentor)
    mentee = cast.mentee
    answers = at_once([lambda: stall.book(mentee, 0, "sent-more-than-once")] * 10)
    assert {answer.status for answer in answers} == {201}
    assert len({answer.json["id"] for answer in answers}) == 1
    check_calendar()


def test_a_hold_that_has_run_out_goes_to_one_of_many_while_cron_releases_it(
    world: World, cast: Cast
) -> None:
    stall = open_stall(world, cast.mentor)
    other = Stall(cast.mentor, create_offer(cast.mentor, minutes=120), stall.tomorrow)
    assert other.book(cast.mentee).status == 201
    world.clock.advance(timedelta(minutes=11))
    crowd = cast.crowd(20)
    with ThreadPoolExecutor(1) as platform:
        cron = platform.submit(world.run_cron, "/cron/bookings")
        answers = at_once(
            [
                lambda mentee=mentee, late=index % 2: stall.book(mentee, late)  # type: ignore[misc]
                for index, mentee in enumerate(crowd)
            ]
        )
    assert cron.result()[0] == 200
    assert outcomes(answers) == {(201, ""): 2, (409, "slot_taken"): 18}
    check_calendar()


def test_booking_and_calling_off_at_once_leaves_a_calendar_that_adds_up(
    world: World, cast: Cast
) -> None:
    stall = open_stall(world, cast.mentor)
    crowd = cast.crowd(20)
    reason = {"reason": "Another time"}
    for _ in range(5):
        held = stall.book(cast.mentee).json["id"]
        calls: list[Callable[[], Answer]] = [
            lambda mentee=mentee: stall.book(mentee)  # type: ignore[misc]
            for mentee in crowd
        ]
        calls += [
            lambda held=held: cast.mentee.post(f"/v1/bookings/{held}/cancel", reason),  # type: ignore[misc]
            lambda held=held: cast.mentor.post(f"/v1/bookings/{held}/cancel", reason),  # type: ignore[misc]
        ]
        answers = at_once(calls)
        booked = [answer for answer in answers[:-2] if answer.status == 201]
        assert len(booked) <= 1
        assert {answer.status for answer in answers} <= {200, 201, 409}
        assert sorted(answer.status for answer in answers[-2:]) == [200, 409]
        check_calendar()
        if booked:
            cast.mentor.post(f"/v1/bookings/{booked[0].json['id']}/cancel", reason)

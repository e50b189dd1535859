"""What changes a booking, two kinds at once, by many, over HTTP and on the real database.

Whatever comes first: no quarter hour has two owners, every open booking has all of its time, every
answer is one that the call promises, and once all is called off nobody's time is taken.
"""

from collections import Counter
from collections.abc import Callable
from itertools import combinations_with_replacement

import pytest

from lib.core.db import transact
from sandbox.app import Answer, App
from sandbox.world import World
from tests.cast import Cast
from tests.market import Stall, open_stall
from tests.races.test_slot_sold_once import at_once, check_calendar

BOOKINGS = 6
CLIENTS = 36
# Bookings are an hour, with a quarter hour around it, every two hours: room is after the last.
STARTS = [index / 2 for index in range(31)]
REFUSED = {
    "booking_not_cancellable",
    "booking_not_movable",
    "not_found",
    "request_not_open",
    "slot_taken",
    "too_many_moves",
    "too_many_unpaid",
}
DOING = ("book", "approve", "decline", "move", "cancel")

type Act = Callable[[], Answer]


def act(name: str, stall: Stall, mentee: App, booking_id: str, hours: float) -> Act:
    """Return a call of one kind."""
    path = f"/v1/bookings/{booking_id}"
    wanted = {"starts_at": stall.at(hours)}
    return {
        "book": lambda: stall.book(mentee, hours),
        "approve": lambda: stall.mentor.post(f"{path}/approve"),
        "decline": lambda: stall.mentor.post(f"{path}/decline", {"reason": "Away"}),
        "move": lambda: mentee.post(f"{path}/move", wanted),
        "cancel": lambda: mentee.post(f"{path}/cancel", {"reason": "Ill"}),
    }[name]


def one_of(
    pairing: tuple[str, str], at: int, stall: Stall, owners: list[App], other: App, had: list[str]
) -> Act:
    """Return what a client does: both kinds of a pairing meet at each booking, three times."""
    name, which = pairing[at % 2], at // 2 % BOOKINGS
    caller = other if name == "book" else owners[which]
    return act(name, stall, caller, had[which], STARTS[at * 7 % len(STARTS)])


@pytest.mark.parametrize("pairing", list(combinations_with_replacement(DOING, 2)), ids="_and_".join)
def test_whatever_is_done_at_once_nobody_has_anothers_time_and_none_is_lost(
    world: World, cast: Cast, pairing: tuple[str, str]
) -> None:
    stall = open_stall(
        world, cast.mentor, needs_approval=True, buffer_before_minutes=15, buffer_after_minutes=15
    )
    owners, others = cast.crowd(BOOKINGS), cast.crowd(CLIENTS)
    had = [str(stall.book(owner, at * 2).json["id"]) for at, owner in enumerate(owners)]
    answers = at_once(
        [one_of(pairing, at, stall, owners, others[at], had) for at in range(CLIENTS)]
    )
    for answer in answers:
        assert answer.status in {200, 201} or answer.json["code"] in REFUSED, answer.json
    check_calendar()
    # An hour of both, half an hour of buffers, and nothing of a time that was left.
    taken = transact(lambda db: db.rows("SELECT booking_id FROM calendar_atom"))
    assert set(Counter(atom["booking_id"] for atom in taken).values()) <= {4 + 4 + 2}
    call_all_off(cast)
    assert transact(lambda db: db.rows("SELECT booking_id FROM calendar_atom")) == []


def call_all_off(cast: Cast) -> None:
    """Have the mentor call off whatever is open."""
    for booking in cast.mentor.get("/v1/bookings?role=mentor&limit=100").json["bookings"]:
        if booking["state"] in {"requested", "held"}:
            path = f"/v1/bookings/{booking['id']}/cancel"
            assert cast.mentor.post(path, {"reason": "Ill"}).status == 200

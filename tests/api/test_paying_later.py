"""A session further ahead than a card's guarantee lasts is paid for when its time comes."""

from datetime import datetime, timedelta

import pytest

from lib.accounts.rules import TERMS_VERSION
from sandbox.app import App
from sandbox.world import World
from tests.cast import Cast
from tests.market import Stall, open_stall

_DAY = 24


@pytest.fixture
def stall(world: World, cast: Cast) -> Stall:
    """Ola's hours."""
    return open_stall(world, cast.mentor)


def _pay(mentee: App, booking_id: str) -> tuple[int, str]:
    answer = mentee.post(
        "/v1/purchases", {"booking_id": booking_id, "terms": TERMS_VERSION, "early_start": True}
    )
    return answer.status, answer.json.get("code", answer.json.get("state"))


def test_it_is_kept_unpaid_until_it_can_be_paid_for(stall: Stall, cast: Cast, world: World) -> None:
    kari = cast.crowd(1)[0]
    booking = stall.book(kari, 20 * _DAY).json
    pay_from = datetime.fromisoformat(booking["pay_from"])
    assert pay_from == datetime.fromisoformat(booking["starts_at"]) - timedelta(days=6)
    assert _pay(kari, booking["id"]) == (409, "payment_not_open")

    world.clock.set_to(pay_from + timedelta(hours=1))
    world.run_cron("/cron/bookings")
    kari = cast.app().sign_in("kari")
    other = stall.book(kari, 20 * _DAY)

    assert (other.status, other.json["code"]) == (409, "slot_taken")


def test_unpaid_a_day_after_it_could_be_paid_for_it_is_free_again(
    stall: Stall, cast: Cast, world: World
) -> None:
    booking = stall.book(cast.crowd(1)[0], 20 * _DAY).json

    world.clock.set_to(datetime.fromisoformat(booking["pay_from"]) + timedelta(days=1, minutes=1))
    world.run_cron("/cron/bookings")

    assert stall.book(cast.mentee, 20 * _DAY).status == 201


def test_once_it_can_be_paid_for_it_is(stall: Stall, cast: Cast, world: World) -> None:
    booking = stall.book(cast.mentee, 20 * _DAY).json

    world.clock.set_to(datetime.fromisoformat(booking["pay_from"]) + timedelta(minutes=1))
    cast.mentee.refresh()

    assert _pay(cast.mentee, booking["id"]) == (201, "created")


def test_nobody_keeps_a_calendar_shut_for_nothing(stall: Stall, cast: Cast) -> None:
    kari = cast.mentee
    taken = [stall.book(kari, 2 * place) for place in range(6)]

    assert [answer.status for answer in taken] == [201] * 5 + [409]
    assert taken[5].json["code"] == "too_many_unpaid"
    kari.post(f"/v1/bookings/{taken[0].json['id']}/cancel", {"reason": "Rakk det ikke"})
    assert stall.book(kari, 10).status == 201

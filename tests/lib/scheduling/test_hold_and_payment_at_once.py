"""A hold runs out for one transaction while another, which began in time, begins to pay for it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event
from time import sleep

import pytest

from lib.core.db import Db, transact
from lib.scheduling import booking, service
from lib.scheduling.schemas import BookSlot, SlotTakenError
from tests.lib.scheduling.conftest import Deal, person

MINUTE = timedelta(minutes=1)


def test_a_payment_that_began_in_time_keeps_the_slot_from_the_next_in_line(deal: Deal) -> None:
    is_locked = Event()
    rival, starts_at = person("Per", deal.now), deal.booking().starts_at
    in_time, late = deal.now + 9 * MINUTE, deal.now + 11 * MINUTE

    def pay(db: Db) -> None:
        service.payable(db, deal.booking_id, deal.mentee_id, in_time)
        is_locked.set()
        sleep(0.5)  # the rival has found the hold, run out, and waits for its row
        service.await_payment(db, deal.booking_id, late + 10 * MINUTE, in_time)

    def book(db: Db) -> None:
        wanted = BookSlot(offer_id=deal.offer_id, starts_at=starts_at)
        booking.book(db, wanted, mentee_id=rival, now=late)

    with ThreadPoolExecutor(1) as other:
        paying = other.submit(transact, pay)
        assert is_locked.wait(5)
        with pytest.raises(SlotTakenError):
            transact(book)
        paying.result()
    assert deal.booking().state == "awaiting_payment"
    assert deal.atoms() == 5 + 4

"""A mentor, a mentee and a booking of theirs, below the HTTP layer."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from lib.accounts import repository as accounts
from lib.core import ids
from lib.core.db import Db, transact
from lib.mentors import offers
from lib.mentors import service as mentors
from lib.mentors.schemas import ApplyAsMentor, CreateOffer
from lib.scheduling import booking, schedules, service
from lib.scheduling.repository import Booking
from lib.scheduling.schemas import BookSlot, SetAvailability
from sandbox.world import World
from tests.market import ALWAYS, APPLICATION, OFFER


@dataclass(frozen=True)
class Deal:
    """A mentee who holds tomorrow's noon of a mentor; `now` is when they took it."""

    mentor_id: str
    mentee_id: str
    offer_id: str
    booking_id: str
    now: datetime

    def run[T](self, work: Callable[[Db], T]) -> T:
        """Do it in a transaction of its own."""
        return transact(work)

    def booking(self) -> Booking:
        """Return the booking as it is."""
        found = transact(lambda db: service.find(db, self.booking_id))
        assert found
        return found

    def atoms(self) -> int:
        """Return how many quarter hours of calendars are taken, of both together."""
        return len(transact(lambda db: db.rows("SELECT person_id FROM calendar_atom")))


def person(given_name: str, now: datetime) -> str:
    """Write an account; return its id."""
    person_id = ids.new("per")
    values: dict[str, object] = {
        "id": person_id,
        "given_name": given_name,
        "family_name": "Nordmann",
        "email": f"{given_name.lower()}@example.com",
        "email_verified": True,
        "phone": "4790000000",
        "phone_verified": True,
        "language": "nb",
        "time_zone": "Europe/Oslo",
        "now": now,
    }
    transact(lambda db: accounts.insert_person(db, values))
    return person_id


@pytest.fixture
def deal(world: World) -> Deal:
    """A booking that is held."""
    now = world.clock.now()
    mentor_id, mentee_id = person("Kari", now), person("Ola", now)
    noon = now.replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=1)

    def work(db: Db) -> tuple[str, str]:
        mentors.apply(db, ApplyAsMentor.model_validate(APPLICATION), person_id=mentor_id, now=now)
        availability = SetAvailability.model_validate({**ALWAYS, "buffer_after_minutes": 15})
        schedules.replace(db, availability, mentor_id=mentor_id, now=now)
        offer = offers.create(db, CreateOffer.model_validate(OFFER), mentor_id=mentor_id, now=now)
        wanted = BookSlot(offer_id=offer.id, starts_at=noon)
        return offer.id, booking.book(db, wanted, mentee_id=mentee_id, now=now).id

    offer_id, booking_id = transact(work)
    return Deal(mentor_id, mentee_id, offer_id, booking_id, now)

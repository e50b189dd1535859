"""Sessions in a calendar of one's own: each as a file, all of them at a secret address.

Shown is what the person sees in the app: of the other party the public name, of the room nothing,
since the app lets them in.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from lib.accounts import service as accounts
from lib.calendars import repository, rules
from lib.calendars.schemas import CalendarFeed, CalendarFeedState, Event, FeedMade, Sheet
from lib.consent import service as consent
from lib.core import config, ids
from lib.core.db import Db
from lib.core.errors import NotFoundError
from lib.mentors import service as mentors
from lib.scheduling import rules as scheduling


def of_booking(db: Db, booking_id: str, *, person_id: str) -> Sheet:
    """Return a calendar with one session, for a party to it; raises NotFoundError to others."""
    found = repository.booking_of(db, booking_id=booking_id, person_id=person_id)
    if found is None:
        raise NotFoundError
    (event,) = _events(db, [found], person_id)
    return _sheet(db, [event], rules.method(event.status), person_id=person_id, name=booking_id)


def make_feed(db: Db, *, person_id: str, now: datetime) -> FeedMade:
    """Make an address for the person's sessions; one that they had is over."""
    accounts.lock_account(db, person_id=person_id)
    feed_id = ids.new("cal")
    repository.delete_feed(db, person_id=person_id)
    token_hash = _hashed(rules.token(feed_id, _key()))
    repository.insert_feed(db, person_id=person_id, token_hash=token_hash, now=now)
    return FeedMade(feed_id=feed_id, created_at=now)


def addressed(made: FeedMade, now: datetime) -> CalendarFeed:
    """Return the address of a feed that was made; its secret is in no row."""
    del now
    token = rules.token(made.feed_id, _key())
    address = f"{config.public_url()}/v1/calendar/{token}.ics"
    return CalendarFeed(address=address, created_at=made.created_at)


def feed_state(db: Db, *, person_id: str) -> CalendarFeedState:
    """Return since when the person's address has been good."""
    found = repository.feed_of(db, person_id=person_id)
    return CalendarFeedState(created_at=found.created_at if found else None)


def end_feed(db: Db, *, person_id: str) -> None:
    """End the person's address, if they have one."""
    repository.delete_feed(db, person_id=person_id)


def end_feed_of(db: Db, person_id: str, now: datetime) -> None:
    """End the address of somebody who leaves."""
    del now
    repository.delete_feed(db, person_id=person_id)


def is_feed_ended(db: Db, person_id: str, now: datetime) -> bool:
    """Return whether nothing is shown of the person at any address, as it stands now."""
    del now
    return repository.lock_feed_of(db, person_id=person_id) is None


def read_feed(db: Db, token: str, *, now: datetime) -> Sheet:
    """Return what is at an address: confirmed sessions, those called off since among them.

    Raises NotFoundError for an address that was never given, is over, or whose person's data may
    only be kept: what nobody asks for as themselves is no right of theirs.
    """
    found = repository.feed_at(db, token_hash=_hashed(token))
    if found is None or consent.is_restricted(db, found.person_id):
        raise NotFoundError
    bookings = _lately_and_to_come(db, found.person_id, now)
    events = _events(db, bookings, found.person_id)
    return _sheet(db, events, "PUBLISH", person_id=found.person_id, name="minmentor")


def _lately_and_to_come(db: Db, person_id: str, now: datetime) -> list[repository.Booking]:
    ends_at, after = now - rules.SHOWN_AFTERWARDS, ""
    read: list[repository.Booking] = []
    while True:
        page = repository.confirmed_of(
            db, person_id=person_id, ends_at=ends_at, after=after, limit=rules.PAGE_SIZE
        )
        read += page
        if len(page) < rules.PAGE_SIZE:
            return read
        ends_at, after = page[-1].ends_at, page[-1].id


def _events(db: Db, bookings: Sequence[repository.Booking], person_id: str) -> list[Event]:
    others = {
        each.id: each.mentor_id if each.mentee_id == person_id else each.mentee_id
        for each in bookings
    }
    names = mentors.public_names(db, others.values()) if others else {}
    return [_event(each, names.get(others[each.id], "")) for each in bookings]


def _event(booking: repository.Booking, other: str) -> Event:
    status = rules.status(
        is_called_off=booking.state in scheduling.FREES_TIME,
        is_confirmed=booking.confirmed_at is not None,
    )
    return Event(
        booking_id=booking.id,
        title=booking.title,
        other=other,
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
        created_at=booking.created_at,
        status=status,
        sequence=rules.sequence(booking.version, status),
    )


def _sheet(
    db: Db, events: Sequence[Event], method: rules.Method, *, person_id: str, name: str
) -> Sheet:
    profile = accounts.profile(db, person_id=person_id)
    return Sheet(
        name=name,
        method=method,
        language=profile.language,
        time_zone=profile.time_zone,
        address=profile.email,
        events=tuple(events),
    )


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _key() -> str:
    return config.text("CALENDAR_KEY")

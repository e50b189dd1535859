"""Offers, as their mentor keeps them: created, changed, withdrawn, never deleted.

Bookings point to an offer and keep the title and price that they were made at.
"""

from datetime import datetime

from lib.core import ids, money, page_keys
from lib.core.db import Db
from lib.core.errors import NotFoundError
from lib.mentors import offer_repository, repository, rules
from lib.mentors.schemas import (
    ChangeOffer,
    CreateOffer,
    ListOwn,
    NotAMentorError,
    Offer,
    Offers,
    OfferWithdrawnError,
    TooManyOffersError,
)


def list_own(db: Db, wanted: ListOwn, *, mentor_id: str) -> Offers:
    """Return a page of the mentor's own offers, newest first; raises NotAMentorError."""
    if not repository.is_mentor(db, mentor_id):
        raise NotAMentorError
    after = page_keys.begin(wanted.after, None)
    found = offer_repository.offers_of(db, mentor_id, after=after, limit=wanted.limit + 1)
    page, following = page_keys.cut(found, wanted.limit)
    return Offers(
        offers=[shown(offer) for offer in page],
        next=following,
    )


def create(db: Db, wanted: CreateOffer, *, mentor_id: str, now: datetime) -> Offer:
    """Offer something; raises NotAMentorError, TooManyOffersError."""
    if not repository.lock_mentor(db, mentor_id):
        raise NotAMentorError
    if offer_repository.count_active_offers(db, mentor_id) >= rules.MAX_ACTIVE_OFFERS:
        raise TooManyOffersError
    made = Offer(
        id=ids.new("ofr"),
        mentor_id=mentor_id,
        currency=money.NOK,
        state="active",
        **wanted.model_dump(),
    )
    offer_repository.insert_offer(db, {**made.model_dump(), "now": now})
    return made


def change(db: Db, changes: ChangeOffer, *, mentor_id: str, offer_id: str, now: datetime) -> Offer:
    """Change what is sent; raises NotAMentorError, NotFoundError, OfferWithdrawnError."""
    before = _lock_own(db, mentor_id, offer_id)
    if before.state == "withdrawn":
        raise OfferWithdrawnError
    after = before.model_copy(update=changes.model_dump(exclude_none=True))
    offer_repository.update_offer(db, {**after.model_dump(), "now": now})
    return after


def withdraw(db: Db, *, mentor_id: str, offer_id: str, now: datetime) -> None:
    """Take an offer off the market, once or again; raises NotAMentorError, NotFoundError."""
    before = _lock_own(db, mentor_id, offer_id)
    if before.state == "active":
        after = before.model_copy(update={"state": "withdrawn"})
        offer_repository.update_offer(db, {**after.model_dump(), "now": now})


def shown(offer: offer_repository.Offer) -> Offer:
    """Return the offer as the API shows it."""
    return Offer.model_validate(offer, from_attributes=True)


def _lock_own(db: Db, mentor_id: str, offer_id: str) -> Offer:
    if not repository.is_mentor(db, mentor_id):
        raise NotAMentorError
    found = offer_repository.lock_offer(db, mentor_id=mentor_id, offer_id=offer_id)
    if found is None:
        raise NotFoundError
    return shown(found)

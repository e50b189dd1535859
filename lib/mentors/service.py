"""Mentors: applying, one's own page, search, and what other domains ask about a mentor."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from lib.core import money, page_keys
from lib.core.db import Db, DuplicateError
from lib.core.errors import InvalidError, NotFoundError
from lib.mentors import offer_repository, offers, repository, rules
from lib.mentors.offer_repository import OfferForSale
from lib.mentors.repository import Card, Tags
from lib.mentors.schemas import (
    AlreadyAMentorError,
    ApplyAsMentor,
    ChangeMentor,
    FindMentors,
    Mentor,
    MentorCard,
    MentorCards,
    NotAMentorError,
)
from lib.policies import service as policies


def apply(db: Db, application: ApplyAsMentor, *, person_id: str, now: datetime) -> Mentor:
    """Make the person a mentor, at once; AlreadyAMentorError or PolicyNotAcceptedError."""
    policies.require_accepted(db, person_id, now)
    fields = {"headline": application.headline, "biography": application.biography}
    try:
        repository.insert_mentor(
            db, {**fields, "person_id": person_id, "state": "listed", "now": now}
        )
    except DuplicateError:
        raise AlreadyAMentorError from None
    _set_skills(db, person_id, application.skills)
    repository.set_languages(db, person_id, application.languages)
    return page(db, person_id)


def change(db: Db, changes: ChangeMentor, *, person_id: str, now: datetime) -> Mentor:
    """Change what is sent of one's own page; raises NotAMentorError."""
    before = repository.lock_mentor(db, person_id)
    if before is None:
        raise NotAMentorError
    fields = changes.model_dump(exclude_none=True)
    skills, languages = fields.pop("skills", None), fields.pop("languages", None)
    after = replace(before, **fields)
    repository.update_mentor(
        db,
        {
            "person_id": person_id,
            "headline": after.headline,
            "biography": after.biography,
            "state": after.state,
            "now": now,
        },
    )
    if skills is not None:
        _set_skills(db, person_id, skills)
    if languages is not None:
        repository.set_languages(db, person_id, languages)
    return page(db, person_id)


def take_down(db: Db, person_id: str, now: datetime) -> None:
    """Let nobody book the person any more, mentor or not."""
    repository.pause(db, person_id, now)


def is_taken_down(db: Db, person_id: str, now: datetime) -> bool:
    """Return whether nobody finds the person as a mentor."""
    del now
    found = repository.lock_mentor(db, person_id)
    return found is None or found.state != "listed"


def own_page(db: Db, person_id: str) -> Mentor:
    """Return the caller's own page, paused or not; raises NotAMentorError."""
    try:
        return page(db, person_id)
    except NotFoundError:
        raise NotAMentorError from None


def page(db: Db, mentor_id: str) -> Mentor:
    """Return a mentor's public page with the active offers; raises NotFoundError."""
    found = repository.mentor(db, mentor_id)
    if found is None:
        raise NotFoundError
    tags = repository.tags(db, [mentor_id])[mentor_id]
    active = offer_repository.active_offers(db, mentor_id, rules.MAX_ACTIVE_OFFERS)
    return Mentor(
        id=mentor_id,
        name=rules.public_name(found.given_name, found.family_name),
        headline=found.headline,
        biography=found.biography,
        skills=tags.skills,
        languages=tags.languages,
        state=found.state,
        offers=[offers.shown(offer) for offer in active],
    )


def search(db: Db, wanted: FindMentors) -> MentorCards:
    """Return a page of listed mentors with an active offer; InvalidError for a bad `after`."""
    after = page_keys.decode(wanted.after)[0] if wanted.after else None
    found = repository.search(
        db,
        {
            "pattern": rules.containing(wanted.text) if wanted.text else None,
            "skill": wanted.skill,
            "language": wanted.language,
            "max_price_ore": wanted.max_price_ore,
            "after": after,
            "currency": money.NOK,
            "limit": wanted.limit + 1,
        },
    )
    cards = found[: wanted.limit]
    tags = repository.tags(db, [card.person_id for card in cards])
    return MentorCards(
        mentors=[_card(card, tags[card.person_id]) for card in cards],
        next=page_keys.encode(cards[-1].person_id) if len(found) > len(cards) else None,
    )


def require_mentor(db: Db, person_id: str) -> None:
    """Raise NotAMentorError unless the person is a mentor."""
    if not repository.is_mentor(db, person_id):
        raise NotAMentorError


def offer_for_sale(db: Db, offer_id: str) -> OfferForSale:
    """Return an offer that can be bought, in one statement; raises NotFoundError.

    A withdrawn offer, and one whose mentor is gone, are as if they had never been.
    """
    found = offer_repository.offer_for_sale(db, offer_id)
    if found is None:
        raise NotFoundError
    return found


def public_names(db: Db, person_ids: Iterable[str]) -> dict[str, str]:
    """Return by id what each of these people, mentor or mentee, is called in front of others."""
    found = repository.names(db, sorted(set(person_ids)))
    return {name.id: rules.public_name(name.given_name, name.family_name) for name in found}


def _set_skills(db: Db, person_id: str, skills: list[str]) -> None:
    try:
        repository.set_skills(db, person_id, skills)
    except DuplicateError:
        # The collation holds more equal than Python does: e and é, for one.
        raise InvalidError(
            errors=[{"pointer": "/skills", "code": "duplicate", "detail": "The same skill twice"}]
        ) from None


def _card(card: Card, tags: Tags) -> MentorCard:
    return MentorCard(
        id=card.person_id,
        name=rules.public_name(card.given_name, card.family_name),
        headline=card.headline,
        skills=tags.skills,
        languages=tags.languages,
        from_price_ore=card.from_price_ore,
        currency=card.currency,
    )

"""Mentors: applying, one's own page, search, and what other domains ask about a mentor."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from lib.core import money, page_keys
from lib.core.db import Db, DuplicateError
from lib.core.errors import InvalidError, NotFoundError
from lib.disclosures import rules as disclosed
from lib.disclosures import service as disclosures
from lib.mentors import offer_repository, offers, pack_repository, packs, repository, rules
from lib.mentors.offer_repository import OfferForSale
from lib.mentors.pack_repository import PackForSale
from lib.mentors.repository import Card, Seller, Tags
from lib.mentors.schemas import (
    AlreadyAMentorError,
    ApplyAsMentor,
    ChangeMentor,
    FindMentors,
    Mentor,
    MentorCard,
    MentorCards,
    NotAMentorError,
    OwnMentor,
)
from lib.policies import service as policies


def apply(db: Db, application: ApplyAsMentor, *, person_id: str, now: datetime) -> OwnMentor:
    """Make the person a mentor, at once.

    Raises AlreadyAMentorError, PolicyNotAcceptedError, InvalidError.
    """
    policies.require_accepted(db, person_id, now)
    words = repository.Words(
        headline=application.headline,
        biography=application.biography,
        organisation_number=application.organisation_number,
        is_vat_registered=application.is_vat_registered,
        state="listed",
    )
    _check_business(words)
    try:
        repository.insert_mentor(db, {**vars(words), "person_id": person_id, "now": now})
    except DuplicateError:
        raise AlreadyAMentorError from None
    _set_skills(db, person_id, application.skills)
    repository.set_languages(db, person_id, application.languages)
    return own_page(db, person_id)


def change(db: Db, changes: ChangeMentor, *, person_id: str, now: datetime) -> OwnMentor:
    """Change what is sent of one's own page; raises NotAMentorError, InvalidError."""
    before = repository.lock_mentor(db, person_id)
    if before is None:
        raise NotAMentorError
    fields = changes.model_dump(exclude_none=True)
    if "organisation_number" in changes.model_fields_set:
        fields["organisation_number"] = changes.organisation_number
    skills, languages = fields.pop("skills", None), fields.pop("languages", None)
    after = replace(before, **fields)
    _check_business(after)
    repository.update_mentor(db, {**vars(after), "person_id": person_id, "now": now})
    if before.organisation_number not in {None, after.organisation_number}:
        disclosures.changed(db, person_id, "rectification", now, disclosed.BUSINESS)
    if skills is not None:
        _set_skills(db, person_id, skills)
    if languages is not None:
        repository.set_languages(db, person_id, languages)
    return own_page(db, person_id)


def take_down(db: Db, person_id: str, now: datetime) -> None:
    """Let nobody book the person any more, mentor or not."""
    repository.pause(db, person_id, now)


def is_taken_down(db: Db, person_id: str, now: datetime) -> bool:
    """Return whether nobody finds the person as a mentor."""
    del now
    found = repository.lock_mentor(db, person_id)
    return found is None or found.state != "listed"


def own_page(db: Db, person_id: str) -> OwnMentor:
    """Return the caller's own page, paused or not; raises NotAMentorError."""
    found = repository.mentor(db, person_id)
    if found is None:
        raise NotAMentorError
    return OwnMentor(
        **dict(_page(db, found)),
        organisation_number=found.organisation_number,
        is_vat_registered=found.is_vat_registered,
    )


def page(db: Db, mentor_id: str) -> Mentor:
    """Return a mentor's public page with what they sell; raises NotFoundError."""
    found = repository.mentor(db, mentor_id)
    if found is None:
        raise NotFoundError
    return _page(db, found)


def _page(db: Db, found: repository.Mentor) -> Mentor:
    tags = repository.tags(db, [found.person_id])[found.person_id]
    on_offer = offer_repository.active_offers(db, found.person_id, rules.MAX_ACTIVE_OFFERS)
    in_packs = pack_repository.active_packs(db, found.person_id, rules.MAX_ACTIVE_PACKS)
    return Mentor(
        id=found.person_id,
        name=rules.public_name(found.given_name, found.family_name),
        headline=found.headline,
        biography=found.biography,
        skills=tags.skills,
        languages=tags.languages,
        state=found.state,
        offers=[offers.shown(offer) for offer in on_offer],
        packs=[packs.shown(pack) for pack in in_packs],
    )


def search(db: Db, wanted: FindMentors) -> MentorCards:
    """Return a page of listed mentors with an active offer; InvalidError for a bad `after`."""
    after = page_keys.begin(wanted.after, None)
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


def is_listed(db: Db, person_id: str) -> bool:
    """Return whether anybody may find the person as a mentor now."""
    found = repository.mentor(db, person_id)
    return found is not None and found.state == "listed"


def offer_for_sale(db: Db, offer_id: str) -> OfferForSale:
    """Return an offer that can be bought, in one statement; raises NotFoundError.

    A withdrawn offer, and one whose mentor is gone, are as if they had never been.
    """
    found = offer_repository.offer_for_sale(db, offer_id)
    if found is None:
        raise NotFoundError
    return found


def pack_for_sale(db: Db, pack_id: str) -> PackForSale:
    """Return a pack of hours that can be bought, in one statement; raises NotFoundError.

    A withdrawn pack, and one whose mentor is gone, are as if they had never been.
    """
    found = pack_repository.pack_for_sale(db, pack_id)
    if found is None:
        raise NotFoundError
    return found


def seller(db: Db, mentor_id: str) -> Seller:
    """Return who a mentor is on papers; raises NotFoundError for one who is gone.

    The name is the whole one, not that of the public page.
    """
    found = repository.seller(db, mentor_id)
    if found is None:
        raise NotFoundError
    return found


def public_names(db: Db, person_ids: Iterable[str]) -> dict[str, str]:
    """Return by id what each of these people, mentor or mentee, is called in front of others."""
    found = repository.names(db, sorted(set(person_ids)))
    return {name.id: rules.public_name(name.given_name, name.family_name) for name in found}


def _check_business(words: repository.Words) -> None:
    if words.is_vat_registered and words.organisation_number is None:
        raise InvalidError(
            errors=[
                {
                    "pointer": "/is_vat_registered",
                    "code": "organisation_number_missing",
                    "detail": "Who is registered for VAT has an organisation number",
                }
            ]
        )


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


def accepts_hours(db: Db, offer_id: str) -> bool:
    """Return whether hours of the mentor's packs pay for an offer, withdrawn ones included."""
    return offer_repository.accepts_hours(db, offer_id)

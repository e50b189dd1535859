"""The parties of a paper, by name, as the law wants them (bokføringsforskriften § 5-1-2).

An account that was erased has no name any more, but a paper may still have to be issued: a credit
note, the last invoice of fees. The names stand on the papers before it, which the law keeps.
"""

from lib.accounts import service as accounts
from lib.accounts.schemas import Profile
from lib.core.db import Db
from lib.core.errors import NotFoundError
from lib.mentors import service as mentors
from lib.papers import repository
from lib.papers.schemas import Body, Party, PartyUnknownError

_LAST_ID = "~"
_ENOUGH = 20


def buyer(db: Db, person_id: str) -> tuple[Party, str]:
    """Return somebody who buys hours, and their language; raises PartyUnknownError."""
    profile = _profile(db, person_id)
    name = _name(profile)
    party = Party(name=name) if name else _on_earlier_papers(db, person_id)
    return party, profile.language


def business(db: Db, person_id: str) -> tuple[Party, str]:
    """Return a mentor as a business, and their language; raises PartyUnknownError.

    Who sells without a business of their own has no organisation number.
    """
    profile = _profile(db, person_id)
    name = _name(profile)
    found = mentors.business(db, person_id)
    if not name or found is None:
        return _on_earlier_papers(db, person_id), profile.language
    party = Party(
        name=name,
        organisation_number=found.organisation_number,
        is_vat_registered=found.is_vat_registered,
    )
    return party, profile.language


def _profile(db: Db, person_id: str) -> Profile:
    try:
        return accounts.profile(db, person_id=person_id)
    except NotFoundError:
        raise PartyUnknownError from None


def _name(profile: Profile) -> str:
    return " ".join(part for part in (profile.given_name, profile.family_name) if part)


def _on_earlier_papers(db: Db, person_id: str) -> Party:
    found = repository.of_party(db, person_id=person_id, before=_LAST_ID, limit=_ENOUGH)
    for paper in found:
        body = Body.model_validate_json(paper.body)
        party = body.seller if paper.seller_id == person_id else body.buyer
        if party:
            return party
    raise PartyUnknownError

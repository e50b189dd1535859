"""The parties of a paper, by name, as the law wants them (bokføringsforskriften § 5-1-2).

An account that was erased has no name any more, but a paper may still have to be issued: a credit
note, the last invoice of fees. The names stand on the papers before it, which the law keeps.
"""

from lib.accounts import service as accounts
from lib.core import page_keys
from lib.core.db import Db
from lib.core.errors import NotFoundError
from lib.mentors import service as mentors
from lib.papers import repository
from lib.papers.schemas import PaperBody, PaperParty, PartyUnknownError

_ENOUGH = 20


def buyer(db: Db, person_id: str) -> tuple[PaperParty, str]:
    """Return somebody who buys hours, and their language; raises PartyUnknownError."""
    known = _named(db, person_id)
    if known is None:
        return _on_earlier_papers(db, person_id)
    name, language = known
    return PaperParty(name=name), language


def business(db: Db, person_id: str) -> tuple[PaperParty, str]:
    """Return a mentor as a business, and their language; raises PartyUnknownError.

    Who sells without a business of their own has no organisation number.
    """
    known = _named(db, person_id)
    if known is None:
        return _on_earlier_papers(db, person_id)
    try:
        found = mentors.seller(db, person_id)
    except NotFoundError:
        return _on_earlier_papers(db, person_id)
    party = PaperParty(
        name=found.name,
        organisation_number=found.organisation_number,
        is_vat_registered=found.is_vat_registered,
    )
    return party, known[1]


def _named(db: Db, person_id: str) -> tuple[str, str] | None:
    """Return a person's name and language; None where the account has no name any more."""
    try:
        profile = accounts.profile(db, person_id=person_id)
    except NotFoundError:
        return None
    name = " ".join(part for part in (profile.given_name, profile.family_name) if part)
    return (name, profile.language) if name else None


def _on_earlier_papers(db: Db, person_id: str) -> tuple[PaperParty, str]:
    found = repository.of_party(
        db, person_id=person_id, before=page_keys.NEWEST_FIRST, limit=_ENOUGH
    )
    for paper in found:
        body = PaperBody.model_validate_json(paper.body)
        party = body.seller if paper.seller_id == person_id else body.buyer
        if party:
            return party, body.language
    raise PartyUnknownError

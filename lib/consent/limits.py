"""Having processing limited: restriction (Art. 18 GDPR) and objection (Art. 21)."""

from datetime import datetime

from lib.consent import repository, rules, service
from lib.consent.schemas import Object, Objection, Objections, Restrict, Restriction
from lib.core import ids
from lib.core.db import Db
from lib.core.errors import NotFoundError


def restriction(db: Db, *, person_id: str) -> Restriction:
    """Return whether the person's data is kept and not processed; raises NotFoundError."""
    found = repository.standing(db, person_id)
    if found is None:
        raise NotFoundError
    return Restriction(restricted=found.restricted_at is not None, since=found.restricted_at)


def restrict(db: Db, wanted: Restrict, *, person_id: str, now: datetime) -> Restriction:
    """Begin or end a restriction; again changes nothing. Raises NotFoundError."""
    found = repository.lock_standing(db, person_id)
    if found is None:
        raise NotFoundError
    if wanted.restricted == (found.restricted_at is not None):
        return Restriction(restricted=wanted.restricted, since=found.restricted_at)
    since = now if wanted.restricted else None
    repository.set_restricted(db, person_id, since)
    repository.insert_restriction(
        db,
        {
            "id": ids.new("rst"),
            "person_id": person_id,
            "is_restricted": wanted.restricted,
            "reason": wanted.reason,
            "now": now,
        },
    )
    return Restriction(restricted=wanted.restricted, since=since)


def objections(db: Db, *, person_id: str, language: str) -> Objections:
    """Return every purpose that can be objected to, and whether the person does."""
    standing = {each.purpose: each.raised_at for each in repository.objections(db, person_id)}
    return Objections(
        objections=[
            Objection(
                purpose=purpose,
                text=words.in_language(language),
                objects=purpose in standing,
                since=standing.get(purpose),
            )
            for purpose, words in rules.OBJECTIONS.items()
        ]
    )


def say_objection(
    db: Db, said: Object, *, person_id: str, purpose: str, language: str, now: datetime
) -> Objections:
    """Object, or take it back, with effect at once; raises NotFoundError.

    Taking it back restores no consent: that takes a new yes.
    """
    if purpose not in rules.OBJECTIONS or repository.lock_standing(db, person_id) is None:
        raise NotFoundError
    if not said.objects:
        repository.end_objection(db, person_id, purpose, now)
    elif purpose not in {each.purpose for each in repository.objections(db, person_id)}:
        repository.raise_objection(db, person_id, purpose, now)
        if purpose in rules.CONSENTS:
            service.withdraw(db, person_id, purpose, surface="objection", now=now)
    return objections(db, person_id=person_id, language=language)

"""Having processing limited: restriction (Art. 18 GDPR) and objection (Art. 21)."""

from datetime import datetime
from functools import partial

from lib.consent import repository, rules, service
from lib.consent.repository import Lifting
from lib.consent.schemas import (
    LiftRestriction,
    Object,
    Objection,
    Objections,
    Restrict,
    Restriction,
)
from lib.core import batches, ids
from lib.core.db import Db, transact
from lib.core.errors import NotFoundError
from lib.disclosures import service as disclosures
from lib.disclosures.rules import ChangeKind

_BATCH = 50


def restriction(db: Db, *, person_id: str, now: datetime) -> Restriction:
    """Return whether the person's data is kept and not processed; raises NotFoundError."""
    found = repository.standing(db, person_id)
    if found is None:
        raise NotFoundError
    return _shown(db, person_id, found.restricted_at, now)


def restrict(db: Db, wanted: Restrict, *, person_id: str, now: datetime) -> Restriction:
    """Begin or end a restriction; again changes nothing. Raises NotFoundError.

    Everybody who has received data of the person is told, of the beginning and of the end.
    """
    found = repository.lock_standing(db, person_id)
    if found is None:
        raise NotFoundError
    if wanted.restricted == (found.restricted_at is not None):
        return _shown(db, person_id, found.restricted_at, now)
    since = now if wanted.restricted else None
    repository.set_restricted(db, person_id, since)
    repository.forget_announced(db, person_id, now)
    repository.insert_restriction(
        db,
        {
            "id": ids.new("rst"),
            "person_id": person_id,
            "is_restricted": wanted.restricted,
            "reason": wanted.reason,
            "decided_at": now,
            "announced_at": None,
        },
    )
    _tell_recipients(db, person_id, now, is_restricted=wanted.restricted)
    return _shown(db, person_id, since, now)


def announce(
    db: Db, person_id: str, wanted: LiftRestriction, *, operator_id: str, now: datetime
) -> Restriction:
    """Announce that a restriction ends in two weeks; once. The person gets a notice of it.

    Raises NotFoundError where nothing is restricted.
    """
    from lib.operators import service as operators

    found = repository.lock_standing(db, person_id)
    if found is None or found.restricted_at is None:
        raise NotFoundError
    if repository.announced(db, person_id, now) is None:
        lifting_id = ids.new("rst")
        repository.insert_restriction(
            db,
            {
                "id": lifting_id,
                "person_id": person_id,
                "is_restricted": False,
                "reason": wanted.reason,
                "decided_at": now + rules.LIFTED_AFTER,
                "announced_at": now,
            },
        )
        disclosures.tell_self(db, person_id, "lifting", lifting_id, now)
        operators.log(
            db,
            operator_id,
            "announce_lifting",
            person_id,
            wanted.reason,
            now,
            object_id=lifting_id,
        )
    return _shown(db, person_id, found.restricted_at, now)


def lift_announced(now: datetime, deadline: datetime) -> int:
    """End the restrictions whose announced end has come; return how many."""

    def following(after: str) -> list[Lifting]:
        return transact(partial(repository.due_liftings, now=now, after=after, limit=_BATCH))

    return sum(
        batches.tried(partial(_lifted, each, now), "restriction_not_lifted")
        for each in batches.until(deadline, following, lambda each: each.id)
    )


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
        service.withdraw(db, person_id, purpose, surface="objection", now=now)
    return objections(db, person_id=person_id, language=language)


def _lifted(due: Lifting, now: datetime) -> bool:
    return transact(lambda db: _lift(db, due, now))


def _lift(db: Db, due: Lifting, now: datetime) -> bool:
    found = repository.lock_standing(db, due.person_id)
    if found is None or found.restricted_at is None or found.restricted_at > due.announced_at:
        return False  # ended meanwhile, or another one than was announced
    repository.set_restricted(db, due.person_id, None)
    _tell_recipients(db, due.person_id, now, is_restricted=False)
    return True


def _tell_recipients(db: Db, person_id: str, now: datetime, *, is_restricted: bool) -> None:
    kind: ChangeKind = "restriction" if is_restricted else "restriction_end"
    disclosures.changed(db, person_id, kind, now)


def _shown(db: Db, person_id: str, since: datetime | None, now: datetime) -> Restriction:
    lifting = repository.announced(db, person_id, now)
    return Restriction(
        restricted=since is not None,
        since=since,
        lifts_at=lifting.decided_at if lifting else None,
        lifting_reason=lifting.reason if lifting else None,
    )

"""The profile: read and corrected by the person it is about."""

from collections.abc import Iterable
from datetime import datetime

from lib.accounts import repository
from lib.accounts.repository import LockedPerson
from lib.accounts.schemas import CorrectProfile, Profile, TimeZoneUnknownError
from lib.core.db import Db
from lib.core.errors import NotFoundError
from lib.disclosures import rules as disclosed
from lib.disclosures import service as disclosures
from lib.policies import service as policies


def profile(db: Db, *, person_id: str) -> Profile:
    """Return a person's profile."""
    return _shown(repository.person(db, person_id=person_id))


def own_profile(db: Db, *, person_id: str, now: datetime) -> Profile:
    """Return the person's own profile, with the changes they have not answered."""
    return _announced(db, profile(db, person_id=person_id), now)


def correct(db: Db, change: CorrectProfile, *, person_id: str, now: datetime) -> Profile:
    """Correct what is sent; an address or number that changes is no longer verified.

    Whoever has received what is another now is told of it.
    """
    before = _shown(repository.lock_person(db, person_id=person_id))
    fields = change.model_dump(exclude_none=True)
    if "time_zone" in fields:
        check_time_zone(fields["time_zone"])
    after = before.model_copy(update=fields)
    after = after.model_copy(
        update={
            "email_verified": before.email_verified and after.email == before.email,
            "phone_verified": before.phone_verified and after.phone == before.phone,
        }
    )
    repository.update_person(db, {**after.model_dump(), "now": now})
    if corrected := disclosed.corrected(before, after):
        disclosures.changed(db, person_id, "rectification", now, corrected)
    return _announced(db, after, now)


def lock_account(db: Db, *, person_id: str) -> None:
    """Lock the account until the transaction ends; raises NotFoundError where there is none."""
    if repository.lock_person(db, person_id=person_id) is None:
        raise NotFoundError


def lock_people(db: Db, person_ids: Iterable[str]) -> list[LockedPerson]:
    """Let what is decided about these people come one after another until the commit.

    Returned are those who have an account, as they are now; locked by key, so that nobody who locks
    several waits for somebody who waits for them.
    """
    return repository.lock_people(db, person_ids=sorted(person_ids))


def check_time_zone(name: str) -> None:
    """Raise TimeZoneUnknownError unless the IANA database has the zone."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise TimeZoneUnknownError from None


def _announced(db: Db, found: Profile, now: datetime) -> Profile:
    return found.model_copy(update={"notices": policies.notices(db, found.id, now)})


def _shown(found: repository.Person | None) -> Profile:
    if found is None:
        raise NotFoundError
    return Profile.model_validate(found, from_attributes=True)

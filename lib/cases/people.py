"""What an operator may see and correct of a person: for a reason, logged, shown to the person."""

from datetime import datetime

from lib.accounts import service as accounts
from lib.accounts.schemas import CorrectProfile, Profile
from lib.cases import repository, rules, service
from lib.cases.schemas import CorrectPerson, ReadPerson
from lib.consent import service as consent
from lib.core.db import Db
from lib.core.errors import InvalidError, ProcessingRestrictedError
from lib.operators import service as operators
from lib.privacy import service as privacy
from lib.privacy.schemas import ExportPage


def read(
    db: Db, person_id: str, wanted: ReadPerson, *, operator_id: str, now: datetime
) -> ExportPage:
    """Return a page of what is held about a person; each page is a reading of its own.

    Raises NotFoundError for nobody, erased people included; InvalidError for a bad `after`;
    ProcessingRestrictedError for what may only be kept, unless a claim or their own open request
    needs it (Art. 18(2)).
    """
    accounts.profile(db, person_id=person_id)
    if consent.is_restricted(db, person_id) and not _may_read(db, person_id, wanted.reason):
        raise ProcessingRestrictedError
    page = privacy.export_page(db, person_id, after=wanted.after, right="access")
    operators.log(db, operator_id, "read_person", person_id, wanted.reason, now)
    return page


def correct(
    db: Db, person_id: str, wanted: CorrectPerson, *, operator_id: str, now: datetime
) -> Profile:
    """Correct a person's profile as they have asked; only the names of the fields are logged.

    Raises NotFoundError, RequestStateError, TimeZoneUnknownError.
    """
    service.allow_correction(db, wanted.request_id, person_id=person_id)
    change = CorrectProfile.model_validate(wanted.model_dump(exclude={"request_id"}))
    fields = ", ".join(sorted(change.model_dump(exclude_none=True)))
    if not fields:
        raise InvalidError("Nothing to correct")
    profile = accounts.correct(db, change, person_id=person_id, now=now)
    operators.log(
        db, operator_id, "correct_person", person_id, fields, now, object_id=wanted.request_id
    )
    return profile


def _may_read(db: Db, person_id: str, reason: str) -> bool:
    if reason == "request":
        return repository.count_open(db, person_id=person_id) > 0
    return rules.is_for_a_claim(reason)

"""When a mentor is away, as the mentor keeps it: read, and replaced as a whole."""

from collections.abc import Sequence

from lib.accounts import service as accounts
from lib.core.db import Db
from lib.core.errors import InvalidError
from lib.mentors import service as mentors
from lib.scheduling import away_repository
from lib.scheduling.away_schemas import Absence, Away, Journey, SetAway
from lib.scheduling.schedules import overlapping


def read(db: Db, mentor_id: str) -> Away:
    """Return the mentor's absences and journeys; NotAMentorError."""
    mentors.require_mentor(db, mentor_id)
    return Away(
        absences=[
            Absence.model_validate(vars(each)) for each in away_repository.absences(db, mentor_id)
        ],
        journeys=[
            Journey.model_validate(vars(each)) for each in away_repository.journeys(db, mentor_id)
        ],
    )


def replace(db: Db, wanted: SetAway, *, mentor_id: str) -> Away:
    """Put these in the place of any that were there; NotAMentorError, InvalidError."""
    mentors.require_mentor(db, mentor_id)
    _refuse_overlaps(wanted)
    accounts.lock_people(db, [mentor_id])
    away_repository.replace_absences(db, mentor_id, [vars(each) for each in wanted.absences])
    away_repository.replace_journeys(db, mentor_id, [vars(each) for each in wanted.journeys])
    return read(db, mentor_id)


def _refuse_overlaps(wanted: SetAway) -> None:
    errors = [
        {"pointer": f"/{name}/{place}", "code": "overlap", "detail": "Overlaps another"}
        for name, stays in (("absences", wanted.absences), ("journeys", wanted.journeys))
        for place in overlapping(_days(stays))
    ]
    if errors:
        raise InvalidError(errors=errors[:50])


def _days(stays: Sequence[Absence | Journey]) -> list[tuple[None, int, int]]:
    return [(None, stay.first_date.toordinal(), stay.last_date.toordinal() + 1) for stay in stays]

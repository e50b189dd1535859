"""A mentor's limits: kept, taken out of slots, and held to when a slot is taken."""

from datetime import datetime

from lib.accounts import service as accounts
from lib.core.db import Db
from lib.mentors import service as mentors
from lib.scheduling import (
    availability,
    limit_repository,
    limits,
    schedule_repository,
)
from lib.scheduling.availability import Schedule
from lib.scheduling.limit_schemas import Caps, LimitReachedError, Limits, SetLimits


def read(db: Db, mentor_id: str) -> Limits:
    """Return the mentor's limits; NotAMentorError."""
    mentors.require_mentor(db, mentor_id)
    found = schedule_repository.limits_of(db, mentor_id)
    return Limits(
        in_all=Caps.model_validate(vars(found.in_all)),
        for_one=Caps.model_validate(vars(found.for_one)),
    )


def replace(db: Db, wanted: SetLimits, *, mentor_id: str) -> Limits:
    """Put these limits in the place of any that were there; NotAMentorError."""
    mentors.require_mentor(db, mentor_id)
    accounts.lock_people(db, [mentor_id])
    caps = {
        f"{whom}_{period}": most
        for whom, of in (("in_all", wanted.in_all), ("for_one", wanted.for_one))
        for period, most in vars(of).items()
    }
    limit_repository.replace_limits(db, {**caps, "mentor_id": mentor_id})
    return read(db, mentor_id)


def taken_and_full(
    db: Db, schedule: Schedule, mentor_id: str, *, within: range, stretch: range, now: datetime
) -> tuple[list[range], limits.Full]:
    """Return what is taken of `stretch`, and the periods of `within` that are full, at once."""
    begin, end = availability.moment_of(within.start), availability.moment_of(within.stop)
    is_limited = not schedule.limits.in_all.is_none
    between = limits.counted_with(begin, end, schedule.zone) if is_limited else (begin, begin)
    taken, sessions = limit_repository.taken_and_sessions(db, mentor_id, stretch, between, now)
    return taken, limits.full(schedule.limits.in_all, sessions, schedule.zone)


def require_room(
    db: Db,
    schedule: Schedule,
    parties: tuple[str, str],
    starts_at: datetime,
    now: datetime,
    *,
    moved_id: str = "",
) -> None:
    """Raise LimitReachedError where the mentor gives no session more then, or none to the mentee.

    `parties` are the mentor and the mentee, whom the caller has locked: of those who book at once,
    each counts the ones before. `moved_id` is a booking that is moved there: it does not count.
    """
    if schedule.limits.is_none:
        return
    mentor_id, mentee_id = parties
    begin, end = limits.counted_with(starts_at, starts_at, schedule.zone)
    found = [
        session
        for session in limit_repository.lock_sessions(db, mentor_id, begin, end, now)
        if session.id != moved_id
    ]
    in_all = [session.starts_at for session in found]
    for_one = [session.starts_at for session in found if session.mentee_id == mentee_id]
    for caps, sessions in ((schedule.limits.in_all, in_all), (schedule.limits.for_one, for_one)):
        if limits.is_reached(limits.full(caps, sessions, schedule.zone), starts_at, schedule.zone):
            raise LimitReachedError

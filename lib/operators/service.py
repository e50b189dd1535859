"""Operators: the few who may read and act for others. Whatever they do is logged, with a reason.

Nobody becomes one over HTTP (lib/operators/grant.py). An operator proves who they are by a sign-in
of the last twelve hours: a working day, and no more for whoever finds the device.
"""

from datetime import datetime, timedelta
from typing import Protocol

from lib.accounts import service as accounts
from lib.core import ids, page_keys
from lib.core.db import Db
from lib.core.errors import FreshSignInRequiredError
from lib.operators import repository
from lib.operators.schemas import NotAnOperatorError, Reading, Readings
from lib.sessions import service as sessions
from lib.web.schema import PageQuery

SIGN_IN_LASTS = timedelta(hours=12)
_COMMAND = "command"


def require_operator(db: Db, person_id: str) -> None:
    """Raise NotAnOperatorError unless the person is an operator now."""
    found = repository.operator(db, person_id=person_id)
    if found is None or found.ended_at is not None:
        raise NotAnOperatorError


class Calling(Protocol):
    """A call of somebody who is signed in, as much of it as is asked about."""

    @property
    def db(self) -> Db:
        """The call's transaction."""

    @property
    def person_id(self) -> str:
        """Who calls."""

    @property
    def session_id(self) -> str:
        """On which device."""

    @property
    def now(self) -> datetime:
        """When."""


def acting(call: Calling) -> str:
    """Return the id of the operator who calls; the first thing that each of their calls does.

    Raises NotAnOperatorError, FreshSignInRequiredError.
    """
    require_operator(call.db, call.person_id)
    signed_in_at = sessions.signed_in_at(call.db, call.session_id)
    if signed_in_at is None or call.now - signed_in_at > SIGN_IN_LASTS:
        raise FreshSignInRequiredError
    return call.person_id


def log(
    db: Db,
    operator_id: str,
    action: str,
    subject_id: str | None,
    reason: str,
    now: datetime,
    *,
    object_id: str | None = None,
) -> None:
    """Write what an operator does, in the transaction that does it.

    `subject_id` is the person it is about, None where it is about nobody.
    """
    repository.insert_entry(
        db,
        {
            "id": ids.new("olg"),
            "operator_id": operator_id,
            "action": action,
            "person_id": subject_id,
            "object_id": object_id,
            "reason": reason,
            "now": now,
        },
    )


def grant(db: Db, person_id: str, reason: str, now: datetime) -> None:
    """Make a person an operator; raises NotFoundError for nobody. Twice is once, logged twice."""
    accounts.lock_account(db, person_id=person_id)
    found = repository.operator(db, person_id=person_id)
    if found is None:
        repository.insert_operator(db, person_id=person_id, granted_by=_COMMAND, now=now)
    elif found.ended_at is not None:
        repository.renew_operator(db, person_id=person_id, granted_by=_COMMAND, now=now)
    log(db, _COMMAND, "grant_operator", person_id, reason, now)


def end(db: Db, person_id: str, reason: str, now: datetime) -> bool:
    """End what was granted; False where there was nothing to end."""
    ended = repository.end_operator(db, person_id=person_id, now=now)
    if ended:
        log(db, _COMMAND, "end_operator", person_id, reason, now)
    return ended


def readings(db: Db, wanted: PageQuery, *, person_id: str) -> Readings:
    """Return a page of what operators have read and done about the person."""
    after = page_keys.begin(wanted.after, None)
    found = repository.entries_about(db, person_id=person_id, after=after, limit=wanted.limit + 1)
    page, following = page_keys.cut(found, wanted.limit)
    return Readings(
        readings=[Reading.model_validate(each, from_attributes=True) for each in page],
        next=following,
    )

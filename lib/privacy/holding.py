"""Placing and lifting legal holds, as an operator; asking for them is lib/privacy/holds.py."""

from datetime import datetime, timedelta
from typing import Literal

from pydantic import Field

from lib.accounts import service as accounts
from lib.core import ids
from lib.core.db import Db
from lib.core.errors import NotFoundError
from lib.operators import service as operators
from lib.privacy import hold_repository as repository
from lib.privacy.hold_repository import Hold as Row
from lib.web.schema import Input, Output, Reason

type Ground = Literal["dispute", "claim", "authority", "inquiry"]
_LONGEST_DAYS = 3 * 365


class PlaceHold(Input):
    """Whose data is held back from deletion, on which ground, why, and for how many days."""

    person_id: str = Field(pattern="^per" + ids.PATTERN)
    ground: Ground
    reason: Reason
    days: int = Field(ge=1, le=_LONGEST_DAYS)


class LiftHold(Input):
    """Why it is lifted before its time."""

    why: Literal["settled", "unfounded", "mistake"] = "settled"


class ListHolds(Input):
    """Whose holds."""

    person_id: str = Field(pattern="^per" + ids.PATTERN)
    limit: int = Field(default=50, ge=1, le=100)


class Hold(Output):
    """What is held back, on which ground, until when; `in_force` while that is to come."""

    id: str
    person_id: str
    ground: Ground
    reason: str
    placed_at: datetime
    ends_at: datetime
    lifted_at: datetime | None
    in_force: bool


class Holds(Output):
    """The holds of a person, the newest first."""

    holds: list[Hold]


def place(db: Db, wanted: PlaceHold, *, operator_id: str, now: datetime) -> Hold:
    """Hold a person's data back; raises NotFoundError for who is unknown or erased.

    The person is locked, as by an erasure: one of the two is first, and the other sees it.
    """
    accounts.lock_account(db, person_id=wanted.person_id)
    row = Row(
        id=ids.new("hld"),
        person_id=wanted.person_id,
        ground=wanted.ground,
        reason=wanted.reason,
        placed_by=operator_id,
        placed_at=now,
        ends_at=now + timedelta(days=wanted.days),
        lifted_at=None,
    )
    repository.insert(db, row)
    operators.log(
        db, operator_id, "place_hold", wanted.person_id, wanted.ground, now, object_id=row.id
    )
    return _shown(row, now)


def lift(db: Db, hold_id: str, wanted: LiftHold, *, operator_id: str, now: datetime) -> None:
    """End a hold now; one that has ended stays as it is. Raises NotFoundError."""
    row = repository.lock(db, hold_id=hold_id)
    if row is None:
        raise NotFoundError
    if row.ends_at <= now:
        return
    repository.end(db, hold_id=hold_id, now=now)
    operators.log(db, operator_id, "lift_hold", row.person_id, wanted.why, now, object_id=hold_id)


def find(db: Db, wanted: ListHolds, *, operator_id: str, now: datetime) -> Holds:
    """Return a person's holds, the newest first; the reading is logged."""
    found = repository.holds_of(db, person_id=wanted.person_id, limit=wanted.limit)
    operators.log(db, operator_id, "read_holds", wanted.person_id, "holds", now)
    return Holds(holds=[_shown(row, now) for row in found])


def _shown(row: Row, now: datetime) -> Hold:
    return Hold.model_validate(
        {
            **{name: getattr(row, name) for name in Hold.model_fields if hasattr(row, name)},
            "in_force": row.ends_at > now,
        }
    )

"""Four eyes: one operator proposes with a reason, another approves, and then it is done.

The approval and what it allows are one transaction, so that neither is there without the other.
What exactly is to be done stands in the row of another domain that `object_id` names, as a request
by right, or in the figures that the proposal has itself: what is approved is what is done, to the
øre. Whom it is about sees each step in their readings.
"""

import json
from dataclasses import replace
from datetime import datetime

from lib.approvals import actions, repository, rules
from lib.approvals.repository import Row
from lib.approvals.rules import Action, ApprovalState, Deed
from lib.approvals.schemas import (
    Approval,
    Approvals,
    ApprovalStateError,
    DecideApproval,
    FourEyesError,
    ListApprovals,
)
from lib.core import ids, page_keys
from lib.core.db import Db
from lib.core.errors import NotFoundError
from lib.operators import service as operators
from lib.operators.schemas import NotAnOperatorError

_SEVERAL = 50


def propose(db: Db, deed: Deed, *, reason: str, operator_id: str, now: datetime) -> Approval:
    """Propose to do something; what stands proposed already, to the figure, is returned as it is.

    The caller holds a lock on the object, so that nothing is proposed twice at once. Raises
    FourEyesError for who would do something to their own data.
    """
    if not rules.may_propose(operator_id, person_id=deed.person_id):
        raise FourEyesError
    for standing in open_about(db, object_id=deed.object_id, action=deed.action, now=now):
        if json.loads(standing.given) == deed.given:
            return _shown(standing, operator_id)
    row = Row(
        id=ids.new("apv"),
        action=deed.action,
        person_id=deed.person_id,
        object_id=deed.object_id,
        proposed_by=operator_id,
        proposed_at=now,
        lapses_at=rules.lapses_at(now),
        reason=reason,
        given=json.dumps(deed.given),
    )
    repository.insert(db, row)
    _log(db, row, operator_id, "propose", reason, now)
    return _shown(row, operator_id)


def find(db: Db, wanted: ListApprovals, *, operator_id: str, now: datetime) -> Approvals:
    """Return a page of what waits for a second operator; each one that is shown is logged."""
    after = page_keys.begin(wanted.after, page_keys.OLDEST_FIRST)
    found = repository.waiting(db, now=now, after=after, limit=wanted.limit + 1)
    page, following = page_keys.cut(found, wanted.limit)
    for row in page:
        _log(db, row, operator_id, "read", "queue", now)
    return Approvals(
        approvals=[_shown(row, operator_id) for row in page],
        next=following,
    )


def approve(
    db: Db, approval_id: str, wanted: DecideApproval, *, operator_id: str, now: datetime
) -> Approval:
    """Approve a proposal and do what it says; raises what doing it raises.

    Raises NotFoundError, ApprovalStateError, FourEyesError.
    """
    row = _open(db, approval_id, now)
    if not rules.may_approve(operator_id, proposed_by=row.proposed_by, person_id=row.person_id):
        raise FourEyesError
    try:
        operators.require_operator(db, row.proposed_by)
    except NotAnOperatorError:
        raise ApprovalStateError from None
    row = _decided(db, row, "approved", wanted.reason, operator_id, now)
    _log(db, row, operator_id, "approve", wanted.reason, now)
    done_id = actions.handler(row.action)(db, row, now)
    if done_id:
        row = replace(row, done_id=done_id)
        repository.decide(db, row)
    return _shown(row, operator_id)


def refuse(
    db: Db, approval_id: str, wanted: DecideApproval, *, operator_id: str, now: datetime
) -> Approval:
    """Refuse a proposal, or take one's own back; raises NotFoundError, ApprovalStateError."""
    row = _decided(db, _open(db, approval_id, now), "refused", wanted.reason, operator_id, now)
    _log(db, row, operator_id, "refuse", wanted.reason, now)
    return _shown(row, operator_id)


def approved(db: Db, *, object_id: str, action: Action) -> Row | None:
    """Return the proposal by which something was last done with an object, None without one."""
    found = repository.of_object(db, object_id=object_id, action=action, limit=_SEVERAL)
    return next((row for row in found if row.state == "approved"), None)


def open_about(db: Db, *, object_id: str, action: Action, now: datetime) -> list[Row]:
    """Return what is proposed to be done with an object and not decided."""
    found = repository.of_object(db, object_id=object_id, action=action, limit=_SEVERAL)
    return [row for row in found if rules.is_open(row.state, row.lapses_at, now)]


def _open(db: Db, approval_id: str, now: datetime) -> Row:
    row = repository.lock(db, approval_id=approval_id)
    if row is None:
        raise NotFoundError
    if not rules.is_open(row.state, row.lapses_at, now):
        raise ApprovalStateError
    return row


def _decided(
    db: Db, row: Row, state: ApprovalState, reason: str, operator_id: str, now: datetime
) -> Row:
    row = replace(row, state=state, decided_by=operator_id, decided_at=now, decision_reason=reason)
    repository.decide(db, row)
    return row


def _log(db: Db, row: Row, operator_id: str, step: str, reason: str, now: datetime) -> None:
    action = f"{step}_{row.action}"
    operators.log(db, operator_id, action, row.person_id, reason, now, object_id=row.object_id)


def _shown(row: Row, operator_id: str) -> Approval:
    return Approval.model_validate(
        {
            **{name: getattr(row, name) for name in Approval.model_fields if hasattr(row, name)},
            "given": json.loads(row.given),
            "is_own": row.proposed_by == operator_id,
        }
    )

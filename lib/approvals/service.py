"""Approvals: what one operator alone may not do is asked for by one and approved by another.

What is approved is what was asked for, to the øre: it is carried out in the same transaction.
"""

import json
from collections.abc import Mapping
from datetime import datetime

from lib.approvals import actions, repository
from lib.approvals.repository import Approval as Row
from lib.approvals.rules import LASTS, Approved
from lib.approvals.schemas import (
    Approval,
    ApprovalOverError,
    Approvals,
    DecideApproval,
    ListApprovals,
    OwnApprovalError,
)
from lib.core import ids, page_keys
from lib.core.db import Db
from lib.core.errors import NotFoundError
from lib.operators import service as operators

_SEVERAL = 50


def ask(
    db: Db,
    action: str,
    subject_id: str,
    given: Mapping[str, object],
    *,
    reason: str,
    operator_id: str,
    now: datetime,
) -> str:
    """Ask for something that takes two; return the id of the asking. The caller logs it."""
    approval_id = ids.new("apr")
    repository.insert(
        db,
        {
            "id": approval_id,
            "action": action,
            "subject_id": subject_id,
            "given": json.dumps(given),
            "reason": reason,
            "asked_by": operator_id,
            "expires_at": now + LASTS,
            "now": now,
        },
    )
    return approval_id


def waiting_about(db: Db, subject_id: str, now: datetime) -> list[Approval]:
    """Return what is asked for about a subject and not decided."""
    found = repository.open_about(db, subject_id=subject_id, now=now, limit=_SEVERAL)
    return [_shown(row) for row in found]


def page(db: Db, wanted: ListApprovals, *, operator_id: str, now: datetime) -> Approvals:
    """Return a page of what waits, oldest first; the reading is logged."""
    after = page_keys.decode(wanted.after)[0] if wanted.after else ""
    found = repository.open_page(db, now=now, after=after, limit=wanted.limit + 1)
    shown = [_shown(row) for row in found[: wanted.limit]]
    operators.log(db, operator_id, "read_approvals", None, wanted.reason, now)
    following = page_keys.encode(shown[-1].id) if len(found) > len(shown) else None
    return Approvals(approvals=shown, next=following)


def decide(
    db: Db, approval_id: str, wanted: DecideApproval, *, operator_id: str, now: datetime
) -> Approval:
    """Approve, and have it done at once, or reject; who asked does neither.

    Raises NotFoundError, OwnApprovalError, ApprovalOverError, and what the action raises.
    """
    row = repository.lock(db, approval_id=approval_id)
    if row is None:
        raise NotFoundError
    is_over = now >= row.expires_at
    if row.state != "open" or is_over:
        raise ApprovalOverError(state="expired" if row.state == "open" else row.state)
    is_approved = wanted.decision == "approve"
    if row.asked_by == operator_id:
        raise OwnApprovalError
    done_id = _done(db, row, now) if is_approved else None
    repository.decide(
        db,
        {
            "id": approval_id,
            "state": "approved" if is_approved else "rejected",
            "decided_by": operator_id,
            "done_id": done_id,
            "now": now,
        },
    )
    operators.log(
        db,
        operator_id,
        f"{wanted.decision}_{row.action}",
        None,
        wanted.reason,
        now,
        object_id=approval_id,
    )
    return _shown(repository.lock(db, approval_id=approval_id) or row)


def _done(db: Db, row: Row, now: datetime) -> str:
    approved = Approved(row.subject_id, json.loads(row.given), row.reason, row.asked_by)
    return actions.carry_out(db, row.action, approved, now)


def _shown(row: Row) -> Approval:
    return Approval.model_validate({**vars(row), "given": json.loads(row.given)})

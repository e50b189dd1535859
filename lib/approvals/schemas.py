"""What goes in and out about what takes two operators."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from lib.core.errors import ProblemError
from lib.web.schema import Input, Output, PageQuery


class ListApprovals(PageQuery):
    """What waits for another operator, and why it is read."""

    reason: str = Field(min_length=3, max_length=500)


class DecideApproval(Input):
    """Whether it is to be done, and why."""

    decision: Literal["approve", "reject"]
    reason: str = Field(min_length=3, max_length=500)


class Approval(Output):
    """Something that one operator has asked for and another has to approve.

    `given` are the figures with which it is done; `done_id` is what was made of it.
    """

    id: str
    action: str
    subject_id: str
    given: dict[str, str | int | bool]
    reason: str
    state: Literal["open", "approved", "rejected", "expired"]
    asked_by: str
    asked_at: datetime
    expires_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    done_id: str | None


class Approvals(Output):
    """A page of what waits, oldest first."""

    approvals: list[Approval]
    next: str | None


class OwnApprovalError(ProblemError):
    """Nobody approves what they have asked for themselves."""

    status, code = 403, "own_approval"
    nb, en = "Du kan ikke godkjenne din egen forespørsel", "You can't approve your own request"


class ApprovalOverError(ProblemError):
    """It was decided before, or its time is over; `state` says which."""

    status, code = 409, "approval_over"
    nb, en = "Forespørselen er avgjort eller utløpt", "The request is decided or has expired"

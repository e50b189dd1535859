"""What goes in and out about proposals that a second operator approves."""

from datetime import datetime

from lib.approvals.rules import Action, ApprovalState
from lib.core.errors import ProblemError
from lib.web.schema import CheckedPageQuery, Input, Output, Reason


class ListApprovals(CheckedPageQuery):
    """A page of what waits for a second operator, the oldest first."""


class DecideApproval(Input):
    """Why it is approved or refused."""

    reason: Reason


class Approval(Output):
    """What an operator proposes to do, on what it rests, and what another has decided.

    `given` are the figures with which it is done, `done_id` what was made of it; `is_own`: you have
    proposed it, so another decides.
    """

    id: str
    action: Action
    person_id: str | None
    object_id: str
    given: dict[str, str | int]
    reason: str
    state: ApprovalState
    is_own: bool
    proposed_at: datetime
    lapses_at: datetime
    decided_at: datetime | None
    decision_reason: str
    done_id: str | None


class Approvals(Output):
    """A page of proposals; `next` asks for the one that follows."""

    approvals: list[Approval]
    next: str | None


class ApprovalStateError(ProblemError):
    """It was decided on before, has lapsed, or whoever proposed it is no operator any more."""

    status, code = 409, "approval_state"
    nb, en = "Forslaget kan ikke behandles lenger", "The proposal can't be decided on any more"


class FourEyesError(ProblemError):
    """Another operator must do this: not who proposed it, and not whom it is about."""

    status, code = 403, "four_eyes"
    nb, en = "En annen operatør må gjøre dette", "Another operator must do this"

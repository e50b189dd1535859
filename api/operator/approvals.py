"""What two operators agree on, and what is carried out for somebody who has asked."""

from lib.approvals import service
from lib.approvals.schemas import (
    Approval,
    Approvals,
    ApprovalStateError,
    DecideApproval,
    FourEyesError,
    ListApprovals,
)
from lib.cases.schemas import RequestStateError
from lib.operators.schemas import REFUSALS
from lib.operators.service import acting
from lib.privacy import on_behalf
from lib.privacy.archive_schemas import TooManyExportsError
from lib.privacy.errors import ErasureRefusedError
from lib.purchases.schemas import NotRefundableError
from lib.web.endpoint import Endpoint
from lib.web.route import SIGNED_IN, Call, get, post


class handler(Endpoint):
    """/v1/operator/approvals, and carrying out what was granted."""

    @post(
        "/v1/operator/requests/{request_id}/carry-out",
        auth=SIGNED_IN,
        idempotent=True,
        errors=(*REFUSALS, RequestStateError, FourEyesError, TooManyExportsError),
    )
    def carry_out(self, call: Call[on_behalf.CarryOut], request_id: str) -> on_behalf.CarriedOut:
        """Do what was granted; what can't be undone is proposed to a second operator."""
        who = acting(call)
        return on_behalf.carry_out(call.db, request_id, call.input, operator_id=who, now=call.now)

    @get(
        "/v1/operator/requests/{request_id}/outcome",
        auth=SIGNED_IN,
        errors=(*REFUSALS, RequestStateError),
    )
    def outcome(self, call: Call[None], request_id: str) -> on_behalf.Outcome:
        """See what came of it, and what you have to send the person."""
        who = acting(call)
        return on_behalf.outcome(call.db, request_id, operator_id=who, now=call.now)

    @get("/v1/operator/approvals", auth=SIGNED_IN, errors=REFUSALS)
    def list_approvals(self, call: Call[ListApprovals]) -> Approvals:
        """List what waits for a second operator."""
        return service.find(call.db, call.input, operator_id=acting(call), now=call.now)

    @post(
        "/v1/operator/approvals/{approval_id}/approve",
        auth=SIGNED_IN,
        idempotent=True,
        errors=(
            *REFUSALS,
            ApprovalStateError,
            FourEyesError,
            RequestStateError,
            ErasureRefusedError,
            NotRefundableError,
        ),
    )
    def approve(self, call: Call[DecideApproval], approval_id: str) -> Approval:
        """Approve what another operator has proposed; it is done with that."""
        who = acting(call)
        return service.approve(call.db, approval_id, call.input, operator_id=who, now=call.now)

    @post(
        "/v1/operator/approvals/{approval_id}/refuse",
        auth=SIGNED_IN,
        idempotent=True,
        errors=(*REFUSALS, ApprovalStateError),
    )
    def refuse(self, call: Call[DecideApproval], approval_id: str) -> Approval:
        """Refuse what was proposed, or take back what you have proposed."""
        who = acting(call)
        return service.refuse(call.db, approval_id, call.input, operator_id=who, now=call.now)

"""Purchases as operators look into them, refunds that they decide on, disputes."""

from lib.approvals.schemas import FourEyesError
from lib.operators.schemas import REFUSALS
from lib.operators.service import acting
from lib.purchases import disputes, giving, inspecting
from lib.purchases import operator_schemas as ops
from lib.purchases.schemas import NotRefundableError, Refund
from lib.web.endpoint import Endpoint
from lib.web.route import SIGNED_IN, Call, get, post


class handler(Endpoint):
    """/v1/operator/purchases, refunds and disputes."""

    @get("/v1/operator/purchases/{purchase_id}", auth=SIGNED_IN, errors=REFUSALS)
    def inspect_purchase(self, call: Call[ops.Why], purchase_id: str) -> ops.InspectedPurchase:
        """Read a purchase with everything that is known of its money; both parties see that."""
        who = acting(call)
        return inspecting.read(call.db, purchase_id, call.input, operator_id=who, now=call.now)

    @post(
        "/v1/operator/purchases/{purchase_id}/refunds",
        auth=SIGNED_IN,
        idempotent=True,
        status=201,
        errors=(*REFUSALS, NotRefundableError, FourEyesError),
    )
    def give_refund(self, call: Call[ops.GiveRefund], purchase_id: str) -> ops.GivenRefund:
        """Give money back; much of it takes another operator, who is asked."""
        who = acting(call)
        return giving.give(call.db, purchase_id, call.input, operator_id=who, now=call.now)

    @post(
        "/v1/operator/purchases/{purchase_id}/portal-refunds",
        auth=SIGNED_IN,
        idempotent=True,
        status=201,
        errors=(*REFUSALS, NotRefundableError, ops.NotRefundedThereError),
        finish=giving.note,
    )
    def note_portal_refund(
        self, call: Call[ops.NotePortalRefund], purchase_id: str
    ) -> ops.PortalRefund:
        """Note what somebody has given back by hand at Vipps or Stripe; it is looked up there."""
        who = acting(call)
        return giving.want_noted(call.db, purchase_id, call.input, operator_id=who, now=call.now)

    @get("/v1/operator/refunds", auth=SIGNED_IN, errors=REFUSALS)
    def list_held_refunds(self, call: Call[ops.ReadRefunds]) -> ops.HeldRefunds:
        """List refunds that their rail will not carry out, the oldest first."""
        return giving.held(call.db, call.input, operator_id=acting(call), now=call.now)

    @post(
        "/v1/operator/refunds/{refund_id}/retry", auth=SIGNED_IN, idempotent=True, errors=REFUSALS
    )
    def retry_refund(self, call: Call[ops.Why], refund_id: str) -> Refund:
        """Have a held refund tried again."""
        who = acting(call)
        return giving.try_again(call.db, refund_id, call.input, operator_id=who, now=call.now)

    @post("/v1/operator/refunds/{refund_id}/bank", auth=SIGNED_IN, idempotent=True, errors=REFUSALS)
    def refund_by_bank(self, call: Call[ops.Why], refund_id: str) -> Refund:
        """Note that you have paid a held refund by bank."""
        who = acting(call)
        return giving.paid_by_bank(call.db, refund_id, call.input, operator_id=who, now=call.now)

    @get("/v1/operator/disputes", auth=SIGNED_IN, errors=REFUSALS)
    def list_disputes(self, call: Call[ops.ReadDisputes]) -> ops.Disputes:
        """List contested payments, the newest first, and until when to answer at Stripe."""
        return disputes.page(call.db, call.input, operator_id=acting(call), now=call.now)

    @post(
        "/v1/operator/disputes/{dispute_id}/decide",
        auth=SIGNED_IN,
        idempotent=True,
        errors=(*REFUSALS, ops.DisputeNotDecidableError, NotRefundableError),
    )
    def decide_dispute(self, call: Call[ops.DecideDispute], dispute_id: str) -> ops.Dispute:
        """Decide at whose expense a lost dispute is."""
        who = acting(call)
        return disputes.decide(call.db, dispute_id, call.input, operator_id=who, now=call.now)

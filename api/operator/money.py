"""Money on its way to mentors and between our own places, and what was given up."""

from lib.operators.schemas import REFUSALS
from lib.operators.service import acting
from lib.outbox import parked
from lib.outbox.schemas import ListParked, ParkedMessage, ParkedMessages, TryAgain
from lib.payouts import holding
from lib.payouts.schemas import (
    ChangePayout,
    PayoutMovedError,
    ReadWaitingPayouts,
    WaitingPayout,
    WaitingPayouts,
)
from lib.treasury import service as treasury
from lib.treasury.schemas import (
    MoveNotedOtherwiseError,
    NotedMove,
    NoteMove,
    ReadTreasury,
    Treasury,
)
from lib.web.endpoint import Endpoint
from lib.web.route import SIGNED_IN, Call, get, post


class handler(Endpoint):
    """/v1/operator/payouts, treasury and messages."""

    @get("/v1/operator/payouts", auth=SIGNED_IN, errors=REFUSALS)
    def list_waiting_payouts(self, call: Call[ReadWaitingPayouts]) -> WaitingPayouts:
        """List payouts that wait, for money of ours at Stripe or for you, the oldest first."""
        return holding.waiting(call.db, call.input, operator_id=acting(call), now=call.now)

    @post(
        "/v1/operator/payouts/{payout_id}/retry",
        auth=SIGNED_IN,
        idempotent=True,
        errors=REFUSALS,
    )
    def retry_payout(self, call: Call[ChangePayout], payout_id: str) -> WaitingPayout:
        """Have a held payout tried again by the next run."""
        who = acting(call)
        return holding.try_again(call.db, payout_id, call.input, operator_id=who, now=call.now)

    @post(
        "/v1/operator/payouts/{payout_id}/call-off",
        auth=SIGNED_IN,
        idempotent=True,
        errors=(*REFUSALS, PayoutMovedError),
        finish=holding.call_off,
    )
    def call_off_payout(self, call: Call[ChangePayout], payout_id: str) -> WaitingPayout:
        """Call a held payout off: what it was to settle is owed again; Stripe is asked first."""
        who = acting(call)
        return holding.want_off(call.db, payout_id, call.input, operator_id=who, now=call.now)

    @get("/v1/operator/treasury", auth=SIGNED_IN, errors=REFUSALS, finish=treasury.ask_stripe)
    def read_treasury(self, call: Call[ReadTreasury]) -> Treasury:
        """Read where our money lies, what payouts need, and what must be moved to Stripe."""
        return treasury.report(call.db, call.input, operator_id=acting(call), now=call.now)

    @post(
        "/v1/operator/treasury/moves",
        auth=SIGNED_IN,
        idempotent=True,
        status=201,
        errors=(*REFUSALS, MoveNotedOtherwiseError),
    )
    def note_move(self, call: Call[NoteMove]) -> NotedMove:
        """Note a settlement that has arrived, or money that you have moved."""
        return treasury.note(call.db, call.input, operator_id=acting(call), now=call.now)

    @get("/v1/operator/messages", auth=SIGNED_IN, errors=REFUSALS)
    def list_parked_messages(self, call: Call[ListParked]) -> ParkedMessages:
        """List what the world was to hear and was given up."""
        return parked.page(call.db, call.input, operator_id=acting(call), now=call.now)

    @post(
        "/v1/operator/messages/{message_id}/retry",
        auth=SIGNED_IN,
        idempotent=True,
        errors=REFUSALS,
    )
    def retry_message(self, call: Call[TryAgain], message_id: str) -> ParkedMessage:
        """Have something that was given up delivered again."""
        who = acting(call)
        return parked.try_again(call.db, message_id, call.input, operator_id=who, now=call.now)

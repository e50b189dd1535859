"""Hours of packs: what is left of them, paying with them, and withdrawing from a purchase."""

from lib.purchases import hours, withdrawal
from lib.purchases.schemas import (
    BoughtPacks,
    EarlyStartRequiredError,
    HoursDrawn,
    HoursNotAcceptedError,
    NotEnoughHoursError,
    NotWithdrawableError,
    PayWithHours,
    PurchasePage,
    PurchaseUnderWayError,
    Withdraw,
    Withdrawal,
    WithdrawalChangedError,
)
from lib.scheduling.schemas import BookingNotPayableError
from lib.web.endpoint import Endpoint
from lib.web.route import SIGNED_IN, Call, get, post


class handler(Endpoint):
    """/v1/hours, /v1/bookings/{booking_id}/hours, /v1/purchases/{purchase_id}/withdrawal."""

    @get("/v1/hours", auth=SIGNED_IN, allow_restricted=True)
    def list_own(self, call: Call[PurchasePage]) -> BoughtPacks:
        """List the packs of hours that you have bought, with what is left of each."""
        wanted = call.input
        return hours.page(call.db, mentee_id=call.person_id, after=wanted.after, limit=wanted.limit)

    @post(
        "/v1/bookings/{booking_id}/hours",
        auth=SIGNED_IN,
        idempotent=True,
        errors=(
            BookingNotPayableError,
            EarlyStartRequiredError,
            HoursNotAcceptedError,
            NotEnoughHoursError,
        ),
    )
    def pay(self, call: Call[PayWithHours], booking_id: str) -> HoursDrawn:
        """Pay for a booking with hours that you have; it is confirmed at once."""
        return hours.pay(
            call.db, call.input, booking_id=booking_id, mentee_id=call.person_id, now=call.now
        )

    @get(
        "/v1/purchases/{purchase_id}/withdrawal",
        auth=SIGNED_IN,
        allow_restricted=True,
        errors=(PurchaseUnderWayError,),
    )
    def quote(self, call: Call[None], purchase_id: str) -> Withdrawal:
        """See what you would get back if you withdrew from a purchase now, and why."""
        return withdrawal.quote(
            call.db, purchase_id=purchase_id, mentee_id=call.person_id, now=call.now
        )

    @post(
        "/v1/purchases/{purchase_id}/withdrawal",
        auth=SIGNED_IN,
        idempotent=True,
        allow_restricted=True,
        errors=(NotWithdrawableError, PurchaseUnderWayError, WithdrawalChangedError),
    )
    def withdraw(self, call: Call[Withdraw], purchase_id: str) -> Withdrawal:
        """Withdraw from a purchase, for the sum that you were told."""
        return withdrawal.withdraw(
            call.db,
            purchase_id=purchase_id,
            mentee_id=call.person_id,
            refund_ore=call.input.refund_ore,
            now=call.now,
        )

"""Paying for a booking with Vipps."""

from lib.core.errors import NotFoundError
from lib.policies.schemas import PolicyNotAcceptedError
from lib.purchases import service
from lib.purchases.schemas import (
    PaymentRefusedError,
    Purchase,
    StartPurchase,
    TermsOutdatedError,
)
from lib.scheduling.schemas import BookingNotPayableError, PaymentNotOpenError
from lib.web.endpoint import Endpoint
from lib.web.route import SIGNED_IN, Call, get, post


class handler(Endpoint):
    """/v1/purchases."""

    @post(
        "/v1/purchases",
        auth=SIGNED_IN,
        idempotent=True,
        status=201,
        finish=service.fetch_redirect,
        errors=(
            BookingNotPayableError,
            NotFoundError,
            PaymentNotOpenError,
            PaymentRefusedError,
            PolicyNotAcceptedError,
            TermsOutdatedError,
        ),
    )
    def start(self, call: Call[StartPurchase]) -> Purchase:
        """Begin to pay for a booking: open `redirect_url`, unmodified, in the system browser.

        The money is reserved when the person approves, taken once the session has been held, and
        let go otherwise. After a time-out send the same call with the same key.
        """
        return service.start(
            call.db,
            booking_id=call.input.booking_id,
            mentee_id=call.person_id,
            terms=call.input.terms,
            now=call.now,
        )

    @get("/v1/purchases/{purchase_id}", auth=SIGNED_IN, allow_restricted=True, finish=service.look)
    def read(self, call: Call[None], purchase_id: str) -> Purchase:
        """See what became of a payment; Vipps is asked, so nobody need come back from it."""
        return service.read(call.db, purchase_id=purchase_id, mentee_id=call.person_id)

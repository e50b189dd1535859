"""Paying for a booking or a pack of hours."""

from lib.core.errors import NotFoundError
from lib.policies.schemas import PolicyNotAcceptedError
from lib.purchases import service
from lib.purchases.schemas import (
    EarlyStartRequiredError,
    OwnPackError,
    PackNotForSaleError,
    PaymentRefusedError,
    PurchaseDetail,
    PurchasePage,
    Purchases,
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
            EarlyStartRequiredError,
            NotFoundError,
            OwnPackError,
            PackNotForSaleError,
            PaymentNotOpenError,
            PaymentRefusedError,
            PolicyNotAcceptedError,
            TermsOutdatedError,
        ),
    )
    def start(self, call: Call[StartPurchase]) -> PurchaseDetail:
        """Begin to pay: open `redirect_url`, unmodified, in the system browser.

        The money is reserved when the person approves. For a session it is taken once that has been
        held, and let go otherwise; for a pack it is taken as its hours are issued. After a time-out
        send the same call with the same key.
        """
        return service.start(call.db, call.input, mentee_id=call.person_id, now=call.now)

    @get("/v1/purchases", auth=SIGNED_IN, allow_restricted=True)
    def list_own(self, call: Call[PurchasePage]) -> Purchases:
        """List your purchases, the newest first."""
        wanted = call.input
        return service.page(
            call.db, mentee_id=call.person_id, after=wanted.after, limit=wanted.limit
        )

    @get("/v1/purchases/{purchase_id}", auth=SIGNED_IN, allow_restricted=True, finish=service.look)
    def read(self, call: Call[None], purchase_id: str) -> PurchaseDetail:
        """See what became of a payment; the rail is asked, so nobody need come back from it."""
        return service.read(call.db, purchase_id=purchase_id, mentee_id=call.person_id)

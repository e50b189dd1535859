"""How mentors are paid."""

from lib.core.errors import NotFoundError
from lib.earnings import service as earned
from lib.earnings.schemas import Earnings
from lib.mentors.schemas import NotAMentorError
from lib.payouts import accounts, service
from lib.payouts.schemas import (
    PayoutAccountRefusedError,
    PayoutPage,
    Payouts,
)
from lib.web.endpoint import Endpoint
from lib.web.route import FRESHLY_SIGNED_IN, SIGNED_IN, Call, get, post


class handler(Endpoint):
    """/v1/payout-account and /v1/payouts."""

    @post(
        "/v1/payout-account",
        auth=FRESHLY_SIGNED_IN,
        idempotent=True,
        allow_restricted=True,
        status=201,
        finish=accounts.onboard,
        errors=(NotAMentorError, PayoutAccountRefusedError),
    )
    def onboard(self, call: Call[None]) -> accounts.Wanted:
        """Open or complete your account at Stripe: returns a link to open at once.

        Coming back from Stripe does not mean that it is done; read the account to see.
        """
        return accounts.want(call.db, mentor_id=call.person_id, now=call.now)

    @get(
        "/v1/payout-account",
        auth=SIGNED_IN,
        allow_restricted=True,
        finish=accounts.look,
        errors=(NotFoundError,),
    )
    def account(self, call: Call[None]) -> accounts.Wanted:
        """Read the state of your payout account; Stripe is asked while it is not ready."""
        return accounts.want_to_see(call.db, mentor_id=call.person_id)

    @get("/v1/payouts", auth=SIGNED_IN, allow_restricted=True)
    def payouts(self, call: Call[PayoutPage]) -> Payouts:
        """List your payouts, newest first, with what you have earned and not been paid yet."""
        wanted = call.input
        return service.page(
            call.db,
            mentor_id=call.person_id,
            after=wanted.after,
            limit=wanted.limit,
            now=call.now,
        )

    @get("/v1/earnings", auth=SIGNED_IN, allow_restricted=True)
    def earnings(self, call: Call[PayoutPage]) -> Earnings:
        """List what you have earned with each session, newest first, and which payout paid it."""
        wanted = call.input
        return earned.page(
            call.db, mentor_id=call.person_id, after=wanted.after, limit=wanted.limit
        )

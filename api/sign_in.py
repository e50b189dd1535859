"""Sign-in with Vipps and sign-up."""

from lib.accounts import sign_in
from lib.accounts.schemas import (
    AgeUnknownError,
    AttemptRefusedError,
    BeginSignIn,
    CompleteSignIn,
    ErasureUnderWayError,
    PolicyOutdatedError,
    SignInResult,
    SignUp,
    SignUpExpiredError,
    TimeZoneUnknownError,
    UnderAgeError,
)
from lib.providers.vipps.login import SignInFailedError
from lib.web.auth import bearer
from lib.web.endpoint import Endpoint
from lib.web.route import Call, post


class handler(Endpoint):
    """/v1/sign-in and /v1/sign-up."""

    @post("/v1/sign-in", status=201, finish=sign_in.address)
    def begin(self, call: Call[BeginSignIn]) -> sign_in.Begun:
        """Begin a sign-in with Vipps.

        Open `authorize_url` in the system browser, never in a web view. Vipps brings the person
        back with `code` and `state`; complete the sign-in with both, from the device that began it.
        """
        return sign_in.begin(call.db, flow=call.input.flow, now=call.now)

    @post(
        "/v1/sign-in/complete",
        finish=sign_in.complete,
        errors=(
            AttemptRefusedError,
            SignInFailedError,
            UnderAgeError,
            AgeUnknownError,
            ErasureUnderWayError,
        ),
    )
    def complete(self, call: Call[CompleteSignIn]) -> sign_in.Answered:
        """Complete a sign-in with what Vipps brought back.

        Answers `signed_in` with a session, or `sign_up_required` for a new person. Sent with an
        access token of the same person, it replaces that session: so one signs in afresh for what
        demands it.
        """
        return sign_in.answer(call.db, call.input, access_token=bearer(call.headers), now=call.now)

    @post(
        "/v1/sign-up",
        status=201,
        errors=(
            SignUpExpiredError,
            PolicyOutdatedError,
            TimeZoneUnknownError,
            ErasureUnderWayError,
        ),
    )
    def sign_up(self, call: Call[SignUp]) -> SignInResult:
        """Make an account: accept the terms and the privacy notice that were shown."""
        return sign_in.sign_up(call.db, call.input, now=call.now)

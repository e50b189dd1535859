"""One's own account: the profile, and the devices one is signed in on."""

from lib.accounts import service as accounts
from lib.accounts.schemas import CorrectProfile, Profile, TimeZoneUnknownError
from lib.sessions import service as sessions
from lib.sessions.schemas import (
    Devices,
    RefreshInput,
    RefreshRefusedError,
    RefreshReusedError,
    Tokens,
)
from lib.web.endpoint import Endpoint
from lib.web.route import SIGNED_IN, Call, delete, get, patch, post


class handler(Endpoint):
    """/v1/profile and /v1/sessions."""

    @get("/v1/profile", auth=SIGNED_IN, allow_restricted=True)
    def read(self, call: Call[None]) -> Profile:
        """Read your profile."""
        return accounts.own_profile(call.db, person_id=call.person_id, now=call.now)

    @patch(
        "/v1/profile",
        auth=SIGNED_IN,
        idempotent=True,
        allow_restricted=True,
        errors=(TimeZoneUnknownError,),
    )
    def correct(self, call: Call[CorrectProfile]) -> Profile:
        """Correct your profile: what you send is changed, what you leave out stays."""
        return accounts.correct(call.db, call.input, person_id=call.person_id, now=call.now)

    @post(
        "/v1/sessions/refresh",
        errors=(RefreshRefusedError, RefreshReusedError),
        finish=sessions.refused_if_reused,
    )
    def refresh(self, call: Call[RefreshInput]) -> Tokens | None:
        """Exchange a refresh token for a new pair.

        A refresh token is good once. When the reply is lost, send the same one again within a
        minute; after that, or once its replacement has been used, the device is signed out.
        """
        return sessions.refresh(call.db, call.input.refresh_token, now=call.now)

    @get("/v1/sessions", auth=SIGNED_IN, allow_restricted=True)
    def devices(self, call: Call[None]) -> Devices:
        """List the devices on which you are signed in."""
        return sessions.devices(
            call.db, person_id=call.person_id, current=call.session_id, now=call.now
        )

    @delete("/v1/sessions/{session_id}", auth=SIGNED_IN, allow_restricted=True)
    def sign_out(self, call: Call[None], session_id: str) -> None:
        """Sign one device out: this one or another."""
        sessions.end(call.db, person_id=call.person_id, session_id=session_id, now=call.now)

    @delete("/v1/sessions", auth=SIGNED_IN, allow_restricted=True)
    def sign_out_everywhere(self, call: Call[None]) -> None:
        """Sign every device out, this one included."""
        sessions.end_all_of(call.db, call.person_id, call.now)

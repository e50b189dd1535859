"""The devices a person is signed in on: refresh, list, sign out."""

from lib.sessions import service
from lib.sessions.schemas import (
    Devices,
    RefreshInput,
    RefreshRefusedError,
    RefreshReusedError,
    Tokens,
)
from lib.web.endpoint import Endpoint
from lib.web.route import SIGNED_IN, Call, delete, get, post


class handler(Endpoint):
    """/v1/sessions."""

    @post(
        "/v1/sessions/refresh",
        errors=(RefreshRefusedError, RefreshReusedError),
        finish=service.refused_if_reused,
    )
    def refresh(self, call: Call[RefreshInput]) -> Tokens | None:
        """Exchange a refresh token for a new pair.

        A refresh token is good once. When the reply is lost, send the same one again within a
        minute; after that, or once its replacement has been used, the device is signed out.
        """
        return service.refresh(call.db, call.input.refresh_token, now=call.now)

    @get("/v1/sessions", auth=SIGNED_IN, allow_restricted=True)
    def devices(self, call: Call[None]) -> Devices:
        """List the devices on which you are signed in."""
        return service.devices(
            call.db, person_id=call.person_id, current=call.session_id, now=call.now
        )

    @delete("/v1/sessions/{session_id}", auth=SIGNED_IN, allow_restricted=True)
    def sign_out(self, call: Call[None], session_id: str) -> None:
        """Sign one device out: this one or another."""
        service.end(call.db, person_id=call.person_id, session_id=session_id, now=call.now)

    @delete("/v1/sessions", auth=SIGNED_IN, allow_restricted=True)
    def sign_out_everywhere(self, call: Call[None]) -> None:
        """Sign every device out, this one included."""
        service.end_all_of(call.db, call.person_id, call.now)

"""One's own profile."""

from lib.accounts import service
from lib.accounts.schemas import CorrectProfile, Profile, TimeZoneUnknownError
from lib.web.endpoint import Endpoint
from lib.web.route import SIGNED_IN, Call, get, patch


class handler(Endpoint):
    """/v1/profile."""

    @get("/v1/profile", auth=SIGNED_IN, allow_restricted=True)
    def read(self, call: Call[None]) -> Profile:
        """Read your profile."""
        return service.own_profile(call.db, person_id=call.person_id, now=call.now)

    @patch(
        "/v1/profile",
        auth=SIGNED_IN,
        idempotent=True,
        allow_restricted=True,
        errors=(TimeZoneUnknownError,),
    )
    def correct(self, call: Call[CorrectProfile]) -> Profile:
        """Correct your profile: what you send is changed, what you leave out stays."""
        return service.correct(call.db, call.input, person_id=call.person_id, now=call.now)

"""The terms and the privacy notice: read, and accepted when they change."""

from lib.accounts.schemas import PolicyOutdatedError
from lib.policies import service
from lib.policies.schemas import Accepted, AcceptPolicy, Policies
from lib.web.endpoint import Endpoint
from lib.web.route import SIGNED_IN, Call, get, post


class handler(Endpoint):
    """/v1/policies."""

    @get("/v1/policies")
    def read(self, call: Call[None]) -> Policies:
        """Read the versions in force, and what the last change was."""
        return service.policies(call.db, call.now)

    @post(
        "/v1/policies/acceptances",
        auth=SIGNED_IN,
        idempotent=True,
        allow_restricted=True,
        errors=(PolicyOutdatedError,),
    )
    def accept(self, call: Call[AcceptPolicy]) -> Accepted:
        """Accept a new version; what is still to be answered stands in `notices`."""
        return service.accept(call.db, call.input, person_id=call.person_id, now=call.now)

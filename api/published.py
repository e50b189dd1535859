"""What anybody may read: terms and notices, figures of the service, the API's own description."""

from typing import Any

from lib.accounts.schemas import PolicyOutdatedError
from lib.policies import service as policies
from lib.policies.schemas import Accepted, AcceptPolicy, Policies
from lib.statistics import service as statistics
from lib.statistics.schemas import Statistics, StatisticsQuery
from lib.web.endpoint import Endpoint
from lib.web.route import SIGNED_IN, Call, get, post


class handler(Endpoint):
    """/v1/policies, /v1/statistics and /v1/openapi.json."""

    @get("/v1/policies")
    def read_policies(self, call: Call[None]) -> Policies:
        """Read the versions in force, and what the last change was."""
        return policies.policies(call.db, call.now)

    @post(
        "/v1/policies/acceptances",
        auth=SIGNED_IN,
        idempotent=True,
        allow_restricted=True,
        errors=(PolicyOutdatedError,),
    )
    def accept(self, call: Call[AcceptPolicy]) -> Accepted:
        """Accept a new version; what is still to be answered stands in `notices`."""
        return policies.accept(call.db, call.input, person_id=call.person_id, now=call.now)

    @get("/v1/statistics")
    def read_statistics(self, call: Call[StatisticsQuery]) -> Statistics:
        """Read how many sessions were held, by month, by skill or by year.

        A figure is there only where ten mentors and ten mentees stand behind it and behind whatever
        it leaves over beside the others.
        """
        return statistics.read(call.db, call.input)

    @get("/v1/openapi.json")
    def describe(self, call: Call[None]) -> dict[str, Any]:
        """Read the description of every call (OpenAPI 3.1)."""
        del call
        from lib.web import openapi  # it imports every function: not until it is asked for

        return openapi.document()

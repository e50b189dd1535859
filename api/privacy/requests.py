"""What you have asked for by your rights, and what operators have read about you."""

from lib.cases import service
from lib.cases.schemas import (
    AskByRight,
    Request,
    Requests,
    RequestStateError,
    TooManyRequestsOpenError,
)
from lib.core.errors import NotFoundError
from lib.operators import service as operators
from lib.operators.schemas import Readings
from lib.web.endpoint import Endpoint
from lib.web.route import SIGNED_IN, Call, get, post
from lib.web.schema import PageQuery


class handler(Endpoint):
    """/v1/privacy/requests and /v1/privacy/readings."""

    @get("/v1/privacy/requests", auth=SIGNED_IN)
    def list_requests(self, call: Call[PageQuery]) -> Requests:
        """List your requests: how many days we have left, what was decided, how to complain."""
        return service.list_own(call.db, call.input, person_id=call.person_id, now=call.now)

    @post(
        "/v1/privacy/requests",
        auth=SIGNED_IN,
        idempotent=True,
        status=201,
        errors=(NotFoundError, TooManyRequestsOpenError),
    )
    def request(self, call: Call[AskByRight]) -> Request:
        """Use a right that no other call serves, or ask a person to look; answered in a month."""
        return service.ask(call.db, call.input, person_id=call.person_id, now=call.now)

    @post(
        "/v1/privacy/requests/{request_id}/withdraw",
        auth=SIGNED_IN,
        idempotent=True,
        errors=(RequestStateError,),
    )
    def withdraw(self, call: Call[None], request_id: str) -> Request:
        """Take a request back, also one that others made in your name, until it is carried out."""
        return service.withdraw(call.db, request_id, person_id=call.person_id, now=call.now)

    @get("/v1/privacy/readings", auth=SIGNED_IN)
    def list_readings(self, call: Call[PageQuery]) -> Readings:
        """See what operators have read and done about you, when and why."""
        return operators.readings(call.db, call.input, person_id=call.person_id)

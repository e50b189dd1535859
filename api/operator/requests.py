"""Requests by right, as operators deal with them."""

from lib.cases import service
from lib.cases.schemas import (
    Close,
    Decide,
    Extend,
    ExtensionRefusedError,
    Identify,
    NoteRequest,
    Queue,
    QueuedRequest,
    QueueQuery,
    RequestNotIdentifiedError,
    RequestStateError,
)
from lib.operators.schemas import REFUSALS
from lib.operators.service import acting
from lib.web.endpoint import Endpoint
from lib.web.route import SIGNED_IN, Call, get, post


class handler(Endpoint):
    """/v1/operator/requests."""

    @get("/v1/operator/requests", auth=SIGNED_IN, errors=REFUSALS)
    def list_requests(self, call: Call[QueueQuery]) -> Queue:
        """List what is open, the overdue first."""
        operator = acting(call)
        return service.queue(call.db, call.input, operator_id=operator, now=call.now)

    @post("/v1/operator/requests", auth=SIGNED_IN, idempotent=True, status=201, errors=REFUSALS)
    def note_request(self, call: Call[NoteRequest]) -> QueuedRequest:
        """Type in a request that came by mail or from a company's admin."""
        operator = acting(call)
        return service.note(call.db, call.input, operator_id=operator, now=call.now)

    @post(
        "/v1/operator/requests/{request_id}/identify",
        auth=SIGNED_IN,
        idempotent=True,
        errors=(*REFUSALS, RequestStateError),
    )
    def identify_request(self, call: Call[Identify], request_id: str) -> QueuedRequest:
        """Say whose request it is, and how that is known."""
        who = acting(call)
        return service.identify(call.db, request_id, call.input, operator_id=who, now=call.now)

    @post(
        "/v1/operator/requests/{request_id}/extend",
        auth=SIGNED_IN,
        idempotent=True,
        errors=(*REFUSALS, ExtensionRefusedError),
    )
    def extend_request(self, call: Call[Extend], request_id: str) -> QueuedRequest:
        """Take one or two months more, within the first; the person is shown why."""
        who = acting(call)
        return service.extend(call.db, request_id, call.input, operator_id=who, now=call.now)

    @post(
        "/v1/operator/requests/{request_id}/decide",
        auth=SIGNED_IN,
        idempotent=True,
        errors=(*REFUSALS, RequestStateError, RequestNotIdentifiedError),
    )
    def decide_request(self, call: Call[Decide], request_id: str) -> QueuedRequest:
        """Decide, with the reason that the person is shown, and the way to complain."""
        who = acting(call)
        return service.decide(call.db, request_id, call.input, operator_id=who, now=call.now)

    @post(
        "/v1/operator/requests/{request_id}/close",
        auth=SIGNED_IN,
        idempotent=True,
        errors=(*REFUSALS, RequestStateError),
    )
    def close_request(self, call: Call[Close], request_id: str) -> QueuedRequest:
        """Close a request once what was granted has been carried out."""
        who = acting(call)
        return service.close(call.db, request_id, call.input, operator_id=who, now=call.now)

"""The register of breaches of security."""

from lib.breaches import service
from lib.breaches.schemas import (
    Breach,
    BreachClosedError,
    Breaches,
    BreachNotClosableError,
    ChangeBreach,
    DelayUnexplainedError,
    ListBreaches,
    NoteBreach,
)
from lib.operators.schemas import REFUSALS
from lib.operators.service import acting
from lib.web.endpoint import Endpoint
from lib.web.route import SIGNED_IN, Call, get, patch, post


class handler(Endpoint):
    """/v1/operator/breaches."""

    @get("/v1/operator/breaches", auth=SIGNED_IN, errors=REFUSALS)
    def list_breaches(self, call: Call[ListBreaches]) -> Breaches:
        """List breaches by the end of their 72 hours."""
        acting(call)
        return service.find(call.db, call.input, now=call.now)

    @post("/v1/operator/breaches", auth=SIGNED_IN, idempotent=True, status=201, errors=REFUSALS)
    def note_breach(self, call: Call[NoteBreach]) -> Breach:
        """Enter a breach; Datatilsynet has to be told within 72 hours of noticing it."""
        return service.note(call.db, call.input, operator_id=acting(call), now=call.now)

    @patch(
        "/v1/operator/breaches/{breach_id}",
        auth=SIGNED_IN,
        idempotent=True,
        errors=(*REFUSALS, BreachClosedError, BreachNotClosableError, DelayUnexplainedError),
    )
    def change_breach(self, call: Call[ChangeBreach], breach_id: str) -> Breach:
        """Write what is known by now, whom you have told and when, or that it is over."""
        operator = acting(call)
        return service.change(call.db, breach_id, call.input, operator_id=operator, now=call.now)

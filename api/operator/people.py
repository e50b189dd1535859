"""What an operator may read, correct and hold back of a person."""

from lib.accounts.schemas import Profile, TimeZoneUnknownError
from lib.cases import people
from lib.cases.schemas import CorrectPerson, ReadPerson, RequestStateError
from lib.core.errors import NotFoundError
from lib.operators.schemas import REFUSALS
from lib.operators.service import acting
from lib.privacy import holding
from lib.privacy.schemas import ExportPage
from lib.web.endpoint import Endpoint
from lib.web.route import SIGNED_IN, Call, delete, get, patch, post


class handler(Endpoint):
    """/v1/operator/people and /v1/operator/holds."""

    @get("/v1/operator/people/{person_id}", auth=SIGNED_IN, errors=REFUSALS)
    def read_person(self, call: Call[ReadPerson], person_id: str) -> ExportPage:
        """Read a page of what is held about a person; the person sees that, and why."""
        operator = acting(call)
        return people.read(call.db, person_id, call.input, operator_id=operator, now=call.now)

    @patch(
        "/v1/operator/people/{person_id}",
        auth=SIGNED_IN,
        idempotent=True,
        errors=(*REFUSALS, RequestStateError, TimeZoneUnknownError),
    )
    def correct_person(self, call: Call[CorrectPerson], person_id: str) -> Profile:
        """Correct a person's profile as they have asked in a request for rectification."""
        operator = acting(call)
        return people.correct(call.db, person_id, call.input, operator_id=operator, now=call.now)

    @get("/v1/operator/holds", auth=SIGNED_IN, errors=REFUSALS)
    def list_holds(self, call: Call[holding.ListHolds]) -> holding.Holds:
        """List what holds a person's data back from deletion."""
        return holding.find(call.db, call.input, operator_id=acting(call), now=call.now)

    @post(
        "/v1/operator/holds",
        auth=SIGNED_IN,
        idempotent=True,
        status=201,
        errors=(*REFUSALS, NotFoundError),
    )
    def place_hold(self, call: Call[holding.PlaceHold]) -> holding.Hold:
        """Hold a person's data back from deletion, for a dispute or a claim, for a time."""
        return holding.place(call.db, call.input, operator_id=acting(call), now=call.now)

    @delete("/v1/operator/holds/{hold_id}", auth=SIGNED_IN, status=204, errors=REFUSALS)
    def lift_hold(self, call: Call[holding.LiftHold], hold_id: str) -> None:
        """Lift a hold before its time; what the person had asked for can then go on."""
        operator = acting(call)
        holding.lift(call.db, hold_id, call.input, operator_id=operator, now=call.now)

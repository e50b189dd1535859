"""What others are told: of breaches, what an authority was given, and notices to recipients."""

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
from lib.disclosures import passing_on
from lib.operators.schemas import REFUSALS
from lib.operators.service import acting
from lib.privacy import disclosed
from lib.privacy.disclosed_schemas import NotedDisclosure, NoteDisclosure
from lib.web.endpoint import Endpoint
from lib.web.route import SIGNED_IN, Call, get, patch, post
from lib.web.schema import PageQuery


class handler(Endpoint):
    """/v1/operator/breaches, /v1/operator/notices and …/people/{person_id}/disclosures."""

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

    @post(
        "/v1/operator/people/{person_id}/disclosures",
        auth=SIGNED_IN,
        idempotent=True,
        status=201,
        errors=REFUSALS,
    )
    def note_disclosure(self, call: Call[NoteDisclosure], person_id: str) -> NotedDisclosure:
        """Note what an authority was given of a person, on which ground; the person sees it."""
        operator = acting(call)
        return disclosed.note(call.db, person_id, call.input, operator_id=operator, now=call.now)

    @get("/v1/operator/notices", auth=SIGNED_IN, errors=REFUSALS)
    def list_notices(self, call: Call[PageQuery]) -> passing_on.NoticesToPassOn:
        """List which recipients an operator has to tell of a change (Art. 19), the oldest first."""
        return passing_on.waiting(call.db, call.input, operator_id=acting(call), now=call.now)

    @post(
        "/v1/operator/notices/{notice_id}",
        auth=SIGNED_IN,
        idempotent=True,
        errors=(*REFUSALS, passing_on.NoticeAnsweredError),
    )
    def pass_on_notice(
        self, call: Call[passing_on.PassedOn], notice_id: str
    ) -> passing_on.NoticeToPassOn:
        """Say what came of telling a recipient, and how it was done."""
        who = acting(call)
        return passing_on.pass_on(call.db, notice_id, call.input, operator_id=who, now=call.now)

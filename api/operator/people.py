"""What an operator may read, correct and hold back of a person, and what others wrote of one."""

from lib.accounts.schemas import Profile, TimeZoneUnknownError
from lib.cases import people
from lib.cases.schemas import CorrectPerson, ReadPerson, RequestStateError
from lib.consent import limits
from lib.consent.schemas import LiftRestriction, Restriction
from lib.core.errors import NotFoundError, ProcessingRestrictedError
from lib.operators.schemas import REFUSALS
from lib.operators.service import acting
from lib.privacy import holding, mentions
from lib.privacy import mention_schemas as words
from lib.privacy.schemas import ExportPage
from lib.web.endpoint import Endpoint
from lib.web.route import SIGNED_IN, Call, delete, get, patch, post, put


class handler(Endpoint):
    """/v1/operator/people, /v1/operator/holds and /v1/operator/mentions."""

    @get(
        "/v1/operator/people/{person_id}",
        auth=SIGNED_IN,
        errors=(*REFUSALS, ProcessingRestrictedError),
    )
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

    @put("/v1/operator/people/{person_id}/lifting", auth=SIGNED_IN, errors=REFUSALS)
    def lift_restriction(self, call: Call[LiftRestriction], person_id: str) -> Restriction:
        """Announce that a person's restriction ends in two weeks; they are told why, before."""
        operator = acting(call)
        return limits.announce(call.db, person_id, call.input, operator_id=operator, now=call.now)

    @get("/v1/operator/mentions", auth=SIGNED_IN, errors=REFUSALS)
    def list_mentions(self, call: Call[words.ListMentions]) -> words.Mentions:
        """List the places where others wrote of somebody who was erased, without the words."""
        return mentions.find(call.db, call.input, operator_id=acting(call), now=call.now)

    @get("/v1/operator/mentions/{mention_id}", auth=SIGNED_IN, errors=(*REFUSALS, *words.REFUSALS))
    def read_mention(self, call: Call[None], mention_id: str) -> words.MentionText:
        """Read the words in a place; whoever wrote them sees that."""
        return mentions.read(call.db, mention_id, operator_id=acting(call), now=call.now)

    @post(
        "/v1/operator/mentions/{mention_id}/redact",
        auth=SIGNED_IN,
        idempotent=True,
        errors=(*REFUSALS, *words.REFUSALS),
    )
    def redact_mention(self, call: Call[words.Redact], mention_id: str) -> words.Mention:
        """Take a name out of what somebody wrote; the rest stays as it is."""
        who = acting(call)
        return mentions.redact(call.db, mention_id, call.input, operator_id=who, now=call.now)

    @post(
        "/v1/operator/mentions/{mention_id}/leave",
        auth=SIGNED_IN,
        idempotent=True,
        errors=(*REFUSALS, *words.REFUSALS),
    )
    def leave_mention(self, call: Call[words.LeaveMention], mention_id: str) -> words.Mention:
        """Leave the words as they are, on a ground that whoever was erased is told."""
        who = acting(call)
        return mentions.leave(call.db, mention_id, call.input, operator_id=who, now=call.now)

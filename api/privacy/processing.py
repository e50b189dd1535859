"""Having processing limited: kept and not used (Art. 18), or not for a purpose (Art. 21)."""

from lib.consent import limits
from lib.consent.schemas import Object, Objections, Restrict, Restriction
from lib.web.endpoint import Endpoint
from lib.web.route import SIGNED_IN, Call, get, put


class handler(Endpoint):
    """/v1/privacy/restriction and /v1/privacy/objections."""

    @get("/v1/privacy/restriction", auth=SIGNED_IN)
    def restriction(self, call: Call[None]) -> Restriction:
        """See whether processing of your data is restricted."""
        return limits.restriction(call.db, person_id=call.person_id, now=call.now)

    @put("/v1/privacy/restriction", auth=SIGNED_IN)
    def restrict(self, call: Call[Restrict]) -> Restriction:
        """Have your data kept and not processed, or end that; your rights can always be used.

        Hours that are paid for take place, since the other party has a right to them. Whoever has
        received data of yours is told. Nothing of yours is deleted meanwhile but what you ask for.
        """
        return limits.restrict(call.db, call.input, person_id=call.person_id, now=call.now)

    @get("/v1/privacy/objections", auth=SIGNED_IN)
    def objections(self, call: Call[None]) -> Objections:
        """See what you can object to, and what you object to."""
        return limits.objections(call.db, person_id=call.person_id, language=call.language)

    @put("/v1/privacy/objections/{purpose}", auth=SIGNED_IN)
    def object(self, call: Call[Object], purpose: str) -> Objections:
        """Object to a purpose, or take that back; it takes effect at once."""
        return limits.say_objection(
            call.db,
            call.input,
            person_id=call.person_id,
            purpose=purpose,
            language=call.language,
            now=call.now,
        )

"""What a person decides of the use of their data: consent, restriction, objection (GDPR)."""

from lib.consent import limits, service
from lib.consent.schemas import (
    Consent,
    ConsentOutdatedError,
    Consents,
    Object,
    Objections,
    Restrict,
    Restriction,
    SayConsent,
    Unsubscribed,
)
from lib.core.errors import NotFoundError
from lib.web.endpoint import Endpoint
from lib.web.route import SIGNED_IN, Call, get, post, put


class handler(Endpoint):
    """/v1/consents, /v1/unsubscribe, /v1/privacy/restriction and /v1/privacy/objections."""

    @get("/v1/consents", auth=SIGNED_IN, allow_restricted=True)
    def consents(self, call: Call[None]) -> Consents:
        """Read what you can say yes to, with its wording, and what you last said."""
        return service.consents(call.db, person_id=call.person_id, language=call.language)

    @put(
        "/v1/consents/{purpose}",
        auth=SIGNED_IN,
        allow_restricted=True,
        errors=(ConsentOutdatedError,),
    )
    def say(self, call: Call[SayConsent], purpose: str) -> Consent:
        """Give a consent, or withdraw it; a withdrawal takes effect before you have the answer."""
        return service.say(
            call.db,
            call.input,
            person_id=call.person_id,
            purpose=purpose,
            language=call.language,
            now=call.now,
        )

    @post("/v1/unsubscribe/{token}", errors=(NotFoundError,))
    def unsubscribe(self, call: Call[bytes], token: str) -> Unsubscribed:
        """Withdraw by the link of an e-mail (RFC 8058): no sign-in, and safe to repeat.

        The body is the form List-Unsubscribe=One-Click.
        """
        return service.unsubscribe(call.db, call.input, token=token, now=call.now)

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

"""What a person has said yes to: read, given, withdrawn, and undone by one click in an e-mail."""

from lib.consent import service
from lib.consent.schemas import Consent, ConsentOutdatedError, Consents, SayConsent, Unsubscribed
from lib.core.errors import NotFoundError
from lib.web.endpoint import Endpoint
from lib.web.route import SIGNED_IN, Call, get, post, put


class handler(Endpoint):
    """/v1/consents and /v1/unsubscribe."""

    @get("/v1/consents", auth=SIGNED_IN, allow_restricted=True)
    def read(self, call: Call[None]) -> Consents:
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

"""What can go wrong, as the caller is told of it.

Each error is a class with a code that never changes, an HTTP status, and a title in Norwegian (nb)
and English. The codes are part of the API: /v1/openapi.json lists them at each call.
"""

from typing import ClassVar


class ProblemError(Exception):
    """A refusal that the caller can act on; becomes an RFC 9457 problem document.

    `detail` may say more in English and `more` adds members to the document; neither may hold
    personal data of anyone but the caller.
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"
    nb: ClassVar[str] = "Noe gikk galt hos oss"
    en: ClassVar[str] = "Something went wrong on our side"

    def __init__(self, detail: str | None = None, **more: object) -> None:
        super().__init__(detail or self.en)
        self.detail = detail
        self.more = more


class NotFoundError(ProblemError):
    """Absent and not-yours are one answer, so that ids can't be probed."""

    status, code = 404, "not_found"
    nb, en = "Finnes ikke", "Not found"


class InvalidError(ProblemError):
    """The input is well-formed JSON but breaks a rule; `errors` lists each place."""

    status, code = 422, "invalid"
    nb, en = "Ugyldige opplysninger", "Invalid input"


class MalformedError(ProblemError):
    """The request itself can't be read."""

    status, code = 400, "malformed"
    nb, en = "Forespørselen kan ikke leses", "The request can't be read"


class UnauthenticatedError(ProblemError):
    """No access token, or one that is unknown, expired or revoked."""

    status, code = 401, "unauthenticated"
    nb, en = "Du må logge inn", "Sign in first"


class FreshSignInRequiredError(ProblemError):
    """The call demands a newer sign-in: of the last five minutes, of an operator twelve hours."""

    status, code = 403, "fresh_sign_in_required"
    nb, en = "Du må logge inn på nytt for dette", "This needs a fresh sign-in"


class ProcessingRestrictedError(ProblemError):
    """The caller has had processing restricted: their data is kept, and only rights are served."""

    status, code = 409, "processing_restricted"
    nb, en = "Behandlingen av opplysningene dine er begrenset", "Processing is restricted"


class MethodNotAllowedError(ProblemError):
    """The address exists, the method does not."""

    status, code = 405, "method_not_allowed"
    nb, en = "Metoden kan ikke brukes her", "Method not allowed"


class TooLargeError(ProblemError):
    """The body is larger than the endpoint takes."""

    status, code = 413, "too_large"
    nb, en = "Forespørselen er for stor", "The request is too large"


class NotJsonError(ProblemError):
    """The body is of another type than application/json."""

    status, code = 415, "unsupported_media_type"
    nb, en = "Innholdet må være JSON", "The body must be JSON"


class IdempotencyKeyMissingError(ProblemError):
    """A call that changes something came without the key that makes it safe to repeat."""

    status, code = 400, "idempotency_key_missing"
    nb, en = "Idempotency-Key mangler", "Idempotency-Key is missing"


class IdempotencyKeyReusedError(ProblemError):
    """The key was used before, with other input."""

    status, code = 409, "idempotency_key_reused"
    nb, en = "Nøkkelen er brukt til noe annet", "The key was used with other input"


class ProviderUnavailableError(ProblemError):
    """A supplier did not answer; what was asked may have happened and is safe to ask again."""

    status, code = 503, "provider_unavailable"
    nb, en = "En leverandør svarer ikke, prøv igjen", "A supplier does not answer, try again"


class TryAgainError(ProblemError):
    """The database could not finish; the same call, with the same key, is safe to repeat."""

    status, code = 503, "try_again"
    nb, en = "Prøv igjen om litt", "Try again shortly"

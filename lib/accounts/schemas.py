"""What goes in and out about sign-in, sign-up and the profile."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from lib.core.errors import ProblemError
from lib.policies.schemas import Notice
from lib.sessions.schemas import Tokens
from lib.web.schema import Input, Output

DeviceName = Annotated[str, Field(min_length=1, max_length=100)]
Language = Literal["nb", "en"]


class ErasureUnderWayError(ProblemError):
    """The account is being erased; once it is gone the person can sign up as somebody new."""

    status, code = 409, "erasure_under_way"
    nb = "Kontoen er i ferd med å slettes"
    en = "The account is being erased"


class BeginSignIn(Input):
    """How Vipps hands the person back: to the `app`, the `web` app, or the page of their data."""

    flow: Literal["app", "web", "pages"] = "app"


class SignInBegun(Output):
    """Send the person to `authorize_url`; keep `attempt` on the device for the completion."""

    attempt: str
    authorize_url: str
    expires_at: datetime


class CompleteSignIn(Input):
    """What Vipps gave back in the redirect, with the attempt that this device began."""

    attempt: str = Field(min_length=20, max_length=100)
    state: str = Field(min_length=8, max_length=200)
    code: str = Field(min_length=1, max_length=2000)
    device_name: DeviceName


class PolicyVersions(Output):
    """The wordings that are in force."""

    terms: str
    privacy_notice: str


class SignUpOffer(Output):
    """Nobody has this Vipps profile yet: show names and policies, then use the token."""

    sign_up_token: str
    expires_at: datetime
    given_name: str | None
    family_name: str | None
    policies: PolicyVersions


class SignInResult(Output):
    """Signed in (`session`), or to be signed up first (`sign_up`)."""

    status: Literal["signed_in", "sign_up_required"]
    session: Tokens | None = None
    sign_up: SignUpOffer | None = None


class SignUp(Input):
    """Consent to the contract: the versions that the person was shown."""

    sign_up_token: str = Field(min_length=20, max_length=4000)
    device_name: DeviceName
    terms: str = Field(max_length=20)
    privacy_notice: str = Field(max_length=20)
    language: Language = "nb"
    time_zone: str = Field(default="Europe/Oslo", max_length=64)


class Profile(Output):
    """Your own profile, with the changes of terms and notice that you have not answered."""

    id: str
    given_name: str | None
    family_name: str | None
    email: str | None
    email_verified: bool
    phone: str | None
    phone_verified: bool
    language: Language
    time_zone: str
    created_at: datetime
    notices: tuple[Notice, ...] = ()


class CorrectProfile(Input):
    """The fields to correct; one that is left out stays."""

    given_name: str | None = Field(default=None, min_length=1, max_length=100)
    family_name: str | None = Field(default=None, min_length=1, max_length=100)
    email: str | None = Field(
        default=None, max_length=254, pattern=r"^[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+$"
    )
    phone: str | None = Field(default=None, pattern="^[0-9]{8,15}$")
    language: Language | None = None
    time_zone: str | None = Field(default=None, max_length=64)


class AttemptRefusedError(ProblemError):
    """The sign-in attempt is unknown, too old, used, or another device's."""

    status, code = 401, "sign_in_attempt_refused"
    nb, en = "Innloggingen er utløpt, prøv igjen", "The sign-in has expired, begin again"


class UnderAgeError(ProblemError):
    """The service is for adults, who can make the contract."""

    status, code = 403, "under_age"
    nb, en = "Du må være 18 år", "You must be 18"


class AgeUnknownError(ProblemError):
    """Vipps gave no birth date, so that the age can't be known."""

    status, code = 403, "age_unknown"
    nb, en = "Vipps oppga ikke fødselsdato", "Vipps gave no birth date"


class SignUpExpiredError(ProblemError):
    """The sign-up token is too old or not ours: sign in again."""

    status, code = 401, "sign_up_expired"
    nb, en = "Registreringen er utløpt, logg inn igjen", "The sign-up has expired, sign in again"


class PolicyOutdatedError(ProblemError):
    """Other versions than those in force were accepted; `policies` says which are."""

    status, code = 409, "policy_outdated"
    nb, en = "Vilkårene er endret", "The terms have changed"


class TimeZoneUnknownError(ProblemError):
    """The time zone is not a name of the IANA database."""

    status, code = 422, "time_zone_unknown"
    nb, en = "Ukjent tidssone", "Unknown time zone"

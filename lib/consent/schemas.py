"""What goes in and out about consents, objections and the restriction of processing."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from lib.core.errors import ProblemError
from lib.web.schema import Input, Output, Reason

Surface = Literal["app", "web"]


class Consent(Output):
    """One purpose: what is asked, in your language, and what you last said."""

    purpose: str
    title: str
    version: str
    text: str
    given: bool
    said_version: str | None
    said_at: datetime | None


class Consents(Output):
    """Every purpose that rests on consent."""

    consents: list[Consent]


class SayConsent(Input):
    """Yes, to the version that was shown; or no, for which nothing more is needed."""

    given: bool
    version: str | None = Field(default=None, max_length=20)
    surface: Surface = "app"


class Unsubscribed(Output):
    """Nothing more is sent for this purpose."""

    purpose: str
    given: bool


class Restrict(Input):
    """Whether processing is to be restricted (Art. 18), and why."""

    restricted: bool
    reason: str | None = Field(default=None, min_length=1, max_length=500)


class Restriction(Output):
    """Whether processing is restricted, and since when.

    `lifts_at` is there where an operator has announced the end, `lifting_reason` says why.
    """

    restricted: bool
    since: datetime | None
    lifts_at: datetime | None = None
    lifting_reason: str | None = None


class LiftRestriction(Input):
    """Why an operator ends it: the person reads it two weeks before (Art. 18(3))."""

    reason: Reason


class Object(Input):
    """Whether you object (Art. 21)."""

    objects: bool


class Objection(Output):
    """A purpose that can be objected to, and since when you do."""

    purpose: str
    text: str
    objects: bool
    since: datetime | None


class Objections(Output):
    """Every purpose that can be objected to."""

    objections: list[Objection]


class ConsentOutdatedError(ProblemError):
    """Another wording than the current one was agreed to; `version` says which is current."""

    status, code = 409, "consent_outdated"
    nb, en = "Samtykketeksten er endret", "The wording of the consent has changed"

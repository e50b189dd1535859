"""What goes in and out about the terms and the privacy notice, and their versions."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from lib.core.errors import ProblemError
from lib.web.schema import Input, Output

Document = Literal["terms", "privacy_notice"]


class Summary(Output):
    """What changed, in short."""

    nb: str
    en: str


class Policy(Output):
    """The version in force; `text` is null for the first, which stands on the public pages."""

    document: Document
    version: str
    published_at: datetime | None
    summary: Summary | None
    text: Summary | None


class Policies(Output):
    """The documents in force."""

    policies: list[Policy]


class Notice(Output):
    """A change that you have not answered; with `must_accept` no new contract before you do."""

    document: Document
    version: str
    published_at: datetime
    summary: Summary
    must_accept: bool


class AcceptPolicy(Input):
    """The document and the version that you were shown."""

    document: Document
    version: str = Field(min_length=1, max_length=20)


class Accepted(Output):
    """What is accepted, and what is still to be answered."""

    document: Document
    version: str
    notices: list[Notice]


class PolicyNotAcceptedError(ProblemError):
    """The terms have changed significantly: no new contract before they are accepted."""

    status, code = 409, "policy_not_accepted"
    nb, en = "De nye vilkårene må godtas først", "The new terms must be accepted first"


class PolicyUnpublishableError(ValueError):
    """The version can't be published as it is; the message says why."""

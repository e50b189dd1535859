"""What goes in and out about operators and their log."""

from datetime import datetime

from lib.core.errors import FreshSignInRequiredError, ProblemError
from lib.web.schema import Output


class NotAnOperatorError(ProblemError):
    """The call is for operators only."""

    status, code = 403, "not_an_operator"
    nb, en = "Dette er bare for operatører", "This is for operators only"


# What every call of an operator can be refused with.
REFUSALS = (NotAnOperatorError, FreshSignInRequiredError)


class Reading(Output):
    """What an operator has read or done about you, and why."""

    id: str
    action: str
    object_id: str | None
    reason: str
    logged_at: datetime


class Readings(Output):
    """A page of it, the newest first; `next` asks for the page that follows."""

    readings: list[Reading]
    next: str | None

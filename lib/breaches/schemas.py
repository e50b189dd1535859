"""What goes in and out about breaches of security."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from lib.breaches.rules import Risk
from lib.cases.schemas import DueKey, Moment
from lib.core.errors import ProblemError
from lib.web.schema import Input, Output


class NoteBreach(Input):
    """A breach, as far as it is known; write about nobody by name.

    `categories`: kinds of data and of people, in words; `people`: how many, roughly.
    """

    noticed_at: Moment
    what: str = Field(min_length=3, max_length=8000)
    categories: str = Field(min_length=3, max_length=500)
    people: int = Field(ge=0, le=100_000_000)
    risk: Risk
    measures: str = Field(default="", max_length=8000)


class ChangeBreach(Input):
    """What is known by now, or has been done; what is left out stays.

    `delay_reason`: why the authority was told after the 72 hours; `close`: nothing is left to do.
    """

    what: str | None = Field(default=None, min_length=3, max_length=8000)
    categories: str | None = Field(default=None, min_length=3, max_length=500)
    people: int | None = Field(default=None, ge=0, le=100_000_000)
    risk: Risk | None = None
    measures: str | None = Field(default=None, min_length=3, max_length=8000)
    delay_reason: str | None = Field(default=None, min_length=3, max_length=1000)
    notified_authority_at: Moment | None = None
    notified_people_at: Moment | None = None
    close: bool | None = None


class ListBreaches(Input):
    """Which breaches: open ones by their deadline, or those that are over."""

    state: Literal["open", "closed"] = "open"
    after: DueKey = None
    limit: int = Field(default=50, ge=1, le=100)


class Breach(Output):
    """A breach of security; `notify_by` is 72 hours after it was noticed."""

    id: str
    noticed_at: datetime
    notify_by: datetime
    is_overdue: bool
    what: str
    categories: str
    people: int
    risk: Risk
    measures: str
    delay_reason: str
    notified_authority_at: datetime | None
    notified_people_at: datetime | None
    noted_at: datetime
    closed_at: datetime | None


class Breaches(Output):
    """A page of breaches by their deadline; `next` asks for the page that follows."""

    breaches: list[Breach]
    overdue: int
    next: str | None


class BreachClosedError(ProblemError):
    """What is closed is a record: it does not change any more."""

    status, code = 409, "breach_closed"
    nb, en = "Avviket er lukket", "The breach is closed"


class BreachNotClosableError(ProblemError):
    """Somebody who has to be told has not been told: the authority, or the people."""

    status, code = 409, "breach_not_closable"
    nb = "Noen som skal varsles, er ikke varslet"
    en = "Somebody who has to be told has not been told"


class DelayUnexplainedError(ProblemError):
    """The authority was told after the 72 hours: GDPR Art. 33(1) wants to know why."""

    status, code = 409, "delay_unexplained"
    nb, en = "Si hvorfor varselet kom for sent", "Say why the notice came late"

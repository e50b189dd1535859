"""What goes in and out about requests by right."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, Field

from lib.accounts.schemas import CorrectProfile
from lib.cases.rules import CaseKind, Decision, Kind, State, Verdict
from lib.core import ids, page_keys
from lib.core.errors import InvalidError, ProblemError
from lib.privacy.schemas import Text
from lib.web.schema import Input, Output, Reason

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

type PersonId = Annotated[str, Field(pattern="^per" + ids.PATTERN)]
type RequestId = Annotated[str, Field(pattern="^prq" + ids.PATTERN)]


def due_key(due_at: datetime, row_id: str) -> str:
    """Return the page key of a row in a list that is sorted by a deadline."""
    return page_keys.encode(str((due_at - _EPOCH) // _MICROSECOND), row_id)


def due_position(after: str | None) -> tuple[datetime, str]:
    """Return where a list sorted by a deadline goes on; raises InvalidError."""
    if after is None:
        return _EPOCH, ""
    microseconds, row_id = page_keys.decode(after, 2)
    try:
        return _EPOCH + int(microseconds) * _MICROSECOND, row_id
    except (ValueError, OverflowError):
        raise page_keys.refusal() from None


def _is_due_key(after: str | None) -> str | None:
    try:
        due_position(after)
    except InvalidError:
        raise ValueError("not the `next` of a page") from None
    return after


def of_our_time(moment: datetime) -> datetime:
    """Refuse years that arithmetic with times can't bear."""
    if not 2000 <= moment.year < 2200:  # noqa: PLR2004 (any wide span would do)
        raise ValueError("out of range")
    return moment


Moment = Annotated[AwareDatetime, AfterValidator(of_our_time)]
DueKey = Annotated[str | None, Field(pattern="^[A-Za-z0-9_-]{1,200}$"), AfterValidator(_is_due_key)]


class AskByRight(Input):
    """Which right you want to use, and what you want, in your own words."""

    kind: Kind
    details: str = Field(default="", max_length=2000)


class NoteRequest(AskByRight):
    """A request that reached us outside of the app, and when it did."""

    channel: Literal["mail", "admin"]
    received_at: Moment


class QueueQuery(Input):
    """A page of the open requests, those that are due first coming first."""

    after: DueKey = None
    limit: int = Field(default=50, ge=1, le=100)


class Identify(Input):
    """Whose request it is, and how that was found out."""

    person_id: PersonId
    reason: Reason


class Extend(Input):
    """One or two months more, and why (GDPR Art. 12(3)); the person is shown the reason."""

    months: int = Field(ge=1, le=2)
    reason: str = Field(min_length=3, max_length=1000)


class Decide(Input):
    """What is decided, and why; the person is shown the reason."""

    decision: Verdict
    reason: str = Field(min_length=3, max_length=2000)


class Close(Input):
    """What was done, now that the decision is carried out."""

    reason: Reason


class ReadPerson(Input):
    """Why somebody's data is read, and which page of it."""

    reason: Literal["request", "support", "dispute", "security", "breach"]
    after: str | None = Field(default=None, max_length=2000)


class CorrectPerson(CorrectProfile):
    """The fields to correct, and the request by which the person has asked for it."""

    request_id: RequestId


class Request(Output):
    """A request by right: by when it is answered, what was decided and why, how to complain."""

    id: str
    kind: CaseKind
    channel: Literal["app", "mail", "admin", "erasure"]
    state: State
    details: str
    received_at: datetime
    due_at: datetime
    days_left: int
    is_overdue: bool
    extended_at: datetime | None
    extension_reason: str
    decision: Decision | None
    decision_reason: str
    decided_at: datetime | None
    closed_at: datetime | None
    duplicate_of: str | None
    answer: Text | None
    complaint: Text


class QueuedRequest(Request):
    """A request as operators see it: with who asks, once that is known."""

    person_id: str | None


class Granted(Output):
    """What somebody has asked for, whether it may be done now, and whether it has been."""

    person_id: str
    kind: Kind
    is_due: bool
    is_done: bool


class Standing(Output):
    """By when a case is dealt with, when it was, and where to complain."""

    due_at: datetime
    closed_at: datetime | None
    complaint: Text


class Requests(Output):
    """Your requests, the newest first."""

    requests: list[Request]
    next: str | None


class Queue(Output):
    """Open requests by their deadline, the overdue first; how many of them are overdue."""

    requests: list[QueuedRequest]
    overdue: int
    next: str | None


class TooManyRequestsOpenError(ProblemError):
    """The person has so many requests open that one more would say nothing new."""

    status, code = 409, "too_many_requests_open"
    nb, en = "Du har for mange åpne krav", "You have too many open requests"


class RequestStateError(ProblemError):
    """What is to be done with the request can't be done in the state it is in."""

    status, code = 409, "request_state"
    nb, en = "Kravet er ikke i en tilstand for dette", "The request is in another state"


class ExtensionRefusedError(ProblemError):
    """More time can be taken once, and only while the first month has not run out."""

    status, code = 409, "extension_refused"
    nb, en = "Fristen kan ikke forlenges (lenger)", "The time can't be extended (any more)"


class RequestNotIdentifiedError(ProblemError):
    """Nothing is granted to somebody whom we don't know."""

    status, code = 409, "request_not_identified"
    nb, en = "Det er ikke kjent hvem som ber om dette", "It is not known who asks for this"

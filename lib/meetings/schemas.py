"""What goes in and out about meetings."""

from datetime import datetime
from typing import Literal

from lib.core.errors import ProblemError
from lib.web.schema import Output


class Meeting(Output):
    """The way into a session's room; `url` is this person's alone and is not to be passed on."""

    booking_id: str
    role: Literal["mentor", "mentee"]
    url: str
    opens_at: datetime
    closes_at: datetime


class Delivery(Output):
    """Whether a session counts as held, and on what ground."""

    booking_id: str
    is_delivered: bool
    ground: str


class MeetingNotOpenError(ProblemError):
    """The room is not open now; `opens_at` and `closes_at` say when it is."""

    status, code = 409, "meeting_not_open"
    nb, en = "Møterommet er ikke åpent nå", "The meeting room is not open now"


class MeetingNotReadyError(ProblemError):
    """The room is being made; ask again in a moment."""

    status, code = 409, "meeting_not_ready"
    nb, en = "Møterommet gjøres klart", "The meeting room is being made ready"


class NotConfirmableError(ProblemError):
    """Only the mentee says so, of a paid session that has begun and is not settled."""

    status, code = 409, "not_confirmable"
    nb, en = "Timen kan ikke bekreftes", "The session can't be confirmed"

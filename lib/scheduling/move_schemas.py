"""What goes in and out when a booking is moved."""

from datetime import datetime

from pydantic import Field

from lib.core.errors import ProblemError
from lib.scheduling.schemas import Moment
from lib.web.schema import Input, Output


class MoveBooking(Input):
    """To when, the `starts_at` of a slot of the same offer; the mentor reads the reason."""

    starts_at: Moment
    reason: str | None = Field(default=None, min_length=1, max_length=500)


class BookingMove(Output):
    """A move: from when to when (UTC), by whom, and the reason given; `version` is from then on."""

    version: int
    from_starts_at: datetime
    to_starts_at: datetime
    moved_by: str
    reason: str | None
    moved_at: datetime


class Moves(Output):
    """Every move of a booking, oldest first; there are three at most."""

    moves: list[BookingMove]


class BookingNotMovableError(ProblemError):
    """It begins too soon, is being paid for, is over, or its mentor has approved this time only."""

    status, code = 409, "booking_not_movable"
    nb, en = "Bestillingen kan ikke flyttes", "The booking can't be moved"


class TooManyMovesError(ProblemError):
    """A booking can be moved three times."""

    status, code = 409, "too_many_moves"
    nb, en = "Bestillingen er flyttet for mange ganger", "The booking was moved too often"


class MoveBeyondPaymentError(ProblemError):
    """What has paid for the session does not pay for it then.

    Reserved money stands for six days; hours can be used until they expire, and within their
    period of withdrawal only where the mentee has asked for that.
    """

    status, code = 409, "move_beyond_payment"
    nb, en = "Betalingen gjelder ikke så langt frem", "The payment does not cover that time"

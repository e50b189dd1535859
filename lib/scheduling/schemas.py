"""What goes in and out of availability, slots and bookings."""

from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, AwareDatetime, Field, model_validator

from lib.core import ids
from lib.core.errors import ProblemError
from lib.scheduling import availability
from lib.scheduling.rules import (
    MAX_BUFFER_MINUTES,
    MAX_DATED,
    MAX_INTERVAL_MINUTES,
    MAX_NOTICE_MINUTES,
    MAX_PAGE_SIZE,
    MAX_WEEKLY,
    MAX_WINDOW_DAYS,
    PAGE_SIZE,
    Role,
    State,
)
from lib.web.schema import Input, Output


def _known_zone(name: str) -> str:
    if name not in availability.known_zones():
        raise ValueError("not a name of the IANA time zone database")
    return name


def _of_our_time(moment: date) -> date:
    """Refuse years that arithmetic with time zones can't bear, and that nobody books in."""
    if not 2000 <= moment.year < 2200:  # noqa: PLR2004 (any wide span would do)
        raise ValueError("out of range")
    return moment


LocalStart = Annotated[
    str, Field(pattern=r"^([01][0-9]|2[0-3]):(00|15|30|45)$", examples=["09:00"])
]
LocalEnd = Annotated[
    str, Field(pattern=r"^(([01][0-9]|2[0-3]):(00|15|30|45)|24:00)$", examples=["16:30"])
]
LocalDate = Annotated[date, AfterValidator(_of_our_time)]
ZoneName = Annotated[str, AfterValidator(_known_zone)]
Notice = Annotated[int, Field(ge=0, le=MAX_NOTICE_MINUTES)]
Moment = Annotated[AwareDatetime, AfterValidator(_of_our_time)]
Buffer = Annotated[int, Field(ge=0, le=MAX_BUFFER_MINUTES, multiple_of=15)]
PageSize = Annotated[int, Field(ge=1, le=MAX_PAGE_SIZE)]
PageKey = Annotated[str, Field(min_length=1, max_length=200)]


class _Hours(Input):
    """A window in local time, on quarter hours; ending before it starts, it ends the next day."""

    starts: LocalStart
    ends: LocalEnd

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.starts == self.ends:
            raise ValueError("ends must differ from starts")
        return self


class WeeklyHours(_Hours):
    """Open hours of a weekday: 1 is Monday, 7 is Sunday."""

    weekday: int = Field(ge=1, le=7)


class DatedHours(_Hours):
    """Hours of one date: open beyond the weekly rules, or closed in spite of them."""

    date: LocalDate
    is_open: bool


class SetAvailability(Input):
    """All of it: what is not sent is gone. Times are local to `time_zone`, an IANA name.

    `notice_minutes`: how long before its start a session can last be booked; `window_days`: how
    many days ahead; the buffers are kept free around each session.
    `window_kind` "business_days" counts Mondays to Fridays, "dates" goes from `first_date` to
    `last_date` instead. `move_notice_minutes` and `cancel_notice_minutes`: how long before its
    start a session can last be moved, and cancelled in time. Sessions begin every
    `interval_minutes` of the local day, the first `offset_minutes` after midnight.
    """

    time_zone: ZoneName
    notice_minutes: Notice
    window_days: int = Field(ge=1, le=MAX_WINDOW_DAYS)
    buffer_before_minutes: Buffer = 0
    buffer_after_minutes: Buffer = 0
    rules: list[WeeklyHours] = Field(max_length=MAX_WEEKLY)
    exceptions: list[DatedHours] = Field(default=[], max_length=MAX_DATED)
    move_notice_minutes: Notice = 0
    cancel_notice_minutes: Notice = 0
    window_kind: availability.WindowKind = "days"
    first_date: LocalDate | None = None
    last_date: LocalDate | None = None
    interval_minutes: int = Field(default=15, ge=15, le=MAX_INTERVAL_MINUTES, multiple_of=15)
    offset_minutes: int = Field(default=0, ge=0, multiple_of=15)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        dates = [day for day in (self.first_date, self.last_date) if day]
        if len(dates) != (2 if self.window_kind == "dates" else 0) or dates != sorted(dates):
            raise ValueError("first_date and last_date, in order, belong to window_kind dates")
        if self.offset_minutes >= self.interval_minutes:
            raise ValueError("offset_minutes must be below interval_minutes")
        return self


class Availability(Output):
    """When a mentor can be booked, in local time of `time_zone`."""

    time_zone: str
    notice_minutes: int
    window_days: int
    buffer_before_minutes: int
    buffer_after_minutes: int
    rules: list[WeeklyHours]
    exceptions: list[DatedHours]
    move_notice_minutes: int
    cancel_notice_minutes: int
    window_kind: availability.WindowKind
    first_date: date | None
    last_date: date | None
    interval_minutes: int
    offset_minutes: int


class FindSlots(Input):
    """From when until when a session may begin, at most 31 days.

    Dates are days in `time_zone`, which is the mentor's unless you name yours, `to` included;
    times carry their offset, `to` not included.
    """

    from_: Annotated[Moment | LocalDate, Field(alias="from", union_mode="left_to_right")]
    to: Annotated[Moment | LocalDate, Field(union_mode="left_to_right")]
    time_zone: ZoneName | None = None


class Slot(Output):
    """A session that can be booked, in UTC, and by the clock of the zone that was asked for."""

    starts_at: datetime
    ends_at: datetime
    local_starts_at: datetime
    local_ends_at: datetime


class Slots(Output):
    """What can be booked; `time_zone` is the mentor's, `local_time_zone` that of local times."""

    time_zone: str
    local_time_zone: str
    slots: list[Slot]


class BookSlot(Input):
    """Which offer, and when: the `starts_at` of one of its slots, with its offset from UTC."""

    offer_id: str = Field(pattern="^ofr" + ids.PATTERN)
    starts_at: Moment


class DeclineBooking(Input):
    """Why; the mentee reads it."""

    reason: str = Field(min_length=1, max_length=500)


class CancelBooking(Input):
    """Why; the other party reads it."""

    reason: str = Field(min_length=1, max_length=500)


class ListBookings(Input):
    """A page of bookings in one of your two roles, the newest first."""

    role: Role = "mentee"
    after: PageKey | None = None
    limit: PageSize = PAGE_SIZE


class Booking(Output):
    """A slot taken. Price in whole øre, times in UTC; without anybody's words, since it is stored.

    It can be paid for from `pay_from`, six days before it begins; unpaid, or `requested` and not
    approved by its mentor, it is over at `hold_expires_at`. `cancelled_by` and `cancel_reason` are
    of who declined it, too. `version` rises when its time changes or it is called off.
    """

    id: str
    offer_id: str
    mentor_id: str
    mentee_id: str
    role: Role
    starts_at: datetime
    ends_at: datetime
    price_ore: int
    currency: str
    state: State
    version: int
    pay_from: datetime
    hold_expires_at: datetime
    created_at: datetime
    confirmed_at: datetime | None
    closed_at: datetime | None
    cancelled_by: Literal["mentee", "mentor"] | None
    cancel_reason: str | None


class BookingDetail(Booking):
    """A booking with what was sold, and the name of the other party, as `Kari N.`."""

    title: str
    counterpart: str


class Bookings(Output):
    """A page of bookings; `next` is the `after` of the page that follows, null on the last."""

    bookings: list[BookingDetail]
    next: str | None


class SlotTakenError(ProblemError):
    """The mentor's time, or the mentee's own, is taken."""

    status, code = 409, "slot_taken"
    nb, en = "Tiden er opptatt", "The time is taken"


class SlotNotOfferedError(ProblemError):
    """The time is none of those that the mentor offers."""

    status, code = 409, "slot_not_offered"
    nb, en = "Tiden tilbys ikke", "The time is not offered"


class OwnOfferError(ProblemError):
    """A mentor can't book themselves."""

    status, code = 409, "own_offer"
    nb, en = "Du kan ikke bestille hos deg selv", "You can't book yourself"


class BookingNotPayableError(ProblemError):
    """The booking is paid for, over, or its hold has run out."""

    status, code = 409, "booking_not_payable"
    nb, en = "Bestillingen kan ikke betales", "The booking can't be paid for"


class PaymentNotOpenError(ProblemError):
    """The session is more than six days ahead; `opens_at` says from when on it can be paid for."""

    status, code = 409, "payment_not_open"
    nb, en = "Timen kan ikke betales ennå", "The session can't be paid for yet"


class TooManyUnpaidError(ProblemError):
    """Five bookings wait to be approved or paid for: pay for one of them, or cancel it."""

    status, code = 409, "too_many_unpaid"
    nb, en = "Du har for mange ubetalte bestillinger", "You have too many unpaid bookings"


class BookingNotCancellableError(ProblemError):
    """The session has begun, or the booking is over."""

    status, code = 409, "booking_not_cancellable"
    nb, en = "Bestillingen kan ikke avbestilles", "The booking can't be cancelled"


class RequestNotOpenError(ProblemError):
    """The booking waits for no answer: it was given, its time has run out, or it is called off."""

    status, code = 409, "request_not_open"
    nb, en = "Forespørselen kan ikke besvares", "The request can't be answered"

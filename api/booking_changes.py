"""What becomes of a booking before its session: requests are answered, bookings moved."""

from lib.core.errors import NotFoundError
from lib.scheduling import moving, requests
from lib.scheduling.limit_schemas import LimitReachedError
from lib.scheduling.move_schemas import (
    BookingNotMovableError,
    MoveBeyondPaymentError,
    MoveBooking,
    Moves,
    TooManyMovesError,
)
from lib.scheduling.schemas import (
    Booking,
    DeclineBooking,
    RequestNotOpenError,
    SlotNotOfferedError,
    SlotTakenError,
)
from lib.web.endpoint import Endpoint
from lib.web.route import SIGNED_IN, Call, get, post


class handler(Endpoint):
    """/v1/bookings/{booking_id}/…."""

    @post(
        "/v1/bookings/{booking_id}/approve",
        auth=SIGNED_IN,
        idempotent=True,
        errors=(RequestNotOpenError,),
    )
    def approve(self, call: Call[None], booking_id: str) -> Booking:
        """Approve a request, as its mentor; it is held for a day, or until it can be paid for."""
        return requests.approve(call.db, booking_id, mentor_id=call.person_id, now=call.now)

    @post(
        "/v1/bookings/{booking_id}/decline",
        auth=SIGNED_IN,
        allow_restricted=True,
        idempotent=True,
        errors=(RequestNotOpenError,),
    )
    def decline(self, call: Call[DeclineBooking], booking_id: str) -> Booking:
        """Decline a request, as its mentor, and say why; the time is free again."""
        return requests.decline(
            call.db, booking_id, call.input, mentor_id=call.person_id, now=call.now
        )

    @post(
        "/v1/bookings/{booking_id}/move",
        auth=SIGNED_IN,
        idempotent=True,
        errors=(
            BookingNotMovableError,
            LimitReachedError,
            MoveBeyondPaymentError,
            NotFoundError,
            SlotNotOfferedError,
            SlotTakenError,
            TooManyMovesError,
        ),
    )
    def move(self, call: Call[MoveBooking], booking_id: str) -> Booking:
        """Move a booking to another slot, as its mentee, up to three times; all of it or nothing.

        Where the mentor approves bookings, one that is approved stays at the time it has.
        """
        return moving.move(call.db, booking_id, call.input, mentee_id=call.person_id, now=call.now)

    @get("/v1/bookings/{booking_id}/moves", auth=SIGNED_IN, allow_restricted=True)
    def moves(self, call: Call[None], booking_id: str) -> Moves:
        """Read when a booking was to be before it was moved, as either party."""
        return moving.read(call.db, booking_id, person_id=call.person_id)

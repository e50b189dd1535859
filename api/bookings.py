"""Bookings: a slot is taken, read and called off; paying for it is api/purchases.py."""

from lib.core.errors import NotFoundError
from lib.policies.schemas import PolicyNotAcceptedError
from lib.scheduling import booking, service
from lib.scheduling.limit_schemas import LimitReachedError
from lib.scheduling.schemas import (
    Booking,
    BookingDetail,
    BookingNotCancellableError,
    Bookings,
    BookSlot,
    CancelBooking,
    ListBookings,
    OwnOfferError,
    SlotNotOfferedError,
    SlotTakenError,
    TooManyUnpaidError,
)
from lib.web.endpoint import Endpoint
from lib.web.route import SIGNED_IN, Call, get, post


class handler(Endpoint):
    """/v1/bookings."""

    @get("/v1/bookings", auth=SIGNED_IN, allow_restricted=True)
    def list_own(self, call: Call[ListBookings]) -> Bookings:
        """List your bookings as mentee or as mentor, the newest first."""
        return service.list_own(call.db, call.input, person_id=call.person_id)

    @post(
        "/v1/bookings",
        auth=SIGNED_IN,
        idempotent=True,
        status=201,
        errors=(
            LimitReachedError,
            NotFoundError,
            OwnOfferError,
            PolicyNotAcceptedError,
            SlotNotOfferedError,
            SlotTakenError,
            TooManyUnpaidError,
        ),
    )
    def book(self, call: Call[BookSlot]) -> Booking:
        """Take a slot: it is yours until `hold_expires_at`; pay before then.

        A session more than six days ahead is kept until it can be paid for, from `pay_from` on.
        """
        return booking.book(call.db, call.input, mentee_id=call.person_id, now=call.now)

    @get("/v1/bookings/{booking_id}", auth=SIGNED_IN, allow_restricted=True)
    def read(self, call: Call[None], booking_id: str) -> BookingDetail:
        """Read a booking that you are a party to."""
        return service.read(call.db, booking_id, person_id=call.person_id)

    @post(
        "/v1/bookings/{booking_id}/cancel",
        auth=SIGNED_IN,
        allow_restricted=True,
        idempotent=True,
        errors=(BookingNotCancellableError,),
    )
    def cancel(self, call: Call[CancelBooking], booking_id: str) -> Booking:
        """Call a session off before it begins; what was paid is released in full."""
        return service.cancel(
            call.db, booking_id, call.input.reason, person_id=call.person_id, now=call.now
        )

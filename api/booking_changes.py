"""What becomes of a booking before its session: a request is approved or declined."""

from lib.scheduling import requests
from lib.scheduling.schemas import Booking, DeclineBooking, RequestNotOpenError
from lib.web.endpoint import Endpoint
from lib.web.route import SIGNED_IN, Call, post


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

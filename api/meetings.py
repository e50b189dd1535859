"""The way into a session's room, and the mentee's word that the hour was given."""

from lib.meetings import service
from lib.meetings.schemas import (
    Delivery,
    Meeting,
    MeetingNotOpenError,
    MeetingNotReadyError,
    NotConfirmableError,
)
from lib.web.endpoint import Endpoint
from lib.web.route import SIGNED_IN, Call, get, post


class handler(Endpoint):
    """/v1/bookings/{booking_id}/meeting and …/delivery."""

    @get(
        "/v1/bookings/{booking_id}/meeting",
        auth=SIGNED_IN,
        allow_restricted=True,
        errors=(MeetingNotOpenError, MeetingNotReadyError),
    )
    def enter(self, call: Call[None], booking_id: str) -> Meeting:
        """Enter the meeting: your own address of the room, from ten minutes before the start."""
        return service.enter(
            call.db,
            booking_id=booking_id,
            person_id=call.person_id,
            language=call.language,
            now=call.now,
        )

    @post(
        "/v1/bookings/{booking_id}/delivery",
        auth=SIGNED_IN,
        allow_restricted=True,
        idempotent=True,
        errors=(NotConfirmableError,),
    )
    def confirm(self, call: Call[None], booking_id: str) -> Delivery:
        """Confirm, as the mentee, that the session was held."""
        return service.confirm_delivery(
            call.db, booking_id=booking_id, person_id=call.person_id, now=call.now
        )

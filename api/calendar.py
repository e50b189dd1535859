"""Sessions in a calendar of one's own: each as a file, all of them at a secret address."""

from lib.calendars import service, writing
from lib.calendars.schemas import CalendarFeedState, FeedMade, Sheet
from lib.web.endpoint import Endpoint
from lib.web.route import SIGNED_IN, Call, delete, get, post


class handler(Endpoint):
    """/v1/calendar, and /v1/bookings/{booking_id}/calendar.ics."""

    @get(
        "/v1/bookings/{booking_id}/calendar.ics",
        auth=SIGNED_IN,
        allow_restricted=True,
        finish=writing.file,
        media_type="text/calendar; charset=utf-8",
    )
    def calendar(self, call: Call[None], booking_id: str) -> Sheet:
        """Get a booking that you are a party to as a calendar file (RFC 5545), in your zone."""
        return service.of_booking(call.db, booking_id, person_id=call.person_id)

    @get("/v1/calendar/feed", auth=SIGNED_IN, allow_restricted=True)
    def feed(self, call: Call[None]) -> CalendarFeedState:
        """Read whether your sessions are shown at a secret address, and since when."""
        return service.feed_state(call.db, person_id=call.person_id)

    @post(
        "/v1/calendar/feed",
        auth=SIGNED_IN,
        idempotent=True,
        status=201,
        finish=service.addressed,
    )
    def make_feed(self, call: Call[None]) -> FeedMade:
        """Have your sessions shown at a secret address; one that you had is over."""
        return service.make_feed(call.db, person_id=call.person_id, now=call.now)

    @delete("/v1/calendar/feed", auth=SIGNED_IN, allow_restricted=True)
    def end_feed(self, call: Call[None]) -> None:
        """End the secret address of your sessions."""
        service.end_feed(call.db, person_id=call.person_id)

    @get("/v1/calendar/{token}.ics", finish=writing.file, media_type="text/calendar; charset=utf-8")
    def read_feed(self, call: Call[None], token: str) -> Sheet:
        """Read sessions at their secret address: those of the last 90 days, and all to come."""
        return service.read_feed(call.db, token, now=call.now)

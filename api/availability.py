"""When a mentor can be booked: kept by the mentor, and found by whoever wants to book."""

from lib.mentors.schemas import NotAMentorError
from lib.scheduling import away, limiting, schedules, slots
from lib.scheduling.away_schemas import Away, SetAway
from lib.scheduling.limit_schemas import Limits, SetLimits
from lib.scheduling.schemas import Availability, FindSlots, SetAvailability, Slots
from lib.web.endpoint import Endpoint
from lib.web.route import SIGNED_IN, Call, get, put


class handler(Endpoint):
    """/v1/availability with what belongs to it, and /v1/offers/{offer_id}/slots."""

    @get("/v1/availability", auth=SIGNED_IN, errors=(NotAMentorError,))
    def read(self, call: Call[None]) -> Availability:
        """Read your availability; before you have set it, nothing is open."""
        return schedules.read(call.db, call.person_id)

    @put("/v1/availability", auth=SIGNED_IN, errors=(NotAMentorError,))
    def replace(self, call: Call[SetAvailability]) -> Availability:
        """Replace your availability as a whole; bookings that are made already stand."""
        return schedules.replace(call.db, call.input, mentor_id=call.person_id, now=call.now)

    @get("/v1/availability/away", auth=SIGNED_IN, errors=(NotAMentorError,))
    def read_away(self, call: Call[None]) -> Away:
        """Read when you are away, and on journeys to another time zone."""
        return away.read(call.db, call.person_id)

    @put("/v1/availability/away", auth=SIGNED_IN, errors=(NotAMentorError,))
    def replace_away(self, call: Call[SetAway]) -> Away:
        """Replace your absences and journeys as a whole; bookings that are made already stand."""
        return away.replace(call.db, call.input, mentor_id=call.person_id)

    @get("/v1/availability/limits", auth=SIGNED_IN, errors=(NotAMentorError,))
    def read_limits(self, call: Call[None]) -> Limits:
        """Read how many sessions you give in a day, a week and a month."""
        return limiting.read(call.db, call.person_id)

    @put("/v1/availability/limits", auth=SIGNED_IN, errors=(NotAMentorError,))
    def replace_limits(self, call: Call[SetLimits]) -> Limits:
        """Replace your limits as a whole; bookings that are made already stand, and count."""
        return limiting.replace(call.db, call.input, mentor_id=call.person_id)

    @get("/v1/offers/{offer_id}/slots")
    def find(self, call: Call[FindSlots], offer_id: str) -> Slots:
        """Find the times at which an offer can be booked."""
        return slots.find(call.db, call.input, offer_id=offer_id, now=call.now)

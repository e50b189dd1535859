"""When a mentor can be booked, kept by the mentor."""

from lib.mentors.schemas import NotAMentorError
from lib.scheduling import schedules
from lib.scheduling.schemas import Availability, SetAvailability
from lib.web.endpoint import Endpoint
from lib.web.route import SIGNED_IN, Call, get, put


class handler(Endpoint):
    """/v1/availability."""

    @get("/v1/availability", auth=SIGNED_IN, errors=(NotAMentorError,))
    def read(self, call: Call[None]) -> Availability:
        """Read your availability; before you have set it, nothing is open."""
        return schedules.read(call.db, call.person_id)

    @put("/v1/availability", auth=SIGNED_IN, errors=(NotAMentorError,))
    def replace(self, call: Call[SetAvailability]) -> Availability:
        """Replace your availability as a whole; bookings that are made already stand."""
        return schedules.replace(call.db, call.input, mentor_id=call.person_id, now=call.now)

"""When an offer can be booked."""

from lib.scheduling import slots
from lib.scheduling.schemas import FindSlots, Slots
from lib.web.endpoint import Endpoint
from lib.web.route import Call, get


class handler(Endpoint):
    """/v1/offers/{offer_id}/slots."""

    @get("/v1/offers/{offer_id}/slots")
    def find(self, call: Call[FindSlots], offer_id: str) -> Slots:
        """Find the times at which an offer can be booked."""
        return slots.find(call.db, call.input, offer_id=offer_id, now=call.now)

"""What is held about you, explained."""

from lib.privacy import explaining
from lib.privacy.archive_schemas import Explained
from lib.web.endpoint import Endpoint
from lib.web.route import SIGNED_IN, Call, get


class handler(Endpoint):
    """/v1/privacy/explained."""

    @get("/v1/privacy/explained", auth=SIGNED_IN)
    def explain(self, call: Call[None]) -> Explained:
        """Read of each field what it holds, why, on which ground, who sees it and when it goes."""
        return explaining.explain(call.db, person_id=call.person_id)

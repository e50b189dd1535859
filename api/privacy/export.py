"""Everything that is held about you."""

from lib.privacy import service
from lib.privacy.schemas import ExportPage, ExportQuery
from lib.web.endpoint import Endpoint
from lib.web.route import SIGNED_IN, Call, get


class handler(Endpoint):
    """/v1/privacy/export."""

    @get("/v1/privacy/export", auth=SIGNED_IN)
    def export(self, call: Call[ExportQuery]) -> ExportPage:
        """Read a page of what is held about you: each row, why, on which ground, how long.

        `right=portability` gives only what you have provided. `next` leads to the next page.
        """
        return service.export_page(
            call.db, call.person_id, after=call.input.after, right=call.input.right
        )

"""What is held about you, explained; who gets it, who has received it, and what you are told."""

from lib.disclosures import notices
from lib.disclosures.schemas import NoticesOfChanges
from lib.privacy import disclosed, explaining, suppliers
from lib.privacy.archive_schemas import Explained
from lib.privacy.disclosed_schemas import Disclosures
from lib.privacy.suppliers import Suppliers
from lib.web.endpoint import Endpoint
from lib.web.route import SIGNED_IN, Call, get
from lib.web.schema import PageQuery


class handler(Endpoint):
    """/v1/privacy/explained, …/suppliers, …/disclosures and …/notices."""

    @get("/v1/privacy/explained", auth=SIGNED_IN)
    def explain(self, call: Call[None]) -> Explained:
        """Read of each field what it holds, why, on which ground, who sees it and when it goes."""
        return explaining.explain(call.db, person_id=call.person_id)

    @get("/v1/privacy/suppliers")
    def suppliers(self, call: Call[None]) -> Suppliers:
        """See every supplier: what for, which data, where, and on which ground."""
        del call
        return suppliers.published()

    @get("/v1/privacy/disclosures", auth=SIGNED_IN)
    def disclosures(self, call: Call[PageQuery]) -> Disclosures:
        """See who has received what of you, why and when, and what each was told since.

        Who runs the service and its database receives all of it; they stand in the register.
        """
        return disclosed.page(call.db, call.input, person_id=call.person_id)

    @get("/v1/privacy/notices", auth=SIGNED_IN)
    def notices(self, call: Call[PageQuery]) -> NoticesOfChanges:
        """Read what has changed of those whose data you have received; it counts as seen then."""
        return notices.read(call.db, call.input, person_id=call.person_id, now=call.now)

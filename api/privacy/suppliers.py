"""Who else gets data: the register of suppliers."""

from lib.privacy import suppliers
from lib.privacy.suppliers import Suppliers
from lib.web.endpoint import Endpoint
from lib.web.route import Call, get


class handler(Endpoint):
    """/v1/privacy/suppliers."""

    @get("/v1/privacy/suppliers")
    def read(self, call: Call[None]) -> Suppliers:
        """See every supplier: what for, which data, where, and on which ground."""
        del call
        return suppliers.published()

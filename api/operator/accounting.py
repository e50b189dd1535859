"""The books of a year as a file for the accountant."""

from lib.accounting import service
from lib.accounting.schemas import AccountingFile, AskForAccounts, YearNotBegunError
from lib.core.errors import NotFoundError
from lib.operators.schemas import REFUSALS
from lib.operators.service import acting
from lib.web.endpoint import Endpoint
from lib.web.route import SIGNED_IN, Call, get, post


class handler(Endpoint):
    """/v1/operator/accounting."""

    @post(
        "/v1/operator/accounting",
        auth=SIGNED_IN,
        idempotent=True,
        status=202,
        errors=(*REFUSALS, YearNotBegunError),
    )
    def ask_for_accounts(self, call: Call[AskForAccounts]) -> AccountingFile:
        """Have the books of a year made into CSV or SAF-T Financial; read the file to see when.

        A year may have a million entries, so it is made after the reply.
        """
        return service.ask(call.db, call.input, operator_id=acting(call), now=call.now)

    @get(
        "/v1/operator/accounting/{export_id}",
        auth=SIGNED_IN,
        errors=(*REFUSALS, NotFoundError),
    )
    def read_accounts(self, call: Call[None], export_id: str) -> AccountingFile:
        """See how far a file has come and, once it is there, get a link to it."""
        acting(call)
        return service.read(call.db, export_id, now=call.now)

"""Every hour: add the books up."""

from lib.core.db import transact
from lib.ledger import service
from lib.ledger.schemas import TrialBalance
from lib.web.cron import cron
from lib.web.endpoint import Endpoint
from lib.web.route import Run


class handler(Endpoint):
    """/cron/books."""

    @cron("/cron/books")
    def check(self, run: Run) -> TrialBalance:
        """Return every kind of account with its sum, and the sum of all, which is 0."""
        del run
        return transact(service.trial_balance)

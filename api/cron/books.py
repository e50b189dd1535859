"""Every hour: add the books up."""

from lib.core import log
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
        books = transact(lambda db: service.trial_balance(db, run.now))
        if books.sum_ore or books.open_transit or books.stale_pending:
            log.event(
                "books_off",
                sum_ore=books.sum_ore,
                open_transit=books.open_transit,
                stale_pending=books.stale_pending,
            )
        return books

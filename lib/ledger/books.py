"""The books, added up: by cron, and for whoever runs the service."""

from datetime import datetime

from lib.core import log
from lib.core.db import transact
from lib.ledger import service
from lib.ledger.schemas import TrialBalance


def check(now: datetime) -> TrialBalance:
    """Add the books up; what is off is logged as an alarm."""
    books = transact(lambda db: service.trial_balance(db, now))
    if books.sum_ore or books.open_transit or books.stale_pending:
        log.event(
            "books_off",
            sum_ore=books.sum_ore,
            open_transit=books.open_transit,
            stale_pending=books.stale_pending,
        )
    return books

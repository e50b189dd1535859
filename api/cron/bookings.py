"""Every minute: time that was held and not paid for is free again."""

from pydantic import BaseModel

from lib.core import clock
from lib.core.db import transact
from lib.scheduling import service
from lib.web.cron import cron
from lib.web.endpoint import Endpoint
from lib.web.route import Run


class Report(BaseModel):
    """How many holds were released."""

    released: int


class handler(Endpoint):
    """/cron/bookings."""

    @cron("/cron/bookings")
    def release(self, run: Run) -> Report:
        """Release the holds that have run out, in batches, until none is left or time is up."""
        released = 0
        while clock.now() < run.deadline:
            batch = transact(lambda db: service.release_run_out(db, run.now))
            released += batch
            if not batch:
                break
        return Report(released=released)

"""Every minute: time that was held and not paid for is free again."""

from lib.scheduling import service
from lib.web.cron import cron
from lib.web.endpoint import Endpoint
from lib.web.route import Run
from lib.web.schema import Output


class Report(Output):
    """How many holds were released."""

    released: int


class handler(Endpoint):
    """/cron/bookings."""

    @cron("/cron/bookings")
    def release(self, run: Run) -> Report:
        """Release the holds that have run out, in batches, until none is left or time is up."""
        return Report(released=service.release_run_out(run.now, run.deadline))

"""Every minute: settle sessions that have ended, delete rooms that have served."""

from lib.meetings import attendance, rooms
from lib.web.cron import cron
from lib.web.endpoint import Endpoint
from lib.web.route import Run
from lib.web.schema import Output


class Tended(Output):
    """How many sessions were settled and rooms deleted."""

    settled: int
    deleted: int


class handler(Endpoint):
    """/cron/meetings."""

    @cron("/cron/meetings")
    def tend(self, run: Run) -> Tended:
        """Decide whether ended sessions were held, and delete rooms."""
        return Tended(
            settled=attendance.settle_ended(run.now, run.deadline),
            deleted=rooms.delete_finished(run.now, run.deadline),
        )

"""The clock of bookings and sessions: holds run out, sessions end, rooms have served."""

from lib.meetings import attendance, rooms
from lib.scheduling import service
from lib.web.cron import cron
from lib.web.endpoint import Endpoint
from lib.web.route import Run
from lib.web.schema import Output


class Released(Output):
    """How many holds were released."""

    released: int


class Tended(Output):
    """How many sessions were settled and rooms deleted."""

    settled: int
    deleted: int


class handler(Endpoint):
    """/cron/bookings and /cron/meetings, every minute."""

    @cron("/cron/bookings")
    def release(self, run: Run) -> Released:
        """Release the holds that have run out, in batches, until none is left or time is up."""
        return Released(released=service.release_run_out(run.now, run.deadline))

    @cron("/cron/meetings")
    def tend(self, run: Run) -> Tended:
        """Decide whether ended sessions were held, and delete rooms."""
        return Tended(
            settled=attendance.settle_ended(run.now, run.deadline),
            deleted=rooms.delete_finished(run.now, run.deadline),
        )

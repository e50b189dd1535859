"""Every minute: go on with erasures that were cut short."""

from lib.privacy import leaving
from lib.web.cron import cron
from lib.web.endpoint import Endpoint
from lib.web.route import Run
from lib.web.schema import Output


class Resumed(Output):
    """How many erasures were finished."""

    finished: int


class handler(Endpoint):
    """/cron/privacy."""

    @cron("/cron/privacy")
    def resume(self, run: Run) -> Resumed:
        """Finish what was begun."""
        return Resumed(finished=leaving.resume(run.now, run.deadline))

"""Every day: publish the statistics of what has settled."""

from lib.statistics import service
from lib.statistics.schemas import Published
from lib.web.cron import cron
from lib.web.endpoint import Endpoint
from lib.web.route import Run


class handler(Endpoint):
    """/cron/statistics."""

    @cron("/cron/statistics")
    def publish(self, run: Run) -> Published:
        """Publish each period once."""
        return service.publish(run.now, run.deadline)

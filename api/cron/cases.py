"""Every hour: the alarm for what the law wants done by now."""

from lib.breaches import service as breaches
from lib.cases import service as cases
from lib.web.cron import cron
from lib.web.endpoint import Endpoint
from lib.web.route import Run
from lib.web.schema import Output


class Overdue(Output):
    """How many requests by right and notices of breaches are overdue."""

    requests: int
    breaches: int


class handler(Endpoint):
    """/cron/cases."""

    @cron("/cron/cases")
    def count(self, run: Run) -> Overdue:
        """Count what is overdue; anything at all is logged as an alarm."""
        return Overdue(
            requests=cases.count_overdue(run.now), breaches=breaches.count_overdue(run.now)
        )

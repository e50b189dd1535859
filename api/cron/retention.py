"""Every hour: what has served its time goes."""

from lib.privacy import retention
from lib.privacy.retention_schemas import RetentionReport
from lib.web.cron import cron
from lib.web.endpoint import Endpoint
from lib.web.route import Run


class handler(Endpoint):
    """/cron/retention."""

    @cron("/cron/retention")
    def retain(self, run: Run) -> RetentionReport:
        """Delete what is kept no longer, in batches, until nothing is due or time is up."""
        return retention.run(run.now, run.deadline)

"""Every minute: make the archives that were asked for, delete those that have lain for a week."""

from lib.privacy import archives, exports
from lib.web.cron import cron
from lib.web.endpoint import Endpoint
from lib.web.route import Run
from lib.web.schema import Output


class Made(Output):
    """How many archives were finished, put off until the next run, and deleted."""

    finished: int
    put_off: int
    deleted: int


class handler(Endpoint):
    """/cron/exports."""

    @cron("/cron/exports")
    def make(self, run: Run) -> Made:
        """Delete first: it is little work, and promised."""
        deleted = exports.delete_outlived(run.now, run.deadline)
        finished, put_off = archives.make_due(run.now, run.deadline)
        return Made(finished=finished, put_off=put_off, deleted=deleted)

"""The clock of privacy: what was asked for is carried out, what has served its time goes."""

from lib.accounting import service as accounting
from lib.breaches import service as breaches
from lib.cases import service as cases
from lib.consent import limits
from lib.disclosures import telling
from lib.privacy import archives, exports, leaving, retention
from lib.privacy.retention_schemas import RetentionReport
from lib.statistics import service as statistics
from lib.statistics.schemas import Published
from lib.web.cron import cron
from lib.web.endpoint import Endpoint
from lib.web.route import Run
from lib.web.schema import Output


class Resumed(Output):
    """How many erasures are finished, changes told to all, and announced restrictions lifted."""

    finished: int
    told: int
    lifted: int


class Made(Output):
    """How many archives were finished, put off until the next run, and deleted.

    `accounts` is how many files for the accountant were finished.
    """

    finished: int
    put_off: int
    deleted: int
    accounts: int


class Overdue(Output):
    """How many requests by right, notices of breaches and notices to pass on are overdue."""

    requests: int
    breaches: int
    notices: int


class handler(Endpoint):
    """/cron/privacy, exports, retention, cases and statistics."""

    @cron("/cron/privacy")
    def resume(self, run: Run) -> Resumed:
        """Every minute: go on with erasures and tellings cut short, end announced restrictions."""
        return Resumed(
            lifted=limits.lift_announced(run.now, run.deadline),
            told=telling.resume(run.now, run.deadline),
            finished=leaving.resume(run.now, run.deadline),
        )

    @cron("/cron/exports")
    def make(self, run: Run) -> Made:
        """Every minute: delete archives that have lain for a week, then make those asked for."""
        deleted = exports.delete_outlived(run.now, run.deadline)
        finished, put_off = archives.make_due(run.now, run.deadline)
        accounts = accounting.make_due(run.now, run.deadline)
        return Made(finished=finished, put_off=put_off, deleted=deleted, accounts=accounts)

    @cron("/cron/retention")
    def retain(self, run: Run) -> RetentionReport:
        """Every hour: delete what is kept no longer, in batches, until time is up."""
        return retention.run(run.now, run.deadline)

    @cron("/cron/cases")
    def count(self, run: Run) -> Overdue:
        """Every hour: count what is overdue; anything at all is logged as an alarm."""
        return Overdue(
            requests=cases.count_overdue(run.now),
            breaches=breaches.count_overdue(run.now),
            notices=telling.count_waiting(run.now),
        )

    @cron("/cron/statistics")
    def publish(self, run: Run) -> Published:
        """Every day: publish each period that has settled, once."""
        return statistics.publish(run.now, run.deadline)

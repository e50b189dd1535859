"""Every hour: pay mentors what they have earned."""

from lib.payouts import accounts, service
from lib.web.cron import cron
from lib.web.endpoint import Endpoint
from lib.web.route import Run
from lib.web.schema import Output


class PaidOut(Output):
    """How many accounts were asked about, and payouts made, paid, and still waiting."""

    asked: int
    made: int
    paid: int
    waiting: int


class handler(Endpoint):
    """/cron/payouts."""

    @cron("/cron/payouts")
    def pay(self, run: Run) -> PaidOut:
        """Make payouts of what has been held long enough, and try all that are not paid."""
        asked = accounts.ask_about_unready(run.now, run.deadline)
        made = service.make_due(run.now, run.deadline)
        paid, waiting = service.pay_due(run.now, run.deadline)
        return PaidOut(asked=asked, made=made, paid=paid, waiting=waiting)

"""Every minute: ask about payments that nothing was heard of."""

from lib.purchases import payment
from lib.web.cron import cron
from lib.web.endpoint import Endpoint
from lib.web.route import Run
from lib.web.schema import Output


class Swept(Output):
    """How many payments were looked at, and how many bookings without one were freed."""

    checked: int
    freed: int


class handler(Endpoint):
    """/cron/purchases."""

    @cron("/cron/purchases")
    def sweep(self, run: Run) -> Swept:
        """Look at open payments; those whose time is over are cancelled and their slots freed."""
        return Swept(
            checked=payment.sweep(run.now, run.deadline),
            freed=payment.free_unpaid(run.now, run.deadline),
        )

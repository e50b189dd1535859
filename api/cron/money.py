"""The clock of money: payments are looked after, mentors paid, the books added up."""

from lib.payouts import accounts, service
from lib.purchases import disputes, payment, refunding, withdrawal
from lib.reconciliation import service as reconciliation
from lib.reconciliation import sweeps
from lib.reconciliation.schemas import BooksReport, Checked
from lib.web.cron import cron
from lib.web.endpoint import Endpoint
from lib.web.route import Run
from lib.web.schema import Output


class Swept(Output):
    """How many payments were looked at, bookings without one freed, packs ended, refunds tried."""

    checked: int
    freed: int
    expired: int
    refunds: int


class PaidOut(Output):
    """How many accounts were asked about, and payouts made, paid, and still waiting."""

    asked: int
    made: int
    paid: int
    waiting: int


class Fetched(Output):
    """How many disputes were looked at, and what else never came and was fetched."""

    disputes: int
    checks: list[Checked]


class handler(Endpoint):
    """/cron/purchases every minute, books every ten, payouts and sweeps every hour."""

    @cron("/cron/purchases")
    def sweep(self, run: Run) -> Swept:
        """Look after payments, slots that wait for one, packs that have expired, and refunds."""
        return Swept(
            checked=payment.sweep(run.now, run.deadline),
            freed=payment.free_unpaid(run.now, run.deadline),
            expired=withdrawal.expire_due(run.now, run.deadline),
            refunds=refunding.sweep(run.now, run.deadline),
        )

    @cron("/cron/payouts")
    def pay(self, run: Run) -> PaidOut:
        """Make payouts of what has been held long enough, and try all that are not paid."""
        asked = accounts.ask_about_unready(run.now, run.deadline)
        made = service.make_due(run.now, run.deadline)
        paid, waiting = service.pay_due(run.now, run.deadline)
        return PaidOut(asked=asked, made=made, paid=paid, waiting=waiting)

    @cron("/cron/books")
    def check(self, run: Run) -> BooksReport:
        """Issue papers that are missing; go on with checking the books, against the rails too."""
        return reconciliation.check(run.now, run.deadline)

    @cron("/cron/sweeps")
    def fetch(self, run: Run) -> Fetched:
        """Fetch what never came: events, disputes, and whether webhooks are sent here at all."""
        looked_at = disputes.sweep(run.now, run.deadline)
        return Fetched(disputes=looked_at, checks=sweeps.run(run.now, run.deadline))

"""Every minute: deliver what the world must still hear of."""

from lib.outbox import service
from lib.web.cron import cron
from lib.web.endpoint import Endpoint
from lib.web.route import Run
from lib.web.schema import Output


class Delivered(Output):
    """How many messages were delivered, how many failed and wait, how many wait for an operator."""

    delivered: int
    failed: int
    parked: int


class handler(Endpoint):
    """/cron/outbox."""

    @cron("/cron/outbox")
    def drain(self, run: Run) -> Delivered:
        """Deliver what is due."""
        delivered, failed = service.drain(run.deadline)
        return Delivered(delivered=delivered, failed=failed, parked=service.parked())

"""One payment: what it is, what happened to it, and what its sums say. No HTTP, no rules here."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sandbox.simulators.vipps.bodies import CreatePayment
from sandbox.simulators.vipps.people import Person

CAPTURE_DEADLINE = timedelta(days=180)
REFUND_DEADLINE = timedelta(days=365)
GUARANTEES = {
    "visa": timedelta(days=7),
    "mastercard": timedelta(days=30),
    "bankaxept": timedelta(days=7),
}
HARD = frozenset({"bankaxept"})
"""Sources whose reservation ends with its guarantee: nothing is captured afterwards."""
BINS = {"visa": "492556", "mastercard": "540185", "bankaxept": "957812"}


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a payment's history; `amount` is that operation's, in øre.

    `idempotency_key` is None for what was done without one: by time, by the payer, in the portal.
    """

    name: str
    psp_reference: str
    amount: int
    timestamp: datetime
    success: bool = True
    idempotency_key: str | None = None


@dataclass(slots=True, eq=False)
class Payment:
    """A payment and its sums in øre.

    `source` is what it is paid with, one of GUARANTEES. `is_held` says whether the bank still has
    the money once the guarantee is over; `capture_faults` are the codes of the next captures.
    """

    order: CreatePayment
    token: str
    expires_at: datetime
    state: str = "CREATED"
    authorized: int = 0
    cancelled: int = 0
    captured: int = 0
    refunded: int = 0
    events: list[Event] = field(default_factory=list)
    payer: Person | None = None
    authorizing: bool = False
    authorized_at: datetime | None = None
    certain_at: datetime | None = None
    source: str = "visa"
    is_held: bool = True
    capture_faults: list[str] = field(default_factory=list)

    @property
    def reference(self) -> str:
        """The merchant's name for it."""
        return self.order.reference

    @property
    def amount(self) -> int:
        """What is to be paid."""
        return self.order.amount.value

    @property
    def psp_reference(self) -> str:
        """The reference of its creation, which answers carry; each event has its own."""
        return self.events[0].psp_reference

    @property
    def capturable(self) -> int:
        """What is reserved and neither captured nor released."""
        return self.authorized - self.cancelled - self.captured

    @property
    def guaranteed_until(self) -> datetime | None:
        """Until when a capture is guaranteed; None before approval."""
        return self.authorized_at + GUARANTEES[self.source] if self.authorized_at else None

    @property
    def capture_deadline(self) -> datetime:
        """When what is not captured is released by itself."""
        return (self.authorized_at or self.events[0].timestamp) + CAPTURE_DEADLINE

    @property
    def refund_deadline(self) -> datetime:
        """Until when money is given back: counted from the approval, not from the capture."""
        return (self.authorized_at or self.events[0].timestamp) + REFUND_DEADLINE

    def is_out_of_reach(self, now: datetime) -> bool:
        """Whether the bank has let go of what was reserved."""
        until = self.guaranteed_until
        is_over = until is not None and now > until
        return is_over and (self.source in HARD or not self.is_held)

"""Payments: their states, sums and events, and the rules by which they change. No HTTP here.

CREATED ends as AUTHORIZED, ABORTED, EXPIRED or TERMINATED; captures, refunds and the cancellation
of a reservation are events of an AUTHORIZED payment, and its sums tell them.
"""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sandbox.simulators.kit import Clock
from sandbox.simulators.vipps.bodies import CreatePayment
from sandbox.simulators.vipps.people import Person
from sandbox.simulators.vipps.problems import DomainError

LIFETIME = timedelta(minutes=10)
CAPTURE_DEADLINE = timedelta(days=180)
GUARANTEE = timedelta(days=7)
REFUND_DEADLINE = timedelta(days=365)
UNCERTAIN = timedelta(hours=1)

DECLINED_AMOUNTS = {
    151: "Ikke nok penger på kontoen",
    182: "Banken avviste betalingen",
    183: "Betalingen er stoppet på grunn av mistanke om svindel",
    184: "Beløpsgrensen er nådd",
    186: "Kortet er utløpt",
    187: "Kortet er ugyldig",
    197: "Kortutstederen avviste 3-D Secure",
}
UNCERTAIN_AMOUNT = 201
REFUSED_REFUNDS = {123: "5100", 124: "6220"}


class DeclinedError(Exception):
    """The bank, or the app, turned the payer down; the payment goes on waiting."""


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a payment's history; `amount` is that operation's, in øre."""

    name: str
    psp_reference: str
    amount: int
    timestamp: datetime
    success: bool = True
    idempotency_key: str | None = None


@dataclass(slots=True, eq=False)
class Payment:
    """A payment and its sums in øre."""

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
        """Until when the card's guarantee lasts."""
        return self.authorized_at + GUARANTEE if self.authorized_at else None


class Payments:
    """All payments of the sales unit.

    :param emit: is told of every event, in order, as it happens.
    """

    def __init__(self, clock: Clock, emit: Callable[[Payment, Event], None]) -> None:
        self._clock = clock
        self._emit = emit
        self._payments: dict[str, Payment] = {}

    def reset(self) -> None:
        """Forget every payment."""
        self._payments.clear()

    def __iter__(self) -> Iterator[Payment]:
        return iter(list(self._payments.values()))

    def create(self, order: CreatePayment, expires_at: datetime | None, key: str) -> Payment:
        """Open a payment. :raises DomainError: 4150, the reference is taken."""
        if order.reference in self._payments:
            raise DomainError("4150")
        ends = expires_at or self._clock.now() + LIFETIME
        payment = Payment(order, secrets.token_urlsafe(24), ends)
        self._payments[order.reference] = payment
        self._happened(payment, "CREATED", payment.amount, key)
        return payment

    def find(self, reference: str) -> Payment:
        """Return a payment as it is now. :raises DomainError: 5090, there is none."""
        payment = self._payments.get(reference)
        if payment is None:
            raise DomainError("5090")
        self._notice_time(payment)
        return payment

    def with_token(self, token: str) -> Payment | None:
        """Return the payment whose landing page has this token."""
        for payment in self:
            if secrets.compare_digest(payment.token.encode(), token.encode()):
                self._notice_time(payment)
                return payment
        return None

    def sweep(self) -> None:
        """Notice what time has ended."""
        for payment in self:
            self._notice_time(payment)

    def approve(self, payment: Payment, payer: Person) -> None:
        """Let somebody pay.

        :raises DomainError: 7010, not the customer asked for, or too young.
        :raises DeclinedError: the payment is not open, or a test amount says no.
        """
        if payment.state != "CREATED":
            raise DeclinedError(f"Betalingen er {payment.state}")
        if not self._may_pay(payment, payer):
            raise DomainError("7010")
        if payment.amount in DECLINED_AMOUNTS:
            self._happened(payment, "AUTHORIZED", payment.amount, success=False)
            raise DeclinedError(DECLINED_AMOUNTS[payment.amount])
        payment.payer = payer
        payment.authorizing = False
        if payment.amount == UNCERTAIN_AMOUNT and payment.certain_at is None:
            payment.certain_at = self._clock.now() + UNCERTAIN
            return
        self._authorize(payment)

    def abort(self, payment: Payment) -> None:
        """Let the payer say no. :raises DeclinedError: the payment is not open."""
        self._end(payment, "ABORTED")

    def expire(self, payment: Payment) -> None:
        """Let the time run out now. :raises DeclinedError: the payment is not open."""
        self._end(payment, "EXPIRED")

    def begin(self, payment: Payment) -> None:
        """Let the payer open the payment in the app: until they decide it can not be cancelled."""
        payment.authorizing = payment.state == "CREATED"

    def cancel(self, payment: Payment, *, transaction_only: bool) -> None:
        """Give up an open payment, or release all that is not captured.

        :raises DomainError: 6040, 6050, 6060, 6190 or 6250.
        """
        if payment.state == "CREATED":
            if payment.authorizing:
                raise DomainError("6250")
            payment.state = "TERMINATED"
            payment.cancelled = payment.amount
            self._happened(payment, "TERMINATED", payment.amount)
            return
        if payment.state != "AUTHORIZED":
            raise DomainError("6050" if payment.state == "TERMINATED" else "6190")
        if transaction_only:
            raise DomainError("6060")
        if payment.capturable == 0:
            raise DomainError("6050" if payment.cancelled else "6040")
        self._release(payment)

    def capture(self, payment: Payment, amount: int, key: str) -> None:
        """Take a part of what is reserved. :raises DomainError: 6010, 6080, 6090 or 6100."""
        if payment.state != "AUTHORIZED":
            raise DomainError("6080")
        if self._clock.now() > _capture_deadline(payment):
            raise DomainError("6100")
        if amount == 0:
            raise DomainError("6010")
        if amount > payment.capturable:
            raise DomainError("6090")
        payment.captured += amount
        self._happened(payment, "CAPTURED", amount, key)

    def refund(self, payment: Payment, amount: int, key: str) -> None:
        """Give back a part of what is captured. :raises DomainError: 5100, 6010, 6150 or 6220."""
        captures = [event for event in payment.events if event.name == "CAPTURED"]
        if not captures:
            raise DomainError("6150")
        if self._clock.now() > captures[-1].timestamp + REFUND_DEADLINE:
            raise DomainError("6220")
        if amount == 0:
            raise DomainError("6010")
        if amount in REFUSED_REFUNDS:
            raise DomainError(REFUSED_REFUNDS[amount])
        if amount > payment.captured - payment.refunded:
            raise DomainError("6150")
        payment.refunded += amount
        self._happened(payment, "REFUNDED", amount, key)

    def _may_pay(self, payment: Payment, payer: Person) -> bool:
        customer = payment.order.customer
        asked = customer.phone_number if customer else None
        old_enough = payer.age(self._clock.now().date()) >= (payment.order.minimum_user_age or 0)
        return old_enough and asked in (None, payer.phone_number)

    def _authorize(self, payment: Payment) -> None:
        payment.state = "AUTHORIZED"
        payment.authorized = payment.amount
        payment.authorized_at = self._clock.now()
        self._happened(payment, "AUTHORIZED", payment.amount)

    def _end(self, payment: Payment, state: str) -> None:
        if payment.state != "CREATED":
            raise DeclinedError(f"Betalingen er {payment.state}")
        payment.state = state
        payment.authorizing = False
        self._happened(payment, state, payment.amount)

    def _release(self, payment: Payment) -> None:
        rest = payment.capturable
        payment.cancelled += rest
        self._happened(payment, "CANCELLED", rest)

    def _notice_time(self, payment: Payment) -> None:
        now = self._clock.now()
        if payment.state == "CREATED" and payment.certain_at is not None:
            if now >= payment.certain_at:
                self._authorize(payment)
        elif payment.state == "CREATED" and now >= payment.expires_at:
            self._end(payment, "EXPIRED")
        elif payment.capturable > 0 and now > _capture_deadline(payment):
            self._release(payment)

    def _happened(
        self,
        payment: Payment,
        name: str,
        amount: int,
        key: str | None = None,
        *,
        success: bool = True,
    ) -> None:
        psp_reference = str(secrets.randbelow(9 * 10**10) + 10**10)
        event = Event(name, psp_reference, amount, self._clock.now(), success, key)
        payment.events.append(event)
        self._emit(payment, event)


def _capture_deadline(payment: Payment) -> datetime:
    return (payment.authorized_at or payment.events[0].timestamp) + CAPTURE_DEADLINE

"""Payments: the rules by which their states, sums and events change. No HTTP here.

CREATED ends as AUTHORIZED, ABORTED, EXPIRED or TERMINATED; captures, refunds and the cancellation
of a reservation are events of an AUTHORIZED payment, and its sums tell them.
"""

import secrets
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from sandbox.simulators.kit import Clock
from sandbox.simulators.vipps.bodies import CreatePayment
from sandbox.simulators.vipps.payment import Event, Payment
from sandbox.simulators.vipps.people import Person
from sandbox.simulators.vipps.problems import DomainError

LIFETIME = timedelta(minutes=10)
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

    def capture(self, payment: Payment, amount: int, key: str | None) -> None:
        """Take a part of what is reserved; `key` is None for who does it in the portal.

        :raises DomainError: 6010, 6080, 6090, 6100, 6260 or 6280.
        """
        if payment.state != "AUTHORIZED":
            raise DomainError("6080")
        if self._clock.now() > payment.capture_deadline:
            raise DomainError("6100")
        if amount == 0:
            raise DomainError("6010")
        if amount > payment.capturable:
            raise DomainError("6090")
        fault = payment.capture_faults.pop(0) if payment.capture_faults else ""
        if payment.is_out_of_reach(self._clock.now()):
            fault = fault or "6260"
        if fault:
            self._happened(payment, "CAPTURED", amount, key, success=False)
            raise DomainError(fault)
        payment.captured += amount
        self._happened(payment, "CAPTURED", amount, key)

    def refund(self, payment: Payment, amount: int, key: str | None) -> None:
        """Give back a part of what is captured. :raises DomainError: 5100, 6010, 6150 or 6220."""
        if not payment.captured:
            raise DomainError("6150")
        if self._clock.now() > payment.refund_deadline:
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
        elif payment.capturable > 0 and now > payment.capture_deadline:
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

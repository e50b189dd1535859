"""ePayment v1 over HTTP: create, read, capture, refund, cancel, and approval by force."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from sandbox.simulators.kit import Clock, Json, RefusedError, Request, Response, Route
from sandbox.simulators.vipps.access_token import AccessTokens
from sandbox.simulators.vipps.bodies import (
    Cancellation,
    CreatePayment,
    ForceApproval,
    Modification,
    read_body,
)
from sandbox.simulators.vipps.limits import IdempotencyKeys, RateLimits, check_key
from sandbox.simulators.vipps.payment import BINS, Event, Payment
from sandbox.simulators.vipps.payment_rules import check_order, expiry, receipt_faults
from sandbox.simulators.vipps.payments import DeclinedError, Payments
from sandbox.simulators.vipps.people import People, Person
from sandbox.simulators.vipps.problems import (
    PROBLEM_JSON,
    DomainError,
    domain_problem,
    problem,
    refuse_fields,
)
from sandbox.simulators.vipps.sales_unit import SalesUnit

MODIFICATIONS_PER_MINUTE = 5
READS_PER_MINUTE = 120
_PAYMENT = "/epayment/v1/payments/{reference}"


class EPayment:
    """The merchant's side of the payments.

    :param landing_url: gives the address of the page where a payment's token is approved.
    """

    def __init__(
        self,
        clock: Clock,
        unit: SalesUnit,
        tokens: AccessTokens,
        people: People,
        payments: Payments,
        landing_url: Callable[[Payment], str],
    ) -> None:
        self._clock = clock
        self._unit = unit
        self._tokens = tokens
        self._people = people
        self._payments = payments
        self._landing_url = landing_url
        self._keys = IdempotencyKeys()
        self._limits = RateLimits()

    def reset(self) -> None:
        """Forget keys and counted calls."""
        self._keys.reset()
        self._limits.reset()

    def routes(self) -> list[Route]:
        """The operations of the published description."""
        operations: list[tuple[str, str, Callable[[Request], Response]]] = [
            ("POST", "/epayment/v1/payments", self._create),
            ("GET", _PAYMENT, self._get),
            ("GET", f"{_PAYMENT}/events", self._events),
            ("POST", f"{_PAYMENT}/capture", self._capture),
            ("POST", f"{_PAYMENT}/refund", self._refund),
            ("POST", f"{_PAYMENT}/cancel", self._cancel),
            ("POST", "/epayment/v1/test/payments/{reference}/approve", self._force_approve),
        ]
        return [Route(method, path, _ruled(action)) for method, path, action in operations]

    def _create(self, request: Request) -> Response:
        self._tokens.check(request)
        check_key(request, required=True)
        content = _json(request)
        reference = str(content.get("reference")) if isinstance(content, dict) else ""
        self._limits.count(request, "create", reference, MODIFICATIONS_PER_MINUTE)

        def act() -> Response:
            order = read_body(request, content, CreatePayment)
            if faults := receipt_faults(order):
                refuse_fields(request, faults)
            now = self._clock.now()
            check_order(order, self._unit, self._people, now)
            end = expiry(order, self._unit, now)
            payment = self._payments.create(order, end, request.headers["idempotency-key"])
            answer = {"reference": payment.reference}
            if order.user_flow != "PUSH_MESSAGE":
                answer["redirectUrl"] = self._landing_url(payment)
            return Response.json(201, answer)

        return self._keys.once(request, "create", reference, content, act)

    def _get(self, request: Request) -> Response:
        payment = self._read(request, "get")
        return Response.json(200, payment_view(payment, self._landing_url(payment)))

    def _events(self, request: Request) -> Response:
        payment = self._read(request, "events")
        return Response.json(200, [event_view(payment, event) for event in payment.events])

    def _capture(self, request: Request) -> Response:
        return self._modify(request, "capture", self._payments.capture)

    def _refund(self, request: Request) -> Response:
        return self._modify(request, "refund", self._payments.refund)

    def _modify(
        self, request: Request, operation: str, change: Callable[[Payment, int, str | None], None]
    ) -> Response:
        self._tokens.check(request)
        check_key(request, required=True)
        content = _json(request)
        reference = request.params["reference"]
        self._limits.count(request, operation, reference, MODIFICATIONS_PER_MINUTE)

        def act() -> Response:
            amount = read_body(request, content, Modification).modification_amount
            payment = self._payments.find(reference)
            if amount.currency != payment.order.amount.currency:
                raise DomainError("5040")
            change(payment, amount.value, request.headers["idempotency-key"])
            return _modified(payment)

        return self._keys.once(request, operation, reference, content, act)

    def _cancel(self, request: Request) -> Response:
        self._tokens.check(request)
        check_key(request, required=False)
        content = _json(request) if request.body else {}
        reference = request.params["reference"]
        self._limits.count(request, "cancel", reference, MODIFICATIONS_PER_MINUTE)

        def act() -> Response:
            only = read_body(request, content, Cancellation).cancel_transaction_only
            payment = self._payments.find(reference)
            self._payments.cancel(payment, transaction_only=only)
            return _modified(payment)

        return self._keys.once(request, "cancel", reference, content, act)

    def _force_approve(self, request: Request) -> Response:
        self._tokens.check(request)
        wish = read_body(request, _json(request), ForceApproval)
        payment = self._payments.find(request.params["reference"])
        try:
            self._payments.approve(payment, self._payer(request, wish, payment))
        except DeclinedError as error:
            # An expired test card is documented to end in a 500.
            status = 500 if payment.amount == 186 else 400
            title = "The payment was not approved"
            raise RefusedError(problem(request, status, title, str(error))) from error
        return Response(200)

    def _payer(self, request: Request, wish: ForceApproval, payment: Payment) -> Person:
        if wish.token is not None and wish.token != payment.token:
            refuse_fields(request, [("token", "Not the token of this payment's redirectUrl.")])
        if wish.token is None and wish.customer is None:
            refuse_fields(request, [("customer", "Either customer or token is required.")])
        customer = wish.customer or payment.order.customer
        if customer is None or customer.phone_number is None:
            return self._people.all()[0]
        person = self._people.with_phone(customer.phone_number)
        if person is None:
            raise DomainError("7010")
        return person

    def _read(self, request: Request, operation: str) -> Payment:
        self._tokens.check(request)
        reference = request.params["reference"]
        self._limits.count(request, operation, reference, READS_PER_MINUTE)
        return self._payments.find(reference)


def payment_view(payment: Payment, landing_url: str) -> dict[str, Any]:
    """Return the payment as GET answers it."""
    order = payment.order
    view: dict[str, Any] = {
        "aggregate": _aggregate(payment),
        "amount": _amount(payment, payment.amount),
        "state": payment.state,
        "paymentMethod": {"type": order.payment_method.type},
        "profile": {},
        "pspReference": payment.psp_reference,
        "reference": payment.reference,
    }
    if payment.state == "CREATED" and order.user_flow != "PUSH_MESSAGE":
        view["redirectUrl"] = landing_url
    if order.metadata is not None:
        view["metadata"] = order.metadata
    if payment.state == "AUTHORIZED":
        view["paymentMethod"]["cardBin"] = BINS[payment.source]
    if sub := _shared_sub(payment):
        view["profile"]["sub"] = sub
    if payment.guaranteed_until:
        view["captureGuaranteedUntil"] = iso(payment.guaranteed_until)
    return view


def event_view(payment: Payment, event: Event) -> dict[str, Any]:
    """Return an event as the event log has it."""
    view = {
        "reference": payment.reference,
        "pspReference": event.psp_reference,
        "name": event.name,
        "amount": _amount(payment, event.amount),
        "timestamp": iso(event.timestamp),
        "success": event.success,
    }
    return view | ({"idempotencyKey": event.idempotency_key} if event.idempotency_key else {})


def webhook_view(payment: Payment, event: Event, msn: str) -> dict[str, Any]:
    """Return an event as a webhook tells it."""
    view = {"msn": msn, **event_view(payment, event)}
    if event.name == "AUTHORIZED" and event.success and payment.guaranteed_until:
        view["captureGuaranteedUntil"] = iso(payment.guaranteed_until)
        if sub := _shared_sub(payment):
            view["sub"] = sub
    return view


def iso(moment: datetime) -> str:
    """Write a moment as Vipps does: UTC, milliseconds, Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _shared_sub(payment: Payment) -> str | None:
    asked = payment.order.profile is not None and payment.order.profile.scope
    return payment.payer.sub if asked and payment.payer and payment.authorized_at else None


def _modified(payment: Payment) -> Response:
    content = {
        "amount": _amount(payment, payment.amount),
        "state": payment.state,
        "aggregate": _aggregate(payment),
        "pspReference": payment.psp_reference,
        "reference": payment.reference,
    }
    # The published description declares this type for a success too; a client must not mind.
    return Response.json(200, content, PROBLEM_JSON)


def _aggregate(payment: Payment) -> dict[str, Any]:
    sums: Mapping[str, int] = {
        "authorizedAmount": payment.authorized,
        "cancelledAmount": payment.cancelled,
        "capturedAmount": payment.captured,
        "refundedAmount": payment.refunded,
    }
    return {name: _amount(payment, value) for name, value in sums.items()}


def _amount(payment: Payment, value: int) -> dict[str, Any]:
    return {"currency": payment.order.amount.currency, "value": value}


def _json(request: Request) -> Json:
    if request.media_type != "application/json":
        detail = "The Content-Type must be application/json."
        raise RefusedError(problem(request, 415, "Unsupported Media Type", detail))
    return request.json()


def _ruled(action: Callable[[Request], Response]) -> Callable[[Request], Response]:
    """Word the rules that an operation breaks as problems."""

    def ruled(request: Request) -> Response:
        try:
            return action(request)
        except DomainError as error:
            return domain_problem(request, error.code)

    return ruled

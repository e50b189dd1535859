"""The payer's side: the landing page behind redirectUrl, and control routes.

The controls play the payer (approve, abort, expire, begin), who works by hand in the merchant's
portal (portal_capture, portal_refund, portal_cancel, each with its webhook and without a key), and
the payer's bank (let_go: the money is gone once the guarantee is over; fail_captures: with codes).
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

from sandbox.simulators.kit import RefusedError, Request, Response, Route, control_fields
from sandbox.simulators.vipps import page
from sandbox.simulators.vipps.epayment import event_view, payment_view
from sandbox.simulators.vipps.payment import GUARANTEES, Payment
from sandbox.simulators.vipps.payments import DeclinedError, Payments
from sandbox.simulators.vipps.people import People, Person
from sandbox.simulators.vipps.problems import CODES, DomainError
from sandbox.simulators.vipps.sales_unit import SalesUnit

LANDING = "/dwo-api-application/v1/deeplink/vippsgateway"
_OVER = "Lenken gjelder ikke lenger"


class Landing:
    """Pages and controls for who pays. `base_url` is known once the simulator runs."""

    def __init__(self, unit: SalesUnit, people: People, payments: Payments) -> None:
        self.base_url = ""
        self._unit = unit
        self._people = people
        self._payments = payments

    def url(self, payment: Payment) -> str:
        """Where the payer is sent; who asked for a native redirect gets the app's own scheme."""
        if payment.order.user_flow == "NATIVE_REDIRECT":
            return f"vipps://?token={payment.token}"
        return f"{self.base_url}{LANDING}?v=2&token={payment.token}"

    def routes(self) -> list[Route]:
        """The page, its form, and the control routes of a payment."""
        return [
            Route("GET", LANDING, self._page),
            Route("POST", LANDING, self._decision),
            Route("GET", "/_sandbox/payments/{reference}", self._show),
            Route("POST", "/_sandbox/payments/{reference}", self._play),
        ]

    def _page(self, request: Request) -> Response:
        payment = self._open(request)
        return self._ask(request, payment) if payment else _gone()

    def _decision(self, request: Request) -> Response:
        payment = self._open(request)
        if payment is None:
            return _gone()
        form = request.form()
        person = self._people.find(str(form.get("person", "")))
        if form.get("action") == "cancel":
            self._payments.abort(payment)
        elif person is None:
            return self._ask(request, payment, "Velg hvem som betaler")
        else:
            try:
                self._payments.approve(payment, person)
            except (DeclinedError, DomainError) as error:
                return self._ask(request, payment, f"Betalingen gikk ikke: {error}")
        if payment.order.return_url is None:
            return page.message_page(200, "Ferdig", "Du kan gå tilbake dit du kom fra.")
        return Response.redirect(payment.order.return_url, 303)

    def _ask(self, request: Request, payment: Payment, said: str = "") -> Response:
        return page.payment_page(
            unit=self._unit.name,
            action=f"{request.path}?{request.query_string}",
            amount=payment.amount,
            description=payment.order.payment_description or payment.reference,
            people=self._asked(payment),
            said=said,
        )

    def _asked(self, payment: Payment) -> list[Person]:
        customer = payment.order.customer
        person = self._people.with_phone(customer.phone_number or "") if customer else None
        return [person] if person else self._people.all()

    def _open(self, request: Request) -> Payment | None:
        token = parse_qs(request.query_string).get("token", [""])[0]
        payment = self._payments.with_token(token)
        return payment if payment and payment.state == "CREATED" else None

    def _show(self, request: Request) -> Response:
        return Response.json(200, self._view(self._find(request)))

    def _play(self, request: Request) -> Response:
        wish = control_fields(request)
        payment = self._find(request)
        try:
            self._act(payment, wish)
        except (DeclinedError, DomainError) as error:
            content = {"error": str(error), "payment": self._view(payment)}
            return Response.json(409, content)
        except ValueError as error:
            return Response.json(400, {"error": str(error)})
        return Response.json(200, self._view(payment))

    def _act(self, payment: Payment, wish: dict[str, Any]) -> None:
        actions: dict[str, Callable[[], None]] = {
            "approve": lambda: self._approve(payment, wish),
            "abort": lambda: self._payments.abort(payment),
            "expire": lambda: self._payments.expire(payment),
            "begin": lambda: self._payments.begin(payment),
            "portal_capture": lambda: self._payments.capture(payment, _amount(wish), None),
            "portal_refund": lambda: self._payments.refund(payment, _amount(wish), None),
            "portal_cancel": lambda: self._payments.cancel(payment, transaction_only=False),
            "let_go": lambda: setattr(payment, "is_held", False),
            "fail_captures": lambda: payment.capture_faults.extend(_codes(wish)),
        }
        if unknown := wish.keys() - {"action", "person", "source", "amount", "codes"}:
            raise ValueError(f"unknown fields: {', '.join(sorted(unknown))}")
        if wish.get("action") not in actions:
            raise ValueError(f"action must be one of {', '.join(actions)}")
        actions[str(wish["action"])]()

    def _approve(self, payment: Payment, wish: dict[str, Any]) -> None:
        person = self._people.find(str(wish.get("person", self._asked(payment)[0].key)))
        if person is None:
            raise ValueError("no such person")
        source = str(wish.get("source", payment.source))
        if source not in GUARANTEES:
            raise ValueError(f"source must be one of {', '.join(GUARANTEES)}")
        payment.source = source
        self._payments.approve(payment, person)

    def _find(self, request: Request) -> Payment:
        try:
            return self._payments.find(request.params["reference"])
        except DomainError as error:
            raise RefusedError(Response.json(404, {"error": str(error)})) from error

    def _view(self, payment: Payment) -> dict[str, Any]:
        return {
            **payment_view(payment, self.url(payment)),
            "payer": payment.payer.key if payment.payer else None,
            "expiresAt": payment.expires_at.isoformat(),
            "events": [event_view(payment, event) for event in payment.events],
        }


def _amount(wish: dict[str, Any]) -> int:
    amount = wish.get("amount")
    if not isinstance(amount, int) or isinstance(amount, bool) or amount < 0:
        raise ValueError("amount must be a whole number of øre")
    return amount


def _codes(wish: dict[str, Any]) -> list[str]:
    codes = wish.get("codes", ["6280"])
    if not isinstance(codes, list) or not set(codes) <= CODES.keys():
        raise ValueError("codes must be a list of Vipps' own codes")
    return codes


def _gone() -> Response:
    return page.message_page(404, _OVER, "Betalingen er fullført, avbrutt eller for gammel.")

"""Puts the parts of the Vipps simulator together."""

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from sandbox.simulators.kit import Clock, Courier, Request, Response, Simulator
from sandbox.simulators.vipps.access_token import AccessTokens
from sandbox.simulators.vipps.epayment import EPayment, webhook_view
from sandbox.simulators.vipps.id_token import Signer
from sandbox.simulators.vipps.landing import Landing
from sandbox.simulators.vipps.login import Login
from sandbox.simulators.vipps.payment import Event, Payment
from sandbox.simulators.vipps.payments import Payments
from sandbox.simulators.vipps.people import People
from sandbox.simulators.vipps.problems import gateway_answer, problem
from sandbox.simulators.vipps.report import Report
from sandbox.simulators.vipps.sales_unit import SalesUnit
from sandbox.simulators.vipps.settlement import Settlement
from sandbox.simulators.vipps.userinfo import PaymentUserinfo
from sandbox.simulators.vipps.webhooks import Webhooks
from sandbox.simulators.wire import Server

_RETRY_DELAYS = (0.1, 0.1, 0.1, 1.0, 2.0, 4.0, 4.0)
"""Seconds. Vipps waits 2 s three times, then 60 s, 120 s, and hours; nobody waits for that here."""

_TITLES = {
    400: "Bad Request",
    404: "Not Found",
    405: "Method Not Allowed",
    429: "Too Many Requests",
}


class VippsSimulator(Simulator):
    """Vipps' test environment for one sales unit.

    :param unit: keys and settings; `redirect_uris`, where given, replaces those of the unit.
    """

    name: ClassVar[str] = "vipps"

    def __init__(
        self,
        clock: Clock,
        port: int = 0,
        *,
        unit: SalesUnit | None = None,
        redirect_uris: Sequence[str] | None = None,
    ) -> None:
        super().__init__(clock, port, courier=Courier(clock, retry_delays=_RETRY_DELAYS))
        given = unit or SalesUnit()
        uris = given.redirect_uris if redirect_uris is None else tuple(redirect_uris)
        self.unit = replace(given, redirect_uris=uris)
        signer = Signer()
        self.people = People(clock, self.unit.merchant_serial_number)
        self._tokens = AccessTokens(clock, self.unit, signer.key)
        self._login = Login(clock, self.unit, self.people, signer)
        self._webhooks = Webhooks(self._tokens, self.courier)
        self.payments = Payments(clock, self._tell)
        self._landing = Landing(self.unit, self.people, self.payments)
        self._epayment = EPayment(
            clock, self.unit, self._tokens, self.people, self.payments, self._landing.url
        )
        self.settlement = Settlement(clock, self.unit)
        self._report = Report(self.unit, self._tokens, self.settlement)
        userinfo = PaymentUserinfo(self._tokens, self.payments)
        parts = (self.people, self._tokens, self._login, userinfo, self.settlement, self._report)
        for part in (*parts, self._landing, self._epayment, self._webhooks):
            self.add_routes(part.routes())

    def listen[S: Server](self, kind: type[S]) -> S:
        """Take the port, and let the parts know their own address."""
        server = super().listen(kind)
        self._login.base_url = self._landing.base_url = self.base_url
        return server

    def reset_state(self) -> None:
        """Forget people, logins, payments, keys and counts; webhooks and bearer tokens stay."""
        parts = (self.people, self._login, self.payments, self._epayment)
        for part in (*parts, self.settlement, self._report):
            part.reset()

    def tick(self) -> None:
        """Let payments expire when nobody looks at them."""
        self.payments.sweep()

    def refusal(self, request: Request, status: int, detail: str) -> Response:
        """Word an error as the service behind the path does."""
        if request.path.startswith(("/epayment/", "/webhooks/", "/report/", "/settlement/")):
            return problem(request, status, _TITLES.get(status, "Error"), detail)
        if request.path.startswith("/access-management-1.0/"):
            content = {"error": "error", "error_description": detail, "error_code": status}
            return Response.json(status, content)
        return gateway_answer(status, detail)

    def _tell(self, payment: Payment, event: Event) -> None:
        name = f"epayments.payment.{event.name.lower()}.v1"
        content = webhook_view(payment, event, self.unit.merchant_serial_number)
        self._webhooks.tell(name, content, payment.reference)
        self.settlement.happened(payment.reference, event)

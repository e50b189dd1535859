"""The Stripe simulator: authentication, versions, idempotency, and the operations behind them."""

import base64
import binascii
import json
import re
from collections.abc import Callable
from typing import ClassVar, Final

from sandbox.clock import Clock
from sandbox.simulators.faults import Faults
from sandbox.simulators.kit import Delivery, Request, Response, Route, Simulator
from sandbox.simulators.stripe import (
    accounts,
    balance,
    charges,
    disputes,
    events,
    intents,
    payouts,
    refunds,
    reversals,
    sessions,
    signing,
    transfers,
    webhook_endpoints,
)
from sandbox.simulators.stripe.account_links import Links
from sandbox.simulators.stripe.checkout_page import CheckoutPages
from sandbox.simulators.stripe.control import control_routes
from sandbox.simulators.stripe.errors import StripeError
from sandbox.simulators.stripe.idempotency import IdempotencyKeys, check_key
from sandbox.simulators.stripe.operation import Call, Operation
from sandbox.simulators.stripe.passing import pass_time
from sandbox.simulators.stripe.payment_control import PaymentControls
from sandbox.simulators.stripe.state import (
    DEFAULT_VERSION,
    PLATFORM,
    Resource,
    State,
    new_id,
)

SECRET_KEY: Final = "sk_test_sandbox"
FORM = "application/x-www-form-urlencoded"
API = "/v1/"
PREVIEW = re.compile(r"[a-z_]+_(preview|beta)=v[0-9]+")


class StripeSimulator(Simulator):
    """Stripe with one platform account, in test mode unless its key is a live one.

    :param secret_key: the platform's key; every request to the API must carry it.
    """

    name: ClassVar[str] = "stripe"

    def __init__(self, clock: Clock, port: int = 0, *, secret_key: str = SECRET_KEY) -> None:
        super().__init__(clock, port)
        self.secret_key = secret_key
        livemode = secret_key.startswith(("sk_live_", "rk_live_"))
        self.state = State(clock, lambda: self.base_url, self._send, livemode=livemode)
        self.state.lazy["charge", "refunds"] = charges.refunds_of
        self.keys = IdempotencyKeys()
        self.links = Links(self.state)
        self.crashes = Faults()
        self.add_routes(self.links.routes())
        self.add_routes(CheckoutPages(self.state).routes())
        self.add_routes(control_routes(self.state, self.crashes))
        self.add_routes(PaymentControls(self.state).routes())
        self.add_routes(
            Route(operation.method, operation.path, self._action(operation))
            for operation in (
                *self.links.operations(),
                *accounts.OPERATIONS,
                *balance.OPERATIONS,
                *charges.OPERATIONS,
                *disputes.OPERATIONS,
                *events.OPERATIONS,
                *intents.OPERATIONS,
                *payouts.OPERATIONS,
                *refunds.OPERATIONS,
                *reversals.OPERATIONS,
                *sessions.OPERATIONS,
                *transfers.OPERATIONS,
                *webhook_endpoints.OPERATIONS,
            )
        )

    def reset_state(self) -> None:
        """Forget everything but the webhook endpoints."""
        self.state.reset()
        self.links.reset()
        self.keys.clear()
        self.crashes.clear()

    def tick(self) -> None:
        """Do what happens though nobody looks."""
        pass_time(self.state)

    def refusal(self, request: Request, status: int, detail: str) -> Response:
        """Word what the kit found as Stripe does."""
        if not request.path.startswith(API):
            return super().refusal(request, status, detail)
        if status in (404, 405):
            return _failure(
                StripeError(
                    f"Unrecognized request URL ({request.method}: {request.path}).", status=404
                ),
                new_id("req"),
            )
        kind = "rate_limit_error" if status == 429 else "api_error"
        kind = "invalid_request_error" if 400 <= status < 429 else kind
        code = "rate_limit" if status == 429 else None
        return _failure(StripeError(detail, status=status, kind=kind, code=code), new_id("req"))

    def received(self, request: Request) -> Response | None:
        """Check the key, the version and the idempotency key; a known result is replayed."""
        if not request.path.startswith(API):
            return None
        try:
            self._authenticate(request)
            _check_version(request)
            check_key(request)
            return self.keys.begin(request)
        except StripeError as error:
            return _failure(error, new_id("req"))

    def answered(self, request: Request) -> None:
        """Free the idempotency key, or keep its result."""
        self.keys.finish(request)

    def _action(self, operation: Operation) -> Callable[[Request], Response]:
        def action(request: Request) -> Response:
            identifier = new_id("req")
            try:
                call = self._call(operation, request)
            except StripeError as error:
                return _failure(error, identifier)
            response, kept = self._execute(operation, call, request, identifier)
            if kept:
                self.keys.save(request, response, identifier)
            return response

        return action

    def _call(self, operation: Operation, request: Request) -> Call:
        """Read a request. What is wrong here is wrong before execution begins."""
        owner = request.headers.get("stripe-account", PLATFORM)
        if owner != PLATFORM:
            accounts.connected_account(self.state, owner)
        form = request.query()
        if request.method == "POST":
            if request.body and request.media_type != FORM:
                raise StripeError(f"Invalid request (check that your POST content type is {FORM}).")
            form |= request.form()
        version = request.headers.get("stripe-version", DEFAULT_VERSION)
        return Call(self.state, owner, operation.read(form), request.params, version)

    def _execute(
        self, operation: Operation, call: Call, request: Request, identifier: str
    ) -> tuple[Response, bool]:
        """Act; the second value says whether the idempotency key keeps the answer."""
        pass_time(self.state)
        crash = self.crashes.take(request.method, request.path)
        if crash is not None:
            failure = StripeError(
                "An unknown error occurred", status=crash.status, kind="api_error", saved=True
            )
            return _failure(failure, identifier), True
        key = request.headers.get("idempotency-key") if request.method == "POST" else None
        self.state.request = {"id": identifier, "idempotency_key": key}
        try:
            resource = operation.answer(call)
        except StripeError as error:
            return _failure(error, identifier), error.saved
        finally:
            self.state.request = {"id": None, "idempotency_key": None}
        return Response.json(200, resource, headers=_headers(request, identifier)), True

    def _authenticate(self, request: Request) -> None:
        key = _api_key(request.headers.get("authorization", ""))
        if not key:
            raise StripeError(
                "You did not provide an API key. You need to provide your API key in the "
                "Authorization header, using Bearer auth.",
                status=401,
            )
        if key != self.secret_key:
            raise StripeError(f"Invalid API Key provided: {_masked(key)}", status=401)

    def _send(self, endpoint: Resource, secret: str, event: Resource) -> Delivery:
        body = json.dumps(event, indent=2, ensure_ascii=False).encode()
        return self.courier.send(
            lane=endpoint["id"],
            url=endpoint["url"],
            event=event["type"],
            body=body,
            sign=lambda moment, raw: signing.headers(secret, moment, raw),
        )


def _api_key(authorization: str) -> str:
    """The key of `Bearer <key>` or of Basic with the key as user name; empty where neither is."""
    scheme, _, credentials = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return credentials.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(credentials, validate=True).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _masked(key: str) -> str:
    return key[:8] + "*" * max(len(key) - 12, 4) + key[-4:]


def _check_version(request: Request) -> None:
    """Refuse what is no version, followed by previews: `2026-10-28.endive; vipps_preview=v1`."""
    header = request.headers.get("stripe-version", DEFAULT_VERSION)
    version, *previews = [part.strip() for part in header.split(";")]
    is_known = webhook_endpoints.VERSION.fullmatch(version) is not None
    if not is_known or not all(PREVIEW.fullmatch(each) for each in previews):
        raise StripeError(f"Invalid Stripe API version: {header}")


def _headers(request: Request, identifier: str) -> dict[str, str]:
    headers = {
        "Request-Id": identifier,
        "Stripe-Version": request.headers.get("stripe-version", DEFAULT_VERSION),
    }
    for name in ("Idempotency-Key", "Stripe-Account"):
        if value := request.headers.get(name.lower()):
            headers[name] = value
    return headers


def _failure(error: StripeError, identifier: str) -> Response:
    return Response.json(error.status, error.body(identifier), headers={"Request-Id": identifier})

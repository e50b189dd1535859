"""A merchant's side of Vipps for the simulator's tests: plain requests, nothing of the product."""

import hashlib
import json
import secrets
import threading
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs, urlencode, urlsplit

import requests

from sandbox.clock import Clock
from sandbox.simulators.vipps import VippsSimulator

REDIRECT_URI = "https://min.example.no/login/callback"
APP_REDIRECT_URI = "minmentor://login/callback"
ACCESS = "/access-management-1.0/access"
TIMEOUT = 10


@contextmanager
def running(folder: Path) -> Iterator[VippsSimulator]:
    """Run a simulator with a clock of its own."""
    uris = (REDIRECT_URI, APP_REDIRECT_URI)
    with VippsSimulator(Clock(folder / "clock"), redirect_uris=uris) as simulator:
        yield simulator


class Merchant:
    """Calls the simulator as a careful client does, unless told otherwise."""

    def __init__(self, simulator: VippsSimulator) -> None:
        self.simulator = simulator
        self.unit = simulator.unit
        self._token = ""

    def call(self, method: str, path: str, **options: Any) -> requests.Response:  # noqa: ANN401
        """Call without adding anything."""
        url = f"{self.simulator.base_url}{path}"
        return requests.request(method, url, timeout=TIMEOUT, allow_redirects=False, **options)

    def token(self) -> str:
        """Fetch an access token."""
        headers = {
            "client_id": self.unit.client_id,
            "client_secret": self.unit.client_secret,
            "Ocp-Apim-Subscription-Key": self.unit.subscription_key,
            "Merchant-Serial-Number": self.unit.merchant_serial_number,
        }
        answer = self.call("POST", "/accesstoken/get", headers=headers)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    def headers(self, **changes: str | None) -> dict[str, str]:
        """All headers that a call needs; a change to None leaves one out (_ stands for -)."""
        self._token = self._token or self.token()
        headers: dict[str, str | None] = {
            "Authorization": f"Bearer {self._token}",
            "Ocp-Apim-Subscription-Key": self.unit.subscription_key,
            "Merchant-Serial-Number": self.unit.merchant_serial_number,
            "Vipps-System-Name": "min-mentor",
            "Idempotency-Key": secrets.token_hex(16),
        }
        headers |= {name.replace("_", "-"): value for name, value in changes.items()}
        return {name: value for name, value in headers.items() if value is not None}

    def post(self, path: str, body: Any, **headers: str | None) -> requests.Response:  # noqa: ANN401
        """Post JSON to ePayment."""
        return self.call("POST", f"/epayment/v1{path}", json=body, headers=self.headers(**headers))

    def get(self, path: str) -> requests.Response:
        """Read from ePayment."""
        headers = self.headers(Idempotency_Key=None)
        return self.call("GET", f"/epayment/v1{path}", headers=headers)

    def order(self, **changes: Any) -> dict[str, Any]:  # noqa: ANN401
        """A body that creates a payment of 490 kr; a change to None leaves a field out."""
        order: dict[str, Any] = {
            "amount": {"currency": "NOK", "value": 49000},
            "paymentMethod": {"type": "WALLET"},
            "reference": f"booking-{secrets.token_hex(8)}",
            "userFlow": "WEB_REDIRECT",
            "returnUrl": "https://min.example.no/paid?booking=1",
            "paymentDescription": "En time med Ola Hagen",
        }
        return {name: value for name, value in (order | changes).items() if value is not None}

    def created(self, **changes: Any) -> str:  # noqa: ANN401
        """Create a payment and return its reference."""
        answer = self.post("/payments", self.order(**changes))
        assert answer.status_code == 201, answer.text
        return str(answer.json()["reference"])

    def authorized(self, **changes: Any) -> str:  # noqa: ANN401
        """Create a payment, let Kari approve it, and return its reference."""
        reference = self.created(**changes)
        assert self.play(reference, "approve").status_code == 200
        return reference

    def modify(
        self, reference: str, operation: str, value: int, **headers: str | None
    ) -> requests.Response:
        """Capture or refund."""
        body = {"modificationAmount": {"currency": "NOK", "value": value}}
        return self.post(f"/payments/{reference}/{operation}", body, **headers)

    def play(self, reference: str, action: str) -> requests.Response:
        """Play the payer."""
        return self.control(f"payments/{reference}", {"action": action})

    def control(self, path: str, body: dict[str, Any]) -> requests.Response:
        """Use a control route."""
        return self.call("POST", f"/_sandbox/{path}", json=body)

    # -- login -------------------------------------------------------------------------------------

    def authorize_url(self, **changes: str | None) -> str:
        """The address that starts a login; a change to None leaves a parameter out."""
        query: dict[str, str | None] = {
            "client_id": self.unit.client_id,
            "response_type": "code",
            "redirect_uri": REDIRECT_URI,
            "scope": "openid name phoneNumber email",
            "state": "state-12345678",
            "nonce": "nonce-12345678",
        }
        query |= changes
        text = urlencode({name: value for name, value in query.items() if value is not None})
        return f"{self.simulator.base_url}{ACCESS}/oauth2/auth?{text}"

    def log_in(self, url: str, person: str = "kari", **more: Any) -> dict[str, str]:  # noqa: ANN401
        """Play a person's login and return the parameters of the redirect, and `to` before them."""
        answer = self.control("login", {"authorize_url": url, "person": person, **more})
        assert answer.status_code == 200, answer.text
        return redirect_fields(answer.json()["redirect_to"])

    def redeem(self, code: str, secret: str | None = None, **form: str | None) -> requests.Response:
        """Redeem a code; a form field of None is left out."""
        fields: dict[str, str | None] = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": REDIRECT_URI,
            **form,
        }
        pair = f"{self.unit.client_id}:{secret or self.unit.client_secret}"
        return self.call(
            "POST",
            f"{ACCESS}/oauth2/token",
            data={name: value for name, value in fields.items() if value is not None},
            headers={"Authorization": f"Basic {b64encode(pair.encode()).decode()}"},
        )

    def userinfo(self, token: str, **headers: str) -> requests.Response:
        """Ask for the claims of a login."""
        given = {"Authorization": f"Bearer {token}", **headers}
        return self.call("GET", "/vipps-userinfo-api/userinfo", headers=given)


def redirect_fields(url: str) -> dict[str, str]:
    """Take a redirect apart: its parameters, and `to`, the address without them."""
    parts = urlsplit(url)
    fields = {name: values[0] for name, values in parse_qs(parts.query).items()}
    return {"to": url.partition("?")[0], **fields}


def pkce() -> tuple[str, str]:
    """Make a verifier and its S256 challenge."""
    verifier = secrets.token_urlsafe(48)
    digest = hashlib.sha256(verifier.encode()).digest()
    return verifier, urlsafe_b64encode(digest).decode().rstrip("=")


def code_of(answer: requests.Response) -> str:
    """The domain code of a problem; empty where it has none."""
    details = answer.json()["extraDetails"]
    return next((item["reason"] for item in details if item["name"] == "ErrorCode"), "")


def fields_of(answer: requests.Response) -> list[str]:
    """The names of the fields that a problem blames."""
    return [item["name"] for item in answer.json()["extraDetails"]]


class Receiver:
    """An endpoint for webhooks that keeps what it gets; `statuses` answers the next calls."""

    def __init__(self) -> None:
        self.received: list[tuple[dict[str, str], bytes]] = []
        self.statuses: list[int] = []
        self.refuse: set[str] = set()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(receiver.take(dict(self.headers.items()), body))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_args: object) -> None:
                """Keep quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/v1/webhooks/vipps"

    def take(self, headers: dict[str, str], body: bytes) -> int:
        """Keep a delivery and say how it is answered."""
        if json.loads(body)["reference"] in self.refuse:
            return 500
        status = self.statuses.pop(0) if self.statuses else 200
        if status == 200:
            lower = {name.lower(): value for name, value in headers.items()}
            self.received.append((lower, body))
        return status

    def names(self) -> list[str]:
        """The names of the events that were accepted, in order."""
        return [json.loads(body)["name"] for _headers, body in self.received]

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()

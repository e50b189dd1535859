"""The mobile app of the local world: one device, one person, calls over HTTP.

The story and the tests speak to the product through it, as the real app does: it signs in through
Vipps, keeps its tokens, and sends an Idempotency-Key with what changes something.
"""

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection
from json import dumps, loads
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

_SECONDS = 40
_OK = 200
_WITH_KEY = frozenset({"POST", "PATCH"})


class AppError(Exception):
    """A call did not give what the story needs; the message says which and what came back."""


@dataclass(frozen=True)
class Answer:
    """What came back. `json` is None where the body is empty."""

    status: int
    headers: Mapping[str, str]
    json: Any = None


@dataclass
class App:
    """One device.

    :param url: where the product is served.
    :param vipps: the Vipps simulator's base URL.
    :param heard: told of every call and answer.
    """

    url: str
    vipps: str
    heard: Callable[[str, str, Answer], None] | None = None
    access_token: str = ""
    refresh_token: str = ""
    person_id: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def get(self, path: str) -> Answer:
        """Read."""
        return self.call("GET", path)

    def post(self, path: str, json: object = None, key: str | None = None) -> Answer:
        """Make or do something; `key` repeats an earlier call."""
        return self.call("POST", path, json, key=key)

    def put(self, path: str, json: object = None) -> Answer:
        """Replace the whole."""
        return self.call("PUT", path, json)

    def patch(self, path: str, json: object = None, key: str | None = None) -> Answer:
        """Change what is sent."""
        return self.call("PATCH", path, json, key=key)

    def delete(self, path: str) -> Answer:
        """Remove."""
        return self.call("DELETE", path)

    def is_erased(self, receipt_token: str, seconds: float = 20) -> bool:
        """Follow an erasure, which is carried out after the reply; return whether it was done."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = send("GET", f"{self.url}/v1/privacy/erasures/{receipt_token}")
            if found.status == _OK and found.json["state"] == "done":
                return True
            time.sleep(0.1)
        return False

    def call(
        self, method: str, path: str, body: object = None, *, key: str | None = None
    ) -> Answer:
        """Call the product and return what came back, whatever its status."""
        headers = dict(self.headers)
        if self.access_token:
            headers["Authorization"] = f"Bearer {self.access_token}"
        if method in _WITH_KEY:
            headers["Idempotency-Key"] = key or secrets.token_urlsafe(16)
        answer = send(method, self.url + path, body, headers)
        if self.heard:
            self.heard(method, path, answer)
        return answer

    def sign_in(self, person: str, *, device_name: str = "Telefon") -> Self:
        """Sign in as one of Vipps' test people, signing up first where that is needed.

        :raises AppError: some step was refused.
        """
        begun = _wanted(self.post("/v1/sign-in", {"flow": "app"}), 201)
        back = self.approve_login(begun["authorize_url"], person)
        result = _wanted(
            self.post(
                "/v1/sign-in/complete",
                {"attempt": begun["attempt"], "device_name": device_name, **back},
            ),
            200,
        )
        if result["status"] == "sign_up_required":
            result = self._sign_up(result["sign_up"], device_name)
        self._keep(result["session"])
        self.person_id = _wanted(self.get("/v1/profile"), 200)["id"]
        return self

    def approve_login(self, authorize_url: str, person: str, **options: object) -> dict[str, str]:
        """Tap «approve» in Vipps; return the code and state of the redirect."""
        wish = {"authorize_url": authorize_url, "person": person, **options}
        answer = _wanted(send("POST", f"{self.vipps}/_sandbox/login", wish), 200)
        query = parse_qs(urlsplit(answer["redirect_to"]).query)
        return {name: query[name][0] for name in ("code", "state") if name in query}

    def refresh(self) -> Answer:
        """Exchange the refresh token and keep the new pair."""
        answer = self.post("/v1/sessions/refresh", {"refresh_token": self.refresh_token})
        if answer.status == 200:
            self._keep(answer.json)
        return answer

    def _sign_up(self, offer: dict[str, Any], device_name: str) -> dict[str, Any]:
        body = {
            "sign_up_token": offer["sign_up_token"],
            "device_name": device_name,
            **offer["policies"],
        }
        result: dict[str, Any] = _wanted(self.post("/v1/sign-up", body), 201)
        return result

    def _keep(self, tokens: dict[str, Any]) -> None:
        self.access_token = tokens["access_token"]
        self.refresh_token = tokens["refresh_token"]


def send(
    method: str, url: str, body: object = None, headers: Mapping[str, str] | None = None
) -> Answer:
    """Send one request with a JSON body (bytes go as they are) and return the answer."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=_SECONDS)
    content = body if isinstance(body, bytes) else None if body is None else dumps(body)
    sent = {"Content-Type": "application/json"} if body is not None else {}
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request(method, target, content, {**sent, **(headers or {})})
        reply = connection.getresponse()
        raw = reply.read()
    finally:
        connection.close()
    kind = reply.headers.get_content_type()
    is_json = kind == "application/json" or kind.endswith("+json")
    found = {name.lower(): value for name, value in reply.headers.items()}
    return Answer(reply.status, found, loads(raw) if raw and is_json else None)


def _wanted(answer: Answer, status: int) -> Any:  # noqa: ANN401 (JSON, whatever the call gives)
    if answer.status != status:
        raise AppError(f"{answer.status} instead of {status}: {answer.json}")
    return answer.json

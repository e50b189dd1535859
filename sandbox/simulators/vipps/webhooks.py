"""The Webhooks API: registrations, and deliveries signed as Vipps signs them."""

import base64
import hashlib
import hmac
import json
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from sandbox.simulators.kit import Courier, RefusedError, Request, Response, Route
from sandbox.simulators.vipps.access_token import AccessTokens
from sandbox.simulators.vipps.bodies import Registration, read_body
from sandbox.simulators.vipps.payment_rules import is_loopback
from sandbox.simulators.vipps.problems import problem, refuse_fields

PAYMENT_EVENTS = (
    "created",
    "authorized",
    "captured",
    "cancelled",
    "refunded",
    "aborted",
    "expired",
    "terminated",
)
EVENTS = frozenset(
    {
        *(f"epayments.payment.{name}.v1" for name in PAYMENT_EVENTS),
        "login.merchant-initiated.ping.v1",
        "user.checked-in.v1",
    }
)
MAX_PER_EVENT = 25
_SIGNED = "x-ms-date;host;x-ms-content-sha256"
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Hook:
    """An address that wants events."""

    id: str
    secret: str
    url: str
    events: tuple[str, ...]


class Webhooks:
    """The registrations of the sales unit; they outlive a reset of the sandbox."""

    def __init__(self, tokens: AccessTokens, courier: Courier) -> None:
        self._tokens = tokens
        self._courier = courier
        self._hooks: dict[str, Hook] = {}

    def routes(self) -> list[Route]:
        """The operations of the published description."""
        return [
            Route("POST", "/webhooks/v1/webhooks", self._register),
            Route("GET", "/webhooks/v1/webhooks", self._list),
            Route("DELETE", "/webhooks/v1/webhooks/{id}", self._delete),
        ]

    def tell(self, event: str, content: Mapping[str, Any], group: str) -> None:
        """Send an event to who wants it; a failure holds back the later ones of its group."""
        body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
        for hook in self._hooks.values():
            if event in hook.events:
                self._courier.send(
                    lane=hook.id,
                    url=hook.url,
                    event=event,
                    body=body,
                    sign=partial(delivery_headers, hook),
                    group=group,
                )

    def _register(self, request: Request) -> Response:
        self._tokens.check(request)
        if request.media_type != "application/json":
            detail = "The Content-Type must be application/json."
            raise RefusedError(problem(request, 415, "Unsupported Media Type", detail))
        wish = read_body(request, request.json(), Registration)
        self._check(request, wish)
        hook_id = str(uuid.uuid4())
        secret = base64.b64encode(secrets.token_bytes(64)).decode()
        self._hooks[hook_id] = Hook(hook_id, secret, wish.url, tuple(dict.fromkeys(wish.events)))
        return Response.json(201, {"id": hook_id, "secret": secret})

    def _check(self, request: Request, wish: Registration) -> None:
        faults = []
        if not _reachable(wish.url):
            faults.append(("url", "Must be a valid https URL without a fragment."))
        faults += [
            ("events", f"Unknown event {name}.") for name in wish.events if name not in EVENTS
        ]
        for name in dict.fromkeys(wish.events):
            if sum(name in hook.events for hook in self._hooks.values()) >= MAX_PER_EVENT:
                faults.append(("events", f"At most {MAX_PER_EVENT} webhooks for {name}."))
        if faults:
            refuse_fields(request, faults)

    def _list(self, request: Request) -> Response:
        self._tokens.check(request)
        hooks = [
            {"id": hook.id, "url": hook.url, "events": list(hook.events)}
            for hook in self._hooks.values()
        ]
        return Response.json(200, {"webhooks": hooks})

    def _delete(self, request: Request) -> Response:
        self._tokens.check(request)
        hook_id = request.params["id"]
        if self._hooks.pop(hook_id, None) is None:
            # The description knows no 404 here.
            refuse_fields(request, [("id", "No such webhook.")])
        self._courier.forget_lane(hook_id)
        return Response(204)


def delivery_headers(hook: Hook, at: datetime, body: bytes) -> dict[str, str]:
    """Make the headers of one delivery attempt, with the date of that attempt."""
    authorization = sign(hook.secret, hook.url, at, body)
    return {
        **authorization,
        # Hosts strip Authorization: real deliveries carry it twice.
        "X-Vipps-Authorization": authorization["Authorization"],
        "Webhook-Id": hook.id,
        "User-Agent": "Vipps MobilePay/1.0 Webhooks/1.0",
        "Content-Type": "application/json; charset=utf-8",
    }


def sign(secret: str, url: str, at: datetime, body: bytes) -> dict[str, str]:
    """Sign a delivery: the key is the text of the secret itself, base64 though it looks.

    :param at: the attempt's moment, aware; sent with whole seconds.
    """
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    host = _authority(url)
    date = format_datetime(at, usegmt=True)
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    text = f"POST\n{target}\n{date};{host};{digest}"
    signature = hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()
    encoded = base64.b64encode(signature).decode()
    return {
        "x-ms-date": date,
        "x-ms-content-sha256": digest,
        "Host": host,
        "Authorization": f"HMAC-SHA256 SignedHeaders={_SIGNED}&Signature={encoded}",
    }


def _authority(url: str) -> str:
    parts = urlsplit(url)
    host = parts.hostname or ""
    shown = f"[{host}]" if ":" in host else host
    if parts.port is None or parts.port == _DEFAULT_PORTS.get(parts.scheme):
        return shown
    return f"{shown}:{parts.port}"


def _reachable(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if parts.fragment or parts.username or not host or any(mark.isspace() for mark in url):
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))

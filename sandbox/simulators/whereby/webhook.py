"""Whereby's webhooks: the envelope of an event, and how a delivery proves where it comes from."""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

API_VERSION = "1.0"
RETRY_DELAYS = (0.1, 0.3)
"""Two retries with a short backoff, scaled down to seconds of a test."""
TIMEOUT = 5.0


@dataclass(frozen=True, slots=True)
class Webhook:
    """The one webhook of the dashboard: where events go, and the secret that signs them."""

    url: str
    secret: str


def envelope(kind: str, data: dict[str, Any], moment: datetime) -> dict[str, Any]:
    """One event as it is sent; `id` is what a receiver recognises a repetition by."""
    return {
        "id": secrets.token_hex(32),
        "apiVersion": API_VERSION,
        "createdAt": iso(moment),
        "type": kind,
        "data": data,
    }


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """HMAC-SHA256 in lower-case hex over `"{timestamp}.{body}"`."""
    signed = str(timestamp).encode() + b"." + body
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def headers(secret: str, moment: datetime, body: bytes) -> Mapping[str, str]:
    """The headers of one delivery attempt; each attempt is signed anew."""
    timestamp = int(moment.timestamp())
    return {
        "Content-Type": "application/json",
        "User-Agent": "Whereby/1.0",
        "Whereby-Signature": f"t={timestamp},v1={signature(secret, timestamp, body)}",
    }


def should_retry(status: int | None) -> bool:
    """Only a server error or silence is tried again; a refusal is not."""
    return status is None or status >= 500


def iso(moment: datetime) -> str:
    """A moment as Whereby writes it: UTC, milliseconds, Z."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"

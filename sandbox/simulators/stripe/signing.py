"""Stripe-Signature: how a webhook proves where it comes from."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """HMAC-SHA256 in hex over `"{timestamp}.{body}"`, keyed with the whole `whsec_…` text."""
    signed = str(timestamp).encode() + b"." + body
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def headers(secret: str, moment: datetime, body: bytes) -> Mapping[str, str]:
    """The headers of one delivery attempt.

    Test-mode deliveries also carry a made-up `v0` signature, which a receiver has to ignore.
    """
    timestamp = int(moment.timestamp())
    made_up = signature("v0", timestamp, body)
    return {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        "Stripe-Signature": f"t={timestamp},v1={signature(secret, timestamp, body)},v0={made_up}",
    }

"""Webhooks from Stripe: `Stripe-Signature: t=…,v1=…` over the raw body.

Stripe has two kinds of endpoint, for our own account's events and for those of connected accounts,
each with its own secret; both kinds are sent to one address here, and any of the secrets will do.
"""

from collections.abc import Mapping
from datetime import datetime

from lib.core import config
from lib.core.errors import NotFoundError
from lib.web.route import Guard
from lib.web.webhook import SignatureRefusedError, is_signed_with

PATH = "/v1/webhooks/stripe"


def _check(headers: Mapping[str, str], body: bytes, now: datetime) -> None:
    secrets = config.listing("STRIPE_WEBHOOK_SECRETS")
    if not secrets:
        raise NotFoundError
    if not is_signed_with(secrets, headers.get("stripe-signature", ""), body, now):
        raise SignatureRefusedError


SIGNED = Guard(check=_check, errors=(SignatureRefusedError, NotFoundError), scheme="stripe")

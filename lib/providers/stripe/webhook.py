"""Webhooks from Stripe: `Stripe-Signature: t=…,v1=…` over the raw body.

Stripe has two kinds of endpoint, for our own account's events and for those of connected accounts,
each with its own secret; both kinds are sent to one address here, and any of the secrets will do.
Which account an event is of is said by the event.
"""

from collections.abc import Mapping
from datetime import datetime

from lib.core import config
from lib.core.errors import NotFoundError
from lib.providers.stripe.payloads import StripeEvent
from lib.web.route import Guard
from lib.web.webhook import SignatureRefusedError, is_signed_with

PATH = "/v1/webhooks/stripe"
# What the platform does with money of its own. A mentor's account may have the same kinds.
_OURS = ("charge.", "checkout.", "payment_intent.", "refund.", "transfer.")


def is_of_our_mode(event: StripeEvent) -> bool:
    """Return whether it is about real money where our key is for that, or about none where not.

    A live endpoint is also sent the test events of accounts that are connected live.
    """
    is_live = config.text("STRIPE_SECRET_KEY").startswith(("sk_live_", "rk_live_"))
    return event.livemode == is_live


def is_of_the_right_account(event: StripeEvent) -> bool:
    """Return whether an event about our own money is of our own account."""
    return event.account is None or not event.type.startswith(_OURS)


def _check(headers: Mapping[str, str], body: bytes, now: datetime) -> None:
    secrets = config.listing("STRIPE_WEBHOOK_SECRETS")
    if not secrets:
        raise NotFoundError
    if not is_signed_with(secrets, headers.get("stripe-signature", ""), body, now):
        raise SignatureRefusedError


SIGNED = Guard(check=_check, errors=(SignatureRefusedError, NotFoundError), scheme="stripe")

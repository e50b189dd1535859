"""Stripe's amounts and times as ours: whole øre, aware times. Anything but NOK is none of ours."""

from datetime import UTC, datetime

from lib.providers.http import ProviderRefusedError

CURRENCY = "nok"
OTHER_CURRENCY = "other_currency"


def check(currency: str) -> None:
    """Raise ProviderRefusedError unless an object is about Norwegian kroner."""
    if currency != CURRENCY:
        raise ProviderRefusedError("stripe", 200, OTHER_CURRENCY)


def moment(seconds: int) -> datetime:
    """Return a time of Stripe's as an aware one."""
    return datetime.fromtimestamp(seconds, UTC)


def seconds(moment: datetime) -> int:
    """Return a time as Stripe writes it, in whole seconds since 1970."""
    return int(moment.timestamp())

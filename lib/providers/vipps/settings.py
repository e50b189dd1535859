"""The sales unit's keys, and what every call to Vipps carries."""

from dataclasses import dataclass
from functools import cache

from lib.core import config


@dataclass(frozen=True)
class SalesUnit:
    """One sales unit (merchant serial number, MSN) with its keys; Login and payments share it."""

    client_id: str
    client_secret: str
    subscription_key: str
    serial_number: str


@cache
def sales_unit() -> SalesUnit:
    """Return the configured sales unit."""
    return SalesUnit(
        client_id=config.text("VIPPS_CLIENT_ID"),
        client_secret=config.text("VIPPS_CLIENT_SECRET"),
        subscription_key=config.text("VIPPS_SUBSCRIPTION_KEY"),
        serial_number=config.text("VIPPS_MERCHANT_SERIAL_NUMBER"),
    )


def system_headers() -> dict[str, str]:
    """Return the headers by which Vipps knows what calls (at most 30 characters each)."""
    return {"Vipps-System-Name": "minmentor", "Vipps-System-Version": "1"}

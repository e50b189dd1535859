"""What a new payment must satisfy beyond the shape of its body."""

import ipaddress
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sandbox.simulators.vipps.bodies import CreatePayment
from sandbox.simulators.vipps.people import People
from sandbox.simulators.vipps.problems import DomainError
from sandbox.simulators.vipps.sales_unit import SalesUnit

SCOPES = frozenset({"name", "address", "email", "phoneNumber", "birthDate", "nin"})
MINIMUM_ORE = 100
_UNSAFE_SCHEMES = frozenset({"http", "javascript", "data", "file", "ftp", "about", "blob"})


def check_order(order: CreatePayment, unit: SalesUnit, people: People, now: datetime) -> None:
    """Refuse what this sales unit may not create. :raises DomainError: with Vipps' code."""
    rules: list[tuple[Callable[[], bool], str]] = [
        (lambda: order.amount.currency != unit.currency, "5040"),
        (lambda: order.amount.value < MINIMUM_ORE, "6010"),
        (lambda: order.payment_method.type != "WALLET", "5070"),
        (lambda: bool(order.payment_method.blocked_sources), "5070"),
        (lambda: order.user_flow == "WEB_REDIRECT" and not order.return_url, "4140"),
        (lambda: order.user_flow == "PUSH_MESSAGE" and not order.customer, "4140"),
        (lambda: order.user_flow == "PUSH_MESSAGE" and not unit.push_messages, "5080"),
        (lambda: not all(map(acceptable_url, _urls(order))), "4090"),
        (lambda: not _scopes(order) <= SCOPES, "4080"),
        (lambda: "nin" in _scopes(order), "5030"),
        (lambda: len(order.metadata or {}) > 5, "4100"),
        (lambda: any(len(key) > 100 for key in order.metadata or {}), "4110"),
        (lambda: any(len(value) > 500 for value in (order.metadata or {}).values()), "4120"),
        (lambda: not _customer_known(order, people, now), "7010"),
    ]
    for broken, code in rules:
        if broken():
            raise DomainError(code)


def expiry(order: CreatePayment, unit: SalesUnit, now: datetime) -> datetime | None:
    """Return the end that the merchant chose, if any. :raises DomainError: 5050, 6110 to 6130."""
    if order.expires_at is None:
        return None
    end = datetime.fromisoformat(order.expires_at.upper())
    if not unit.long_living_payments:
        raise DomainError("5050")
    if order.receipt is None:
        raise DomainError("6130")
    if end <= now + timedelta(minutes=10):
        raise DomainError("6120")
    if end >= now + timedelta(days=60):
        raise DomainError("6110")
    return end


def receipt_faults(order: CreatePayment) -> list[tuple[str, str]]:
    """Return the fields of a receipt that do not add up, each with what is wrong.

    Vipps' app does not show such a receipt; here it is refused, so that it is noticed.
    """
    lines = order.receipt.order_lines if order.receipt else []
    faults = [
        (f"receipt.orderLines.{index}", "totalAmount is not the sum of its parts.")
        for index, line in enumerate(lines)
        if line.total_amount != line.total_amount_excluding_tax + line.total_tax_amount
    ]
    total = sum(-line.total_amount if line.is_return else line.total_amount for line in lines)
    if lines and total != order.amount.value:
        faults.append(("receipt.orderLines", "The lines do not sum to the amount."))
    return faults


def acceptable_url(url: str) -> bool:
    """Whether Vipps sends people there: https, or an app's own scheme; http on loopback only."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _ = parts.port  # raises when it is not a number
    except ValueError:
        return False
    if any(character.isspace() for character in url):
        return False
    if parts.scheme == "https":
        return bool(host)
    if parts.scheme == "http":
        return is_loopback(host)
    has_rest = bool(parts.netloc or parts.path.strip("/"))
    return bool(parts.scheme) and parts.scheme not in _UNSAFE_SCHEMES and has_rest


def is_loopback(host: str) -> bool:
    """Whether a host is this machine itself (where the local world lives without TLS)."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _urls(order: CreatePayment) -> list[str]:
    links = order.merchant_legal_links
    legal = [links.terms_of_sale_url, links.privacy_policy_url] if links else []
    return [url for url in (order.return_url, order.receipt_url, *legal) if url is not None]


def _scopes(order: CreatePayment) -> set[str]:
    return set((order.profile.scope or "").split()) if order.profile else set()


def _customer_known(order: CreatePayment, people: People, now: datetime) -> bool:
    phone = order.customer.phone_number if order.customer else None
    if phone is None:
        return True
    person = people.with_phone(phone)
    return person is not None and person.age(now.date()) >= (order.minimum_user_age or 0)

"""The register of suppliers: every host that data goes to, what for, where, and on which ground.

The HTTP seam (lib/providers/http.py) refuses a host that is not in here. A supplier's address can
be pointed elsewhere by its variable, for a test or a simulator; it is still that supplier's row
that answers for what is sent.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from lib.core import config


@dataclass(frozen=True, kw_only=True)
class Supplier:
    """One supplier.

    `fields` names what is sent, `erasure` how a person's data ends there, or why it holds none.
    """

    key: str
    name: str
    purpose: str
    fields: tuple[str, ...]
    place: str
    transfer_ground: str
    policy_url: str
    erasure: str
    base_url_variable: str
    default_base_url: str

    def base_url(self) -> str:
        """Return where the supplier's API is, without a trailing slash."""
        return config.base_url(self.base_url_variable, self.default_base_url)


VIPPS = Supplier(
    key="vipps",
    name="Vipps MobilePay AS",
    purpose="Sign-in, and payment for hours with a mentor",
    fields=("payment reference", "amount", "title of the session"),
    place="Norway, EEA",
    transfer_ground="none: inside the EEA",
    policy_url="https://vipps.no/vilkar/cookie-og-personvern",
    erasure="Vipps is controller of its profiles and payments; it is sent no contact data",
    base_url_variable="VIPPS_BASE_URL",
    default_base_url="https://api.vipps.no",
)

STRIPE = Supplier(
    key="stripe",
    name="Stripe Payments Europe Ltd",
    purpose="Payment of mentors",
    fields=("pseudonymous mentor id", "amount"),
    place="Ireland, EEA, and USA",
    transfer_ground="EU-US Data Privacy Framework and standard contractual clauses",
    policy_url="https://stripe.com/en-gb-no/privacy",
    erasure="we forget which account is whose; Stripe keeps it as controller, as the law has it",
    base_url_variable="STRIPE_API_BASE",
    default_base_url="https://api.stripe.com",
)

WHEREBY = Supplier(
    key="whereby",
    name="Whereby AS",
    purpose="Video meetings",
    fields=("pseudonymous participant key",),
    place="Norway and Ireland, EEA",
    transfer_ground="none: inside the EEA",
    policy_url="https://whereby.com/information/gdpr/",
    erasure="the room is deleted; participants are known by a key of that session only",
    base_url_variable="WHEREBY_BASE_URL",
    default_base_url="https://api.whereby.dev",
)

SUPPLIERS: tuple[Supplier, ...] = (VIPPS, STRIPE, WHEREBY)


class UnregisteredHostError(Exception):
    """Something was to be sent to a host that is not the supplier's; nothing was sent."""


def check(supplier: Supplier, url: str) -> None:
    """Raise UnregisteredHostError unless the address is on the supplier's own host and port."""
    wanted, given = urlsplit(supplier.base_url()), urlsplit(url)
    if (wanted.scheme, wanted.netloc) != (given.scheme, given.netloc):
        raise UnregisteredHostError(f"{given.hostname} is not {supplier.key}")

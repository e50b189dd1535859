"""The register of suppliers: every host that data goes to, what for, where, and on which ground.

The HTTP seam (lib/providers/http.py) refuses a host that is not in here. A supplier's address can
be pointed elsewhere by its variable, for a test or a simulator; it is still that supplier's row
that answers for what is sent. The register is published, and its fingerprint is a part of the
privacy notice's version: whoever changes a row changes the notice.
"""

from datetime import date
from urllib.parse import urlsplit

from lib.providers.not_called import NOT_CALLED
from lib.providers.supplier import Supplier, UnregisteredHostError, Words

_FIRST = date(2026, 11, 1)
_IN_EEA = Words("Ingen overføring ut av EØS", "No transfer out of the EEA")

VIPPS = Supplier(
    key="vipps",
    name="Vipps MobilePay AS",
    role="controller",
    since=_FIRST,
    purpose=Words(
        "Innlogging, og betaling for timer med mentor",
        "Sign-in, and payment for hours with a mentor",
    ),
    fields=Words(
        "Betalingens referanse, beløp, merverdiavgift og det som kjøpes, linje for linje",
        "The payment's reference, the amount, VAT and what is bought, line by line",
    ),
    place=Words("Norge, EØS", "Norway, EEA"),
    transfer_ground=_IN_EEA,
    erasure=Words(
        "Vipps er behandlingsansvarlig for profiler og betalinger og får ingen kontaktdata fra oss",
        "Vipps is controller of its profiles and payments; it is sent no contact data",
    ),
    policy_url="https://vipps.no/vilkar/cookie-og-personvern",
    base_url_variable="VIPPS_BASE_URL",
    default_base_url="https://api.vipps.no",
)

STRIPE = Supplier(
    key="stripe",
    name="Stripe Payments Europe Ltd (Stripe Checkout, Stripe Connect)",
    role="controller",
    since=_FIRST,
    purpose=Words(
        "Betaling for timer med mentor, og utbetaling til mentorer",
        "Payment for hours with a mentor, and payment of mentors",
    ),
    fields=Words(
        "Kjøpets referanse, beløp og timens tittel, og pseudonym for mentoren; den som betaler og "
        "mentoren gir selv Stripe resten",
        "The purchase's reference, the amount and the session's title, and a pseudonym of the "
        "mentor; who pays and the mentor give Stripe the rest themselves",
    ),
    place=Words("Irland, EØS, og USA", "Ireland, EEA, and USA"),
    transfer_ground=Words(
        "EU-US Data Privacy Framework og standard personvernbestemmelser",
        "EU-US Data Privacy Framework and standard contractual clauses",
    ),
    erasure=Words(
        "Mentorens konto slettes når saldoen er null; Stripe er behandlingsansvarlig for "
        "betalinger og beholder det loven krever av Stripe",
        "The mentor's account is deleted once its balance is zero; Stripe is controller of "
        "payments, and keeps what the law asks of it",
    ),
    policy_url="https://stripe.com/en-gb-no/privacy",
    base_url_variable="STRIPE_API_BASE",
    default_base_url="https://api.stripe.com",
)

WHEREBY = Supplier(
    key="whereby",
    name="Whereby AS",
    role="processor",
    since=_FIRST,
    purpose=Words("Videomøter", "Video meetings"),
    fields=Words(
        "En nøkkel for deltakeren som bare gjelder den ene timen",
        "A key of the participant that is good for the one session only",
    ),
    place=Words("Norge og Irland, EØS", "Norway and Ireland, EEA"),
    transfer_ground=_IN_EEA,
    erasure=Words(
        "Rommet slettes; deltakerne er kjent ved en nøkkel for den timen alene",
        "The room is deleted; participants are known by a key of that session only",
    ),
    policy_url="https://whereby.com/information/gdpr/",
    base_url_variable="WHEREBY_BASE_URL",
    default_base_url="https://api.whereby.dev",
)

AWS = Supplier(
    key="aws",
    name="Amazon Web Services EMEA SARL",
    role="processor",
    since=date(2026, 11, 23),
    purpose=Words(
        "Lagring av kopier som personer har bedt om å få utlevert",
        "Keeps the copies that people have asked to be given",
    ),
    fields=Words(
        "Krypterte arkiver med det som er lagret om personen",
        "Encrypted archives of what is held about the person",
    ),
    place=Words("Stockholm (eu-north-1), EØS", "Stockholm (eu-north-1), EEA"),
    transfer_ground=_IN_EEA,
    erasure=Words(
        "Arkivet slettes etter sju dager, og når kontoen slettes",
        "An archive is deleted after seven days, and when the account is erased",
    ),
    policy_url="https://aws.amazon.com/privacy/",
    base_url_variable="AWS_ENDPOINT_URL",
    default_base_url="https://s3.eu-north-1.amazonaws.com",
)

SUPPLIERS: tuple[Supplier, ...] = (VIPPS, STRIPE, WHEREBY, AWS, *NOT_CALLED)

__all__ = [
    "AWS",
    "STRIPE",
    "SUPPLIERS",
    "VIPPS",
    "WHEREBY",
    "Supplier",
    "UnregisteredHostError",
    "check",
]


def check(supplier: Supplier, url: str) -> None:
    """Raise UnregisteredHostError unless the address is on the supplier's own host and port."""
    wanted, given = urlsplit(supplier.base_url()), urlsplit(url)
    if (wanted.scheme, wanted.netloc) != (given.scheme, given.netloc):
        raise UnregisteredHostError(f"{given.hostname} is not {supplier.key}")


def fingerprint() -> str:
    """Return 16 hexadecimal digits that are others as soon as a row says something else."""
    import hashlib
    import json
    from dataclasses import asdict

    said = json.dumps([asdict(one) for one in SUPPLIERS], default=str, sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()[:16]

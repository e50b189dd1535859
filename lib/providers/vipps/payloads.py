"""What Vipps sends, as far as we use it; whatever else it sends is dropped here."""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Payload(BaseModel):
    """Base: unknown fields are ignored, since Vipps adds some without notice."""

    model_config = ConfigDict(extra="ignore", frozen=True, defer_build=True)


class Discovery(Payload):
    """OpenID configuration."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    userinfo_endpoint: str
    jwks_uri: str


class TokenAnswer(Payload):
    """Answer of the token endpoint."""

    access_token: str
    id_token: str


class IdToken(Payload):
    """Claims of the id_token that are checked; times in seconds since 1970."""

    sub: str = Field(min_length=1, max_length=64)
    nonce: str
    auth_time: int
    exp: int
    iat: int


class UserInfo(Payload):
    """Claims of the person; which are there depends on the sales unit's plan and the scopes."""

    sub: str
    given_name: str | None = Field(default=None, max_length=100)
    family_name: str | None = Field(default=None, max_length=100)
    email: str | None = Field(default=None, max_length=254)
    email_verified: bool = False
    phone_number: str | None = Field(default=None, pattern="^[0-9]{8,15}$")
    phone_number_verified: bool = False
    birthdate: date | None = None


class AccessToken(Payload):
    """Answer of the access token API: every value is a string."""

    access_token: str
    expires_in: int


class Amount(Payload):
    """Money in the currency's smallest unit."""

    currency: str
    value: int


class Aggregate(Payload):
    """What became of the money, summed; the state alone does not say it."""

    authorizedAmount: Amount  # noqa: N815 (Vipps' spelling)
    cancelledAmount: Amount  # noqa: N815 (Vipps' spelling)
    capturedAmount: Amount  # noqa: N815 (Vipps' spelling)
    refundedAmount: Amount  # noqa: N815 (Vipps' spelling)


class Payment(Payload):
    """A payment as Vipps has it."""

    reference: str
    state: Literal["CREATED", "AUTHORIZED", "ABORTED", "EXPIRED", "TERMINATED"]
    amount: Amount
    aggregate: Aggregate
    redirectUrl: str | None = None  # noqa: N815 (Vipps' spelling)
    captureGuaranteedUntil: datetime | None = None  # noqa: N815 (Vipps' spelling)


class CreatedPayment(Payload):
    """Answer to a new payment; `redirectUrl` is opened unmodified."""

    reference: str
    redirectUrl: str  # noqa: N815 (Vipps' spelling)


class LoggedEvent(Payload):
    """One line of a payment's log; with `success` false it was tried and did not happen."""

    reference: str
    pspReference: str  # noqa: N815 (Vipps' spelling)
    name: str
    amount: Amount
    timestamp: datetime
    idempotencyKey: str | None = None  # noqa: N815 (Vipps' spelling)
    success: bool


class SettledLedger(Payload):
    """A ledger of the Report API; the sales units that it settles are `api:` and their number."""

    ledgerId: str  # noqa: N815 (Vipps' spelling)
    currency: str
    settlesForRecipientHandles: list[str]  # noqa: N815 (Vipps' spelling)


class Ledgers(Payload):
    """The ledgers that our keys see."""

    items: list[SettledLedger]


class LedgerEntry(Payload):
    """A movement of a ledger; kinds may be added at any time, the amount's sign always counts."""

    pspReference: str | None = None  # noqa: N815 (Vipps' spelling)
    time: datetime
    entryType: str  # noqa: N815 (Vipps' spelling)
    reference: str | None = None
    currency: str
    amount: int
    balanceAfter: int | None = None  # noqa: N815 (Vipps' spelling)


class LedgerPage(Payload):
    """A page of a ledger date; with `tryLater` the date is not closed, and there is nothing yet."""

    items: list[LedgerEntry]
    hasMore: bool = False  # noqa: N815 (Vipps' spelling)
    cursor: str = ""
    tryLater: bool = False  # noqa: N815 (Vipps' spelling)


class PaymentEvent(Payload):
    """A webhook of the ePayment API: a signal to look, never the truth itself."""

    msn: str
    reference: str = Field(pattern=r"^[a-zA-Z0-9-]{8,64}$")
    pspReference: str = Field(pattern=r"^[!-~]{1,64}$")  # noqa: N815 (Vipps' spelling)
    name: str = Field(pattern=r"^[A-Z_]{1,20}$")
    amount: Amount
    timestamp: datetime
    success: bool

"""What Stripe sends, as far as we use it; whatever else it sends is dropped here."""

from pydantic import BaseModel, ConfigDict, Field


class _Payload(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, defer_build=True)


class StripeObject(_Payload):
    """The object that an event is about: what it is, and what it belongs to.

    Only ids, since the truth is fetched; nothing that says who pays or is paid.
    """

    id: str = Field(default="", max_length=100)
    object: str = Field(default="", max_length=40)
    payment_intent: str | None = Field(default=None, max_length=100)
    client_reference_id: str | None = Field(default=None, max_length=200)
    transfer_group: str | None = Field(default=None, max_length=200)


class StripeData(_Payload):
    """Wrapper of the object."""

    object: StripeObject


class StripeEvent(_Payload):
    """A snapshot event; `account` names the connected account where there is one."""

    id: str = Field(pattern=r"^evt_[0-9A-Za-z_]{1,96}$")
    type: str = Field(pattern=r"^[!-~]{1,80}$")
    livemode: bool
    account: str | None = Field(default=None, max_length=64)
    created: int = 0
    data: StripeData


class Source(_Payload):
    """What a movement comes from: a charge, a refund, a dispute, a transfer, a payout."""

    id: str
    payment_intent: str | None = None
    transfer_group: str | None = None
    transfer: str | None = None


class BalanceTransaction(_Payload):
    """A movement of a balance, in minor units; times in seconds since 1970."""

    id: str
    type: str
    reporting_category: str = ""
    amount: int
    fee: int
    net: int
    currency: str
    created: int
    available_on: int
    status: str
    source: Source | str | None = None


class RefundObject(_Payload):
    """A refund; which are ours is said by our metadata."""

    id: str
    amount: int
    currency: str
    created: int
    status: str | None
    payment_intent: str | None = None
    failure_reason: str | None = None
    pending_reason: str | None = None
    metadata: dict[str, str] | None = None


class RefundList(_Payload):
    """Refunds inside a charge: the newest ten."""

    data: list[RefundObject]
    has_more: bool


class CardDetails(_Payload):
    """`capture_before` (seconds since 1970) is until when a capture is guaranteed."""

    capture_before: int | None = None


class MethodDetails(_Payload):
    """How a charge was paid; Stripe says of a card alone how long it is reserved."""

    card: CardDetails | None = None


class Charge(_Payload):
    """An attempt to pay, in minor units."""

    id: str
    amount: int
    amount_captured: int
    currency: str
    disputed: bool
    status: str
    payment_method_details: MethodDetails | None = None
    balance_transaction: BalanceTransaction | str | None = None
    refunds: RefundList | None = None


class Intent(_Payload):
    """A PaymentIntent; its charge is expanded."""

    id: str
    amount: int
    currency: str
    status: str
    metadata: dict[str, str]
    latest_charge: Charge | str | None = None


class Session(_Payload):
    """A Checkout Session, its PaymentIntent expanded; `url` is there while it is open."""

    id: str
    status: str
    amount_total: int
    currency: str
    expires_at: int
    client_reference_id: str | None = None
    payment_intent: Intent | str | None = None
    url: str | None = None


class EvidenceDetails(_Payload):
    """Until when a dispute can be answered (seconds since 1970)."""

    due_by: int | None = None


class DisputeObject(_Payload):
    """A dispute, with the movements that it made."""

    id: str
    amount: int
    currency: str
    created: int
    status: str
    reason: str
    payment_intent: str | None = None
    evidence_details: EvidenceDetails
    balance_transactions: list[BalanceTransaction]


class TransferObject(_Payload):
    """A transfer; there is no status: that it is there is that it was made."""

    id: str
    amount: int
    amount_reversed: int
    currency: str
    created: int
    destination: str | None
    transfer_group: str | None = None


class PayoutObject(_Payload):
    """Money on its way from a balance at Stripe to a bank."""

    id: str
    amount: int
    currency: str
    status: str
    automatic: bool
    arrival_date: int
    failure_code: str | None = None


class EndpointObject(_Payload):
    """An address that events are sent to, while its status is `enabled`."""

    url: str
    status: str
    enabled_events: list[str]


class Money(_Payload):
    """An amount of one currency, in its smallest unit."""

    amount: int
    currency: str


class BalanceObject(_Payload):
    """What an account has, and what is on its way to it."""

    available: list[Money]
    pending: list[Money]

"""Our balance at Stripe, and mentors': what is there, what moved it, what left for the bank."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from lib.providers.stripe import ore
from lib.providers.stripe.client import PAGE, called, listed, of
from lib.providers.stripe.payloads import (
    BalanceObject,
    BalanceTransaction,
    Money,
    PayoutObject,
    Source,
)

type PayoutStatus = Literal["pending", "paid", "failed"]
_STATUSES: dict[str, PayoutStatus] = {"paid": "paid", "failed": "failed", "canceled": "failed"}


class Kind(StrEnum):
    """What moved a balance. A dispute's fee is a part of the movement that withdraws it."""

    CHARGE = "charge"
    REFUND = "refund"
    REFUND_FAILED = "refund_failed"
    DISPUTE = "dispute"
    DISPUTE_RETURNED = "dispute_returned"
    TRANSFER = "transfer"
    TRANSFER_REVERSED = "transfer_reversed"
    TOP_UP = "top_up"
    PAYOUT = "payout"
    PAYOUT_FAILED = "payout_failed"
    FEE = "fee"
    OTHER = "other"


_KINDS = {
    "charge": Kind.CHARGE,
    "payment": Kind.CHARGE,
    "refund": Kind.REFUND,
    "payment_refund": Kind.REFUND,
    "refund_failure": Kind.REFUND_FAILED,
    "payment_failure_refund": Kind.REFUND_FAILED,
    "dispute": Kind.DISPUTE,
    "dispute_reversal": Kind.DISPUTE_RETURNED,
    "transfer": Kind.TRANSFER,
    "transfer_refund": Kind.TRANSFER_REVERSED,
    "transfer_cancel": Kind.TRANSFER_REVERSED,
    "topup": Kind.TOP_UP,
    "payout": Kind.PAYOUT,
    "payout_failure": Kind.PAYOUT_FAILED,
    "payout_cancel": Kind.PAYOUT_FAILED,
    "stripe_fee": Kind.FEE,
}


@dataclass(frozen=True)
class Balance:
    """What can be sent on, and what will be; øre, below zero where it is owed."""

    available_ore: int
    pending_ore: int


@dataclass(frozen=True, kw_only=True)
class Movement:
    """One movement, in øre, signed: `net_ore` is `amount_ore` without `fee_ore`.

    `said` is Stripe's word for it. `source_id` is the charge, refund, dispute, transfer or payout;
    `intent_id`, `group` (our purchase or payout) and `transfer_id` (of a reversal) say whose it is,
    where Stripe tells.
    """

    id: str
    kind: Kind
    said: str
    amount_ore: int
    fee_ore: int
    net_ore: int
    source_id: str
    intent_id: str
    group: str
    transfer_id: str
    is_available: bool
    available_at: datetime
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class Payout:
    """Money that left a balance for a bank; one that was `paid` may fail some days later."""

    id: str
    amount_ore: int
    status: PayoutStatus
    is_automatic: bool
    arrives_at: datetime
    failure_code: str


def balance(account: str = "") -> Balance:
    """Return our balance in NOK, or a connected account's; raises ProviderRefusedError."""
    found = called(lambda client: client.v1.balance.retrieve(None, of(account)).to_dict())
    parts = BalanceObject.model_validate(found)
    return Balance(_norwegian(parts.available), _norwegian(parts.pending))


def movements(*, since: datetime, until: datetime, account: str = "") -> Iterator[Movement]:
    """Yield what moved a balance from `since` and before `until`, newest first."""
    found = listed(
        lambda client: client.v1.balance_transactions.list(
            {
                "created": {"gte": ore.seconds(since), "lt": ore.seconds(until)},
                "currency": ore.CURRENCY,
                "expand": ["data.source"],
                "limit": PAGE,
            },
            of(account),
        )
    )
    return map(_movement, found)


def find_payout(payout_id: str, account: str = "") -> Payout:
    """Return a payout as it is now; raises ProviderRefusedError (NO_SUCH)."""
    said = called(lambda client: client.v1.payouts.retrieve(payout_id, None, of(account)).to_dict())
    found = PayoutObject.model_validate(said)
    ore.check(found.currency)
    return Payout(
        id=found.id,
        amount_ore=found.amount,
        status=_STATUSES.get(found.status, "pending"),
        is_automatic=found.automatic,
        arrives_at=ore.moment(found.arrival_date),
        failure_code=found.failure_code or "",
    )


def _norwegian(parts: list[Money]) -> int:
    return sum(part.amount for part in parts if part.currency == ore.CURRENCY)


def _movement(found: object) -> Movement:
    one = BalanceTransaction.model_validate(found)
    ore.check(one.currency)
    source = one.source if isinstance(one.source, Source) else None
    # An adjustment says what it adjusts in its category alone.
    said = one.reporting_category if one.type == "adjustment" else one.type
    return Movement(
        id=one.id,
        kind=_KINDS.get(said, Kind.OTHER),
        said=said,
        amount_ore=one.amount,
        fee_ore=one.fee,
        net_ore=one.net,
        source_id=source.id if source else str(one.source or ""),
        intent_id=(source.payment_intent if source else None) or "",
        group=(source.transfer_group if source else None) or "",
        transfer_id=(source.transfer if source else None) or "",
        is_available=one.status == "available",
        available_at=ore.moment(one.available_on),
        created_at=ore.moment(one.created),
    )

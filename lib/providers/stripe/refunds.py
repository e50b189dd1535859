"""Refunds at Stripe: captured money given back, in parts and repeatedly.

A refund that has succeeded may still fail days later, and the money is then back on our balance;
one that our balance does not cover is `pending` until it does. Stripe keeps its fee.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from lib.providers.stripe import ore
from lib.providers.stripe.client import PAGE, called, listed
from lib.providers.stripe.payloads import Charge, RefundObject

type Status = Literal["pending", "succeeded", "failed"]
_STATUSES: dict[str, Status] = {
    "succeeded": "succeeded",
    "failed": "failed",
    "canceled": "failed",
}
_OPERATION = "operation_id"


@dataclass(frozen=True, kw_only=True)
class Refund:
    """Money given back, or on its way. `operation_id` is ours; empty for one made by hand.

    `reason` says why it failed or waits, in Stripe's words.
    """

    id: str
    intent_id: str
    amount_ore: int
    status: Status
    reason: str
    operation_id: str
    created_at: datetime


def refund(intent_id: str, *, amount_ore: int, operation_id: str) -> Refund:
    """Give money back, never more than was captured; raises ProviderRefusedError."""
    found = called(
        lambda client: client.v1.refunds.create(
            {
                "payment_intent": intent_id,
                "amount": amount_ore,
                "metadata": {_OPERATION: operation_id},
            },
            {"idempotency_key": operation_id},
        ).to_dict()
    )
    return _refund(RefundObject.model_validate(found))


def find(refund_id: str) -> Refund:
    """Return a refund as it is now; raises ProviderRefusedError (NO_SUCH)."""
    found = called(lambda client: client.v1.refunds.retrieve(refund_id).to_dict())
    return _refund(RefundObject.model_validate(found))


def of_payment(intent_id: str) -> Iterator[Refund]:
    """Yield what was given back of a payment, or was to be, newest first."""
    return map(_refund, _objects(intent_id))


def given_back(charge: Charge, intent_id: str) -> int:
    """Return what was given back of a charge or is on its way, in øre; what failed is not."""
    embedded = charge.refunds
    whole = embedded is not None and not embedded.has_more
    shown: Iterable[RefundObject] = embedded.data if embedded and whole else _objects(intent_id)
    return sum(one.amount for one in shown if _status(one) != "failed")


def _objects(intent_id: str) -> Iterator[RefundObject]:
    found = listed(
        lambda client: client.v1.refunds.list({"payment_intent": intent_id, "limit": PAGE})
    )
    return map(RefundObject.model_validate, found)


def _status(found: RefundObject) -> Status:
    return _STATUSES.get(found.status or "", "pending")


def _refund(found: RefundObject) -> Refund:
    ore.check(found.currency)
    return Refund(
        id=found.id,
        intent_id=found.payment_intent or "",
        amount_ore=found.amount,
        status=_status(found),
        reason=found.failure_reason or found.pending_reason or "",
        operation_id=(found.metadata or {}).get(_OPERATION, ""),
        created_at=ore.moment(found.created),
    )

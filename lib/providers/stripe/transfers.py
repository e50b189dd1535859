"""Transfers to mentors as Stripe has them, and taking money back from one (a reversal)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from lib.providers.stripe import ore
from lib.providers.stripe.client import PAGE, called, listed
from lib.providers.stripe.payloads import ReversalObject, TransferObject

_OPERATION = "operation_id"


@dataclass(frozen=True, kw_only=True)
class Transfer:
    """Money that went to an account. `group` is our payout; `reversed_ore` came back."""

    id: str
    amount_ore: int
    reversed_ore: int
    destination: str
    group: str
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class Reversal:
    """Money of a transfer that came back. `operation_id` is ours; empty for one made by hand."""

    id: str
    transfer_id: str
    amount_ore: int
    operation_id: str
    created_at: datetime


def find(transfer_id: str) -> Transfer:
    """Return a transfer as it is now; raises ProviderRefusedError (NO_SUCH)."""
    return _transfer(called(lambda client: client.v1.transfers.retrieve(transfer_id).to_dict()))


def made(*, since: datetime, until: datetime) -> Iterator[Transfer]:
    """Yield the transfers made from `since` and before `until`, newest first."""
    found = listed(
        lambda client: client.v1.transfers.list(
            {"created": {"gte": ore.seconds(since), "lt": ore.seconds(until)}, "limit": PAGE}
        )
    )
    return map(_transfer, found)


def reverse(transfer_id: str, *, amount_ore: int, operation_id: str) -> Reversal:
    """Take money back, all or a part; raises ProviderRefusedError.

    The code is NO_FUNDS where the account no longer has it: the mentor owes it then.
    """
    found = called(
        lambda client: client.v1.transfers.reversals.create(
            transfer_id,
            {"amount": amount_ore, "metadata": {_OPERATION: operation_id}},
            {"idempotency_key": operation_id},
        ).to_dict()
    )
    return _reversal(found)


def reversals(transfer_id: str) -> Iterator[Reversal]:
    """Yield what came back of a transfer, newest first."""
    found = listed(lambda client: client.v1.transfers.reversals.list(transfer_id, {"limit": PAGE}))
    return map(_reversal, found)


def _transfer(found: object) -> Transfer:
    transfer = TransferObject.model_validate(found)
    ore.check(transfer.currency)
    return Transfer(
        id=transfer.id,
        amount_ore=transfer.amount,
        reversed_ore=transfer.amount_reversed,
        destination=transfer.destination or "",
        group=transfer.transfer_group or "",
        created_at=ore.moment(transfer.created),
    )


def _reversal(found: object) -> Reversal:
    reversal = ReversalObject.model_validate(found)
    ore.check(reversal.currency)
    return Reversal(
        id=reversal.id,
        transfer_id=reversal.transfer,
        amount_ore=reversal.amount,
        operation_id=(reversal.metadata or {}).get(_OPERATION, ""),
        created_at=ore.moment(reversal.created),
    )
